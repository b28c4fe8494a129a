/** Every request that comes in: routed to its endpoint, its failures told in the caller's own dialect. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type RequestId, unchecked } from '@lurus/base/ids';
import { Problem } from '@lurus/base/problem';
import type { DialectName } from '@lurus/base/dialect-name';
import type { Dialect } from '@lurus/dialects/dialect';
import { closestDialect, isGreeting, modelListDialect, unservedProblem } from './endpoints.ts';
import { Exchange } from './exchange.ts';
import { endWith } from './finish.ts';
import type { Gateway } from './gateway.ts';
import { listModels } from './models.ts';
import { gatewayBusy, gatewayStopping, internalFault } from './problems.ts';
import { ClientLeft } from './read-body.ts';
import { relay } from './relay.ts';

/** What operators and their tools ask for, answered without a key. */
export interface Operations {
  /** Undefined while the process is ready, else why it is not. */
  readonly notReady: () => string | undefined;
  readonly renderMetrics: () => Promise<{ readonly contentType: string; readonly text: string }>;
  /** True from the first signal to stop: no further request is taken. */
  readonly isStopping: () => boolean;
}

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** Makes the request listener. It never throws: what goes wrong ends in an answer or in the log. */
export function createHandler(gateway: Gateway, operations: Operations): Handler {
  return (request, response) => {
    const requestId = unchecked<RequestId>(gateway.ids.ulid());
    const writeStallTimeoutMs = gateway.settings.LURUS_WRITE_STALL_TIMEOUT_MS;
    const exchange = new Exchange(request, response, { requestId, nowMs: gateway.nowMs, writeStallTimeoutMs });
    handle(exchange, gateway, operations).catch((error: unknown) => {
      gateway.log.error({ err: error, requestId }, 'a request could not be answered');
      response.destroy();
    });
  };
}

async function handle(exchange: Exchange, gateway: Gateway, operations: Operations): Promise<void> {
  const dialect = gateway.dialects.find((candidate) => candidate.serves(exchange));
  try {
    if (dialect) {
      assertOpen(gateway, operations);
      await relay(exchange, dialect, gateway);
    } else await answerOthers(exchange, gateway, operations);
  } catch (error) {
    if (error instanceof ClientLeft) return;
    const problem = error instanceof Problem ? error : internalFault({ requestId: exchange.requestId }, { cause: error });
    if (problem.details.kind === 'internal')
      gateway.log.error({ err: error, requestId: exchange.requestId }, 'a request failed by our own fault');
    const form = dialect ?? dialectNamed(gateway, closestDialect(exchange));
    gateway.measures.refused({ dialect: form.name, code: problem.details.code });
    endWith({ exchange, dialect: form }, problem);
  }
}

function assertOpen(gateway: Gateway, operations: Operations): void {
  if (operations.isStopping()) throw gatewayStopping(undefined, { retryAfterSeconds: 2 });
  const { LURUS_REQUESTS_MAX } = gateway.settings;
  if (gateway.jobs.size >= LURUS_REQUESTS_MAX)
    throw gatewayBusy({ what: `${LURUS_REQUESTS_MAX} requests at once` }, { retryAfterSeconds: 2 });
}

async function answerOthers(exchange: Exchange, gateway: Gateway, operations: Operations): Promise<void> {
  if (exchange.method === 'OPTIONS') return answerPreflight(exchange);
  const list = modelListDialect(exchange);
  if (list) return listModels(exchange, dialectNamed(gateway, list), gateway);
  if (isGreeting(exchange)) return exchange.send(200, JSON_HEADERS, JSON.stringify({ name: 'Lurus Switch' }));
  if (await answerOperations(exchange, operations)) return undefined;
  const { path } = exchange;
  throw unservedProblem(exchange, (method) => gateway.dialects.some((dialect) => dialect.serves({ method, path })));
}

const JSON_HEADERS = { 'content-type': 'application/json' } as const;

/** Browsers ask before they send a key; what they name is allowed, since keys are explicit and there are no cookies. */
function answerPreflight(exchange: Exchange): void {
  const asked = exchange.headers['access-control-request-headers'];
  exchange.send(
    204,
    {
      'access-control-allow-methods': 'GET, POST, HEAD, OPTIONS',
      'access-control-allow-headers': asked ?? 'authorization, content-type, x-api-key, x-goog-api-key, anthropic-version, anthropic-beta',
      'access-control-max-age': '86400',
      vary: 'access-control-request-headers',
    },
    '',
  );
}

async function answerOperations(exchange: Exchange, operations: Operations): Promise<boolean> {
  if (exchange.method !== 'GET' && exchange.method !== 'HEAD') return false;
  switch (exchange.path) {
    case '/healthz':
      exchange.send(200, JSON_HEADERS, JSON.stringify({ status: 'ok' }));
      return true;
    case '/readyz': {
      const why = operations.isStopping() ? 'the gateway is stopping' : operations.notReady();
      exchange.send(
        why === undefined ? 200 : 503,
        JSON_HEADERS,
        JSON.stringify(why === undefined ? { status: 'ok' } : { status: 'not ready', why }),
      );
      return true;
    }
    case '/metrics': {
      const { contentType, text } = await operations.renderMetrics();
      exchange.send(200, { 'content-type': contentType }, text);
      return true;
    }
    default:
      return false;
  }
}

function dialectNamed(gateway: Gateway, name: DialectName): Dialect {
  const dialect = gateway.dialects.find((candidate) => candidate.name === name);
  if (!dialect) throw new Error(`assertion failed: the gateway has the dialect ${name}`);
  return dialect;
}
