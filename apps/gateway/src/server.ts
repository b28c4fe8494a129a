/** The HTTP server: strict parsing, limits on slow and large requests, refusal of upgrades, and a stop that lets answers finish. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ProblemDetails } from '@lurus/base/problem';
import type { SettingsOf } from '@lurus/base/setting';
import type { RenderedError } from '@lurus/dialects/dialect';
import type { Handler } from './handler.ts';
import { webSocketRefused } from './problems.ts';

export const SERVER_SETTINGS = [
  'LURUS_HEADERS_TIMEOUT_MS',
  'LURUS_REQUEST_TIMEOUT_MS',
  'LURUS_HEADER_BYTES_MAX',
  'LURUS_CONNECTIONS_MAX',
] as const;

export interface ServerOptions {
  readonly settings: SettingsOf<(typeof SERVER_SETTINGS)[number]>;
  readonly handler: Handler;
  /** For answers that are written past the handler: refused upgrades. */
  readonly renderError: (details: ProblemDetails, requestId: string) => RenderedError;
  readonly newRequestId: () => string;
}

/** Headers of one request; real clients send up to 30. */
const HEADERS_MAX = 100;

/** Slow requests are looked for this often: the limits are as exact as that. */
const CHECK_EVERY_MS = 1_000;

/** An idle connection is kept this long; clients in the middle of a session come back within seconds. */
const IDLE_MS = 65_000; // Longer than the 60 s of common load balancers, so that they close first and never race with us.

/** Requests on one connection before it is renewed, so that connections spread over gateways again. */
const REQUESTS_PER_CONNECTION_MAX = 10_000;

/** Makes the server; `listen` starts it. */
export function createGatewayServer(options: ServerOptions): Server {
  const { settings, handler } = options;
  const server = createServer(
    {
      insecureHTTPParser: false, // What two parsers read differently is how requests are smuggled.
      requireHostHeader: true,
      maxHeaderSize: settings.LURUS_HEADER_BYTES_MAX,
      headersTimeout: settings.LURUS_HEADERS_TIMEOUT_MS,
      requestTimeout: settings.LURUS_REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: CHECK_EVERY_MS,
      keepAliveTimeout: IDLE_MS,
      noDelay: true, // A token must not wait for the next one.
      // Other upgrades (h2c) may be ignored, and the request answered as it is.
      shouldUpgradeCallback: (request) => request.headers.upgrade?.toLowerCase() === 'websocket',
    },
    handler,
  );
  server.maxHeadersCount = HEADERS_MAX;
  server.maxRequestsPerSocket = REQUESTS_PER_CONNECTION_MAX;
  server.maxConnections = settings.LURUS_CONNECTIONS_MAX;
  server.on('upgrade', (request, socket) => refuseUpgrade({ request, socket, options }));
  return server;
}

/** Listens and resolves with the port. Rejects where the port is taken. */
export function listen(server: Server, address: { readonly port: number; readonly host: string }): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(address.port, address.host, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port); // It listens on TCP.
    });
  });
}

interface UpgradeInput {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly options: ServerOptions;
}

/** 426 whatever the dialect would say: on it Codex falls back to HTTPS at once and without a word, on any other after seconds of retries. */
function refuseUpgrade({ socket, options }: UpgradeInput): void {
  const { headers, body } = options.renderError(webSocketRefused().details, options.newRequestId());
  const bytes = Buffer.from(body);
  const lines = Object.entries({ ...headers, 'content-length': String(bytes.length), connection: 'close', upgrade: 'HTTP/1.1' });
  // A client that is gone already has no use for the refusal.
  socket.on('error', () => socket.destroy());
  socket.write(`HTTP/1.1 426 Upgrade Required\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`);
  socket.end(bytes);
}
