/**
 * The simulated provider as an HTTP server. It takes any credential, answers for any model, keeps a book, and does what the dials say.
 * Its own endpoints: `/book`, `/book/{id}`, `/healthz`, `/readyz`, `/metrics`.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Clock, instantOf } from '@lurus/base/clock';
import type { IdSource } from '@lurus/base/ids';
import { defineProblem, Problem, problemText } from '@lurus/base/problem';
import type { SimulatedAsk } from './ask.ts';
import { type Book, type BookEntry, createBook } from './book.ts';
import { deliver } from './delivery.ts';
import { type Dials, readDials } from './dials.ts';
import { type Endpoint, endpointAt } from './endpoint.ts';
import { isModelListPath, modelList } from './model-list.ts';
import { ownRoute } from './own-routes.ts';
import { planAnswer, type PlannedAnswer } from './plan-answer.ts';
import { readRequestBody } from './request-body.ts';
import { openaiError } from './wire/openai-error.ts';

/** What the simulator is made of. */
export interface SimulatorOptions {
  readonly clock: Clock;
  readonly ids: IdSource;
  /** Folder of recorded answers. */
  readonly fixtures: string;
  /** Told of every request when it has ended. */
  readonly onEnd?: (entry: BookEntry) => void;
  /** An error of the simulator itself; the request was answered with a 500. */
  readonly onError?: (error: unknown) => void;
  /** The text of `/metrics` and its content type. */
  readonly metrics?: () => Promise<{ readonly text: string; readonly contentType: string }>;
}

/** A simulator that can be listened on. */
export interface Simulator {
  readonly book: Book;
  /** Starts to listen and returns the URL; port 0 takes a free one. */
  readonly listen: (input: { readonly host: string; readonly port: number }) => Promise<string>;
  /** Stops at once: answers that are being sent are cut. */
  readonly close: () => Promise<void>;
}

const unknownPath = defineProblem<{ readonly method: string; readonly path: string }>({
  code: 'unknown_path',
  kind: 'not-found',
  status: 404,
  isRetryable: false,
  says: ({ method, path }) => `The simulator does not serve ${method} ${path}.`,
  fix: () => 'Its paths stand in docs/guides/simulator.md.',
});

const noModel = defineProblem<Record<string, never>>({
  code: 'no_model',
  kind: 'invalid-request',
  status: 400,
  isRetryable: false,
  says: () => 'The request names no model.',
  fix: () => 'Put its name into `model`.',
});

