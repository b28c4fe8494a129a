/** One line and two figures a request. */
import type { FastifyRequest } from 'fastify';
import type { ServiceApp } from './service-app.ts';
import type { Logger } from './logger.ts';
import { FAST_SECONDS, type Metrics } from './metrics.ts';

/** Names the request to the caller, logs it (reads at debug, commands at info) and counts it by route pattern. */
export function observeRequests(app: ServiceApp, input: { readonly logger: Logger; readonly metrics: Metrics }): void {
  const requests = input.metrics.counter({
    name: 'switch_http_requests_total',
    help: 'Requests answered by this service.',
    labels: ['method', 'route', 'status_class'],
  });
  const seconds = input.metrics.histogram({
    name: 'switch_http_request_seconds',
    help: 'Time from the head of a request to the end of its answer.',
    labels: ['route'],
    buckets: FAST_SECONDS,
  });
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({ 'x-request-id': request.id, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
  });
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unknown'; // The pattern, never the path: paths hold names and have no end.
    requests.inc({ method: request.method, route, status_class: `${Math.floor(reply.statusCode / 100)}xx` });
    seconds.observe({ route }, reply.elapsedTime / 1000);
    const line = { requestId: request.id, method: request.method, route, status: reply.statusCode, ms: Math.round(reply.elapsedTime) };
    input.logger[isQuiet(request) ? 'debug' : 'info'](line, 'answered');
  });
}

const isQuiet = (request: FastifyRequest): boolean => request.method === 'GET' || request.method === 'HEAD';
