import { PassThrough } from 'node:stream';
import { brotliCompressSync, constants, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { Problem } from '@lurus/base/problem';
import { describe, expect, test } from 'vitest';
import { ClientLeft, readBody } from './read-body.ts';

class Source extends PassThrough {
  complete = false;
}

interface Given {
  readonly sent: Buffer;
  readonly encoding?: string;
  readonly bytesMax?: number;
  readonly budget?: { bytes: number; readonly bytesMax: number };
  readonly isCut?: boolean;
}

function read({ sent, encoding, bytesMax = 1_000_000, budget = { bytes: 0, bytesMax: 10_000_000 }, isCut = false }: Given) {
  const source = new Source();
  const headers = { 'content-encoding': encoding, 'content-length': String(sent.length) };
  source.once('end', () => (source.complete = true));
  const reading = Promise.resolve().then(() => readBody({ source, headers, bytesMax, budget }));
  for (let at = 0; at < sent.length; at += 16_384) source.write(sent.subarray(at, at + 16_384));
  if (isCut) setTimeout(() => source.destroy(), 5);
  else source.end();
  return { reading, budget };
}

const problemOf = async (reading: Promise<unknown>): Promise<Problem['details']> => {
  const error: unknown = await reading.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof Problem) return error.details;
  throw new Error('no problem was thrown', { cause: error });
};

const text = Buffer.from(JSON.stringify({ model: 'm', messages: 'hello '.repeat(20_000) }));
const codings = {
  gzip: (bytes: Buffer) => gzipSync(bytes),
  deflate: (bytes: Buffer) => deflateSync(bytes),
  br: (bytes: Buffer) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }),
  zstd: (bytes: Buffer) => zstdCompressSync(bytes),
};

test('a plain body comes as it was sent', async () => {
  const { reading } = read({ sent: text });
  expect((await reading).bytes.equals(text)).toBe(true);
});

describe.each(Object.entries(codings))('%s', (encoding, compress) => {
  test('decompresses to what was meant', async () => {
    const { reading, budget } = read({ sent: compress(text), encoding });
    const body = await reading;
    expect(body.bytes.equals(text)).toBe(true);
    expect(budget.bytes).toBe(text.length);
    body.release();
    expect(budget.bytes).toBe(0);
  });

  test('a bomb is refused at the limit, without unpacking it', async () => {
    const bomb = compress(Buffer.alloc(100_000_000));
    const startedMs = performance.now();
    const { reading, budget } = read({ sent: bomb, encoding, bytesMax: 1_000_000 });
    expect(await problemOf(reading)).toMatchObject({ code: 'body_too_large', status: 413 });
    expect(performance.now() - startedMs).toBeLessThan(1_000);
    expect(budget.bytes).toBe(0);
  });

  test('broken bytes are refused', async () => {
    const sent = Buffer.from('this was never compressed, whatever the header says');
    expect(await problemOf(read({ sent, encoding }).reading)).toMatchObject({ code: 'body_encoding_broken', status: 400 });
  });

  test('a cut-off body is refused', async () => {
    const sent = compress(text);
    const half = sent.subarray(0, Math.floor(sent.length / 2));
    expect(await problemOf(read({ sent: half, encoding }).reading)).toMatchObject({ code: 'body_encoding_broken' });
  });
});

test('a body past the limit is refused by its announced length, before it is read', async () => {
  const { reading, budget } = read({ sent: text, bytesMax: 1_000 });
  expect(await problemOf(reading)).toMatchObject({ code: 'body_too_large' });
  expect(budget.bytes).toBe(0);
});

test.each(['compress', 'gzip, gzip', 'gzip, br'])('the encoding "%s" is refused with the ones that work', async (encoding) => {
  const details = await problemOf(read({ sent: text, encoding }).reading);
  expect(details).toMatchObject({ code: 'body_encoding_unknown', status: 415 });
  expect(details.fix).toContain('gzip, deflate, br and zstd');
});

test('all bodies together are bounded', async () => {
  const { reading, budget } = read({ sent: text, budget: { bytes: 0, bytesMax: 50_000 } });
  expect(await problemOf(reading)).toMatchObject({ code: 'gateway_busy', retryAfterSeconds: 2 });
  expect(budget.bytes).toBe(0);
});

test('a client that leaves while sending gets no answer and holds no memory', async () => {
  const { reading, budget } = read({ sent: text, isCut: true });
  await expect(reading).rejects.toBeInstanceOf(ClientLeft);
  expect(budget.bytes).toBe(0);
});