/** Makes a simulator. Nothing listens until `listen` is called. */
export function createSimulator(options: SimulatorOptions): Simulator {
  const book = createBook();
  const server = createServer((request, response) => {
    serve({ request, response, options, book }).catch((error: unknown) => answerFailure({ request, response, error, options }));
  });
  server.on('upgrade', (_, socket) => {
    // Codex tries WebSocket first and falls back at once and silently on this status alone.
    socket.end('HTTP/1.1 426 Upgrade Required\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  });
  server.keepAliveTimeout = 65_000; // Longer than the gateway's pool keeps a connection: the side that sends must be the one to close.
  return { book, listen: (place) => listen(server, place), close: () => close(server) };
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly options: SimulatorOptions;
  readonly book: Book;
}

type Headers = Readonly<Record<string, string | undefined>>;

async function serve(exchange: Exchange): Promise<void> {
  const { request, response } = exchange;
  const url = new URL(request.url ?? '/', 'http://simulator');
  const method = request.method ?? 'GET';
  const headers = headersOf(request);
  const own = await ownRoute({ method, url, book: exchange.book, metrics: exchange.options.metrics });
  if (own) return answerWhole(response, own);
  if (method === 'HEAD') return answerWhole(response, { status: 200, contentType: 'text/plain', text: '' });
  if (method === 'GET' && isModelListPath(url.pathname)) {
    return answerWhole(response, {
      status: 200,
      contentType: 'application/json',
      text: JSON.stringify(modelList({ path: url.pathname, headers })),
    });
  }
  const endpoint = method === 'POST' ? endpointAt(url.pathname) : undefined;
  if (!endpoint) throw unknownPath({ method, path: url.pathname });
  await relay({ ...exchange, url, headers, endpoint });
}

interface Relay extends Exchange {
  readonly url: URL;
  readonly headers: Headers;
  readonly endpoint: Endpoint;
}

async function relay(relay: Relay): Promise<void> {
  const { request, response, endpoint, url, headers, options } = relay;
  const startedMs = options.clock.nowMs();
  const body = await readRequestBody(request);
  const ask = endpoint.readAsk({ path: url.pathname, query: url.searchParams, body: body.json, bodyBytes: body.bytes });
  if (ask.model === '') throw noModel({});
  const dials = readDials({ headers, model: ask.model });
  const id = options.ids.ulid();
  const planned = await planAnswer({
    ask,
    dials,
    endpoint,
    id,
    createdSeconds: Math.floor(startedMs / 1_000),
    fixtures: options.fixtures,
  });
  const entry = openEntry({ relay, ask, planned, answerId: id, requestBytes: body.bytes, startedMs });
  await send({ response, planned, dials, entry });
  entry.durationMs = options.clock.nowMs() - startedMs;
  options.onEnd?.(entry);
}

interface OpenInput {
  readonly relay: Relay;
  readonly ask: SimulatedAsk;
  readonly planned: PlannedAnswer;
  readonly answerId: string;
  readonly requestBytes: number;
  readonly startedMs: number;
}

function openEntry({ relay, ask, planned, answerId, requestBytes, startedMs }: OpenInput): BookEntry {
  const { headers, url, endpoint } = relay;
  const dialHeaders = Object.entries(headers).flatMap(([name, value]) => (name.startsWith('x-sim-') ? [`${name}: ${value ?? ''}`] : []));
  return relay.book.open({
    id: headers['x-lurus-request-id'] ?? headers['x-request-id'] ?? answerId,
    answerId,
    at: instantOf(startedMs),
    method: 'POST',
    path: url.pathname + url.search.replace(/([?&]key=)[^&]*/, '$1redacted'),
    dialect: endpoint.dialect,
    operation: ask.operation,
    model: ask.model,
    isStream: ask.isStream,
    requestBytes,
    userAgent: headers['user-agent'] ?? '',
    credentials: ['authorization', 'x-api-key', 'x-goog-api-key'].filter((name) => headers[name] !== undefined),
    dials: dialHeaders.length > 0 ? dialHeaders.join(', ') : undefined,
    hadToolResult: ask.toolResult !== undefined,
    calledTool: planned.calledTool,
  });
}

interface SendInput {
  readonly response: ServerResponse;
  readonly planned: PlannedAnswer;
  readonly dials: Dials;
  readonly entry: BookEntry;
}

async function send({ response, planned, dials, entry }: SendInput): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  if (dials.delayMs > 0) await sleep(dials.delayMs, undefined, { signal: gone.signal }).catch(() => undefined); // Gone is seen below.
  if (gone.signal.aborted) {
    entry.ending = 'client_gone';
    return;
  }
  if (!planned.delivery) {
    response.socket?.resetAndDestroy();
    entry.ending = 'cut';
    return;
  }
  response.writeHead(planned.status, planned.headers);
  entry.status = planned.status;
  const delivered = await deliver(response, planned.delivery);
  entry.bytesSent = delivered.bytesSent;
  entry.ending = delivered.ending;
  entry.charged = planned.chargedAt(delivered);
  entry.reported = delivered.ending === 'finished' && planned.delivery.finish === 'end' ? planned.reported : null;
}

const headersOf = (request: IncomingMessage): Headers =>
  Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]));

/** A whole answer of the simulator's own. */
export interface WholeAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
}

function answerWhole(response: ServerResponse, { status, contentType, text }: WholeAnswer): void {
  response.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(text) }).end(text);
}

interface FailureInput {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly error: unknown;
  readonly options: SimulatorOptions;
}

/** Errors come in the dialect of the path, as a provider's own would. */
function answerFailure({ request, response, error, options }: FailureInput): void {
  if (!(error instanceof Problem)) options.onError?.(error);
  const status = error instanceof Problem ? error.details.status : 500;
  const message = error instanceof Problem ? problemText(error.details) : 'The simulator itself failed; its log says why.';
  if (response.headersSent) return void response.destroy();
  const wire = endpointAt(new URL(request.url ?? '/', 'http://simulator').pathname)?.wire;
  const details = { status, message, retryAfterSeconds: undefined, requestId: `req_${options.ids.ulid()}` };
  const body = JSON.stringify(wire ? wire.error(details) : openaiError(details));
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' }).end(body); // The body may not have been read.
}

function listen(server: Server, { host, port }: { readonly host: string; readonly port: number }): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const address = server.address() as AddressInfo; // Of a server that listens on a port.
      resolve(`http://${host.includes(':') ? `[${host}]` : host}:${address.port}`);
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
