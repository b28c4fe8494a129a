/**
 * Method: a real HTTP server on a free port plays the provider; each test scripts one misbehaviour on the wire and reads the pieces.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import type { CallTimeouts, ProviderCall } from './provider-call.ts';
import type { Piece, UpstreamAnswer } from './upstream-answer.ts';
import { createUpstreams, type Upstreams } from './upstreams.ts';

const open: { server: Server; upstreams: Upstreams }[] = [];
afterEach(async () => {
  for (const { server, upstreams } of open.splice(0)) {
    await upstreams.close();
    server.closeAllConnections();
    server.close();
  }
});

async function provider(handler: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const upstreams = createUpstreams({ connectTimeoutMs: 1_000 });
  open.push({ server, upstreams });
  const { port } = server.address() as AddressInfo; // It listens on TCP.
  return (over: Partial<ProviderCall> = {}, timeouts: Partial<CallTimeouts> = {}): UpstreamAnswer =>
    upstreams.call(
      {
        method: 'POST',
        baseUrl: `http://127.0.0.1:${port}`,
        path: '/v1/messages',
        query: '',
        headers: { 'content-type': 'application/json' },
        body: Buffer.from('{}'),
        authStyle: 'bearer',
        credential: 'secret',
        requestId: 'R1',
        ...over,
      },
      { firstByteMs: 2_000, silenceMs: 2_000, ...timeouts },
    );
}

async function all(answer: UpstreamAnswer): Promise<Piece[]> {
  const pieces: Piece[] = [];
  for (;;) {
    const piece = await answer.next();
    pieces.push(piece);
    if (piece.kind === 'end' || piece.kind === 'failure') return pieces;
  }
}

const bodyOf = (pieces: readonly Piece[]): string =>
  Buffer.concat(pieces.flatMap((piece) => (piece.kind === 'bytes' ? [piece.bytes] : []))).toString();

test('the request arrives as it was given and the answer comes back whole', async () => {
  let received = '';
  const call = await provider((request, response) => {
    request.on('data', (chunk: Buffer) => (received += chunk.toString()));
    request.on('end', () => {
      received += ` ${request.method} ${request.url} ${request.headers.authorization}`;
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"answer":1}');
    });
  });
  const pieces = await all(call({ body: Buffer.from('{"a":1}'), query: '?beta=true' }));
  expect(received).toBe('{"a":1} POST /v1/messages?beta=true Bearer secret');
  expect(pieces[0]).toMatchObject({ kind: 'head', head: { status: 200 } });
  expect(bodyOf(pieces)).toBe('{"answer":1}');
  expect(pieces.at(-1)).toEqual({ kind: 'end' });
});

test('a redirect is not followed', async () => {
  let calls = 0;
  const call = await provider((_request, response) => {
    calls += 1;
    response.writeHead(307, { location: '/elsewhere' }).end();
  });
  const pieces = await all(call());
  expect(pieces[0]).toMatchObject({ head: { status: 307 } });
  expect(calls).toBe(1);
});

test('nobody at the address is a connect failure', async () => {
  const call = await provider(() => undefined);
  expect(await all(call({ baseUrl: 'http://127.0.0.1:1' }))).toMatchObject([{ kind: 'failure', failure: { kind: 'connect' } }]);
  expect(await all(call({ baseUrl: 'not a url' }))).toMatchObject([{ kind: 'failure', failure: { kind: 'connect' } }]);
});

test('a provider that never answers fails after the first-byte wait', async () => {
  const call = await provider(() => undefined);
  const pieces = await all(call({}, { firstByteMs: 40 }));
  expect(pieces).toMatchObject([{ kind: 'failure', failure: { kind: 'first byte' } }]);
});

test('a head without a body fails after the first-byte wait too', async () => {
  const call = await provider((_request, response) => {
    response.writeHead(200).flushHeaders();
  });
  const pieces = await all(call({}, { firstByteMs: 40 }));
  expect(pieces).toMatchObject([{ kind: 'head' }, { kind: 'failure', failure: { kind: 'first byte' } }]);
});

test('a provider that falls silent fails after the silence wait', async () => {
  const call = await provider((_request, response) => {
    response.writeHead(200).write('data: 1\n\n');
  });
  const pieces = await all(call({}, { silenceMs: 40 }));
  expect(bodyOf(pieces)).toBe('data: 1\n\n');
  expect(pieces.at(-1)).toMatchObject({ kind: 'failure', failure: { kind: 'silence' } });
});

test('a connection that breaks inside the body is cut', async () => {
  const call = await provider((_request, response) => {
    response.writeHead(200).write('data: 1\n\n', () => setTimeout(() => response.destroy(), 10));
  });
  expect((await all(call())).at(-1)).toMatchObject({ kind: 'failure', failure: { kind: 'cut' } });
});

test.each([
  ['gzip', gzipSync],
  ['br', brotliCompressSync],
  ['zstd', zstdCompressSync],
] as const)('an answer that comes in %s all the same is read in plain', async (encoding, compress) => {
  const plain = 'data: 1\n\n'.repeat(200_000);
  const call = await provider((_request, response) => {
    response.writeHead(200, { 'content-encoding': encoding }).end(compress(plain));
  });
  const pieces = await all(call());
  expect(bodyOf(pieces)).toBe(plain);
  expect(pieces.at(-1)).toEqual({ kind: 'end' });
});

test('an answer that does not decompress is cut', async () => {
  const call = await provider((_request, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' }).end('plain after all');
  });
  expect((await all(call())).at(-1)).toMatchObject({ kind: 'failure', failure: { kind: 'cut' } });
});

test('stopping closes the connection to the provider', async () => {
  let closed: (value: unknown) => void = () => undefined;
  const gone = new Promise((resolve) => (closed = resolve));
  const call = await provider((_request, response) => {
    response.on('close', closed);
    response.writeHead(200).write('data: 1\n\n');
  });
  const answer = call();
  await answer.next();
  await answer.next();
  answer.stop('the client left');
  expect(await answer.next()).toEqual({ kind: 'failure', failure: { kind: 'stopped', message: 'the client left' } });
  await gone;
});

test('stopping before the connection stands sends nothing', async () => {
  let calls = 0;
  const call = await provider(() => {
    calls += 1;
  });
  const answer = call();
  answer.stop('the client left');
  expect(await answer.next()).toMatchObject({ failure: { kind: 'stopped' } });
  await sleep(50);
  expect(calls).toBe(0);
});

test('a reader that does not read makes the provider wait, and its own pause is no silence', async () => {
  let written = 0;
  const total = 64 * 1024 * 1024;
  const call = await provider((_request, response) => {
    response.writeHead(200);
    const chunk = Buffer.alloc(65_536, 97);
    const pump = (): void => {
      while (written < total) {
        written += chunk.length;
        if (!response.write(chunk)) {
          response.once('drain', pump);
          return;
        }
      }
      response.end();
    };
    pump();
  });
  const answer = call({}, { silenceMs: 60 });
  await answer.next();
  await sleep(200);
  expect(written).toBeLessThan(total / 2);
  const pieces = await all(answer);
  expect(bodyOf(pieces).length).toBe(total);
  expect(pieces.at(-1)).toEqual({ kind: 'end' });
});
