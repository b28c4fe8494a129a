/**
 * The HTTP base of every service: admin token, schemas at the border, problem+json, OpenAPI made from the routes, health, metrics, limits.
 * Services register their routes with fastify's own calls; a route without a schema stops the start.
 */
import cors from '@fastify/cors';
import swagger from '@fastify/swagger';
import { assert } from '@lurus/base/assert';
import { systemClock } from '@lurus/base/clock';
import { createIdSource } from '@lurus/base/ids';
import fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import { type ZodTypeProvider, createJsonSchemaTransform, serializerCompiler } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import { adminTokenRefused, createAdminTokenCheck } from './admin-token.ts';
import { faultsIn, parsePart } from './input-faults.ts';
import type { Logger } from './logger.ts';
import { answerMalformedRequest } from './malformed-request.ts';
import type { Metrics } from './metrics.ts';
import { addOperationRoutes } from './operation-routes.ts';
import { PROBLEM_CONTENT_TYPE, ProblemJsonSchema, inputRefused, methodNotAllowed, pathUnknown, problemJson } from './problem-json.ts';
import { type RequestLimits, problemOf } from './problem-of.ts';
import type { ReadinessCheck } from './readiness.ts';
import { observeRequests } from './request-log.ts';
import { type RouteEntry, type RouteTable, createRouteTable } from './route-table.ts';
import type { ServiceApp } from './service-app.ts';

export interface HttpServiceOptions {
  /** The process: `billing`. */
  readonly name: string;
  /** One or two sentences that open the OpenAPI document. */
  readonly says: string;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Undefined only for a process whose routes are all open; a route that needs the token then stops the start. */
  readonly adminToken: string | undefined;
  /** What must work for the service to do its work, by name. */
  readonly checks: Readonly<Record<string, ReadinessCheck>>;
  /** Adds the routes. Each has a schema; those that need no token say `config: { isOpen: true }`. */
  readonly routes: (app: ServiceApp) => void;
  /** Browser origins that may call; none unless given. */
  readonly corsOrigins?: readonly string[];
}

export interface HttpService {
  readonly app: ServiceApp;
  /** What is served, the base's own routes included. */
  readonly routeEntries: () => readonly RouteEntry[];
  /** Starts to listen and returns the URL; port 0 takes a free one. */
  readonly listen: (input: { readonly host: string; readonly port: number }) => Promise<string>;
  /** Stops to accept, lets running requests finish, closes. */
  readonly close: () => Promise<void>;
}

const LIMITS: RequestLimits = {
  bodyBytesMax: 1_048_576, // An operator's largest command (a provider of 200 models) is 50 KB.
  answerTimeoutMs: 30_000, // Longer than any query may take; clients of admin APIs give up soon after.
};
const RETRY_AFTER_SECONDS = 2; // For what is away without saying for how long: a NATS election lasts 4 to 9 s, a restart less.
const HEADERS_TIMEOUT_MS = 10_000; // Against clients that send a byte a minute; Node's own 60 s is generous.
const REQUEST_TIMEOUT_MS = 60_000; // The whole request, body included.
const TIMEOUT_CHECK_MS = 1_000; // Node looks every 30 s by default, which makes the two above meaningless.
const HEADER_BYTES_MAX = 32_768;
const PARAMETER_CHARACTERS_MAX = 256; // Longer than the longest name that a path can hold.

/** Builds the service. Nothing listens until `listen` is called; `app.inject` works at once. Throws when a route breaks a rule above. */
export async function createHttpService(options: HttpServiceOptions): Promise<HttpService> {
  const table = createRouteTable();
  const app = createApp();
  app.setValidatorCompiler<z.ZodType>(({ schema, httpPart }) => (data) => ({
    value: parsePart({ schema, part: httpPart ?? 'body', data }),
  }));
  app.setSerializerCompiler(serializerCompiler);
  acceptEmptyJson(app);
  watchRoutes(app, { table, hasAdminToken: options.adminToken !== undefined });
  observeRequests(app, { logger: options.logger, metrics: options.metrics });
  requireAdminToken(app, options.adminToken);
  refuseFaultyInput(app);
  answerFailures(app, { table, logger: options.logger });
  if (options.corsOrigins !== undefined) await app.register(cors, { origin: [...options.corsOrigins], maxAge: 600 });
  await describe(app, options);
  addOperationRoutes(app, options);
  options.routes(app);
  await app.ready();
  return {
    app,
    routeEntries: table.entries,
    listen: ({ host, port }) => app.listen({ host, port }),
    close: () => app.close(),
  };
}

function createApp(): ServiceApp {
  const ids = createIdSource(systemClock);
  return fastify({
    logger: false, // `observeRequests` writes one line a request instead of fastify's two.
    genReqId: () => ids.ulid(),
    requestIdHeader: false, // A caller cannot choose what stands in our log.
    bodyLimit: LIMITS.bodyBytesMax,
    handlerTimeout: LIMITS.answerTimeoutMs,
    requestTimeout: REQUEST_TIMEOUT_MS,
    http: { headersTimeout: HEADERS_TIMEOUT_MS, connectionsCheckingInterval: TIMEOUT_CHECK_MS, maxHeaderSize: HEADER_BYTES_MAX },
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: PARAMETER_CHARACTERS_MAX },
    clientErrorHandler: answerMalformedRequest,
  }).withTypeProvider<ZodTypeProvider>();
}

/** Some clients say `Content-Type: application/json` on requests that have no body; that is no fault of theirs. */
function acceptEmptyJson(app: ServiceApp): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser('text/plain'); // Fastify's only other default; a command in plain text is a mistake.
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) =>
    body === '' ? done(null) : void parse(request, body, done),
  );
}

/** Refuses at start what could not be seen from outside: a route without a schema, or one that needs a token where there is none. */
function watchRoutes(app: ServiceApp, input: { readonly table: RouteTable; readonly hasAdminToken: boolean }): void {
  app.addHook('onRoute', (route) => {
    const { schema, config } = route;
    for (const method of [route.method].flat()) {
      if (method === 'HEAD' || method === 'OPTIONS') continue;
      assert(schema?.summary !== undefined, `${method} ${route.url} has a schema with a summary`);
      assert(schema.response !== undefined, `${method} ${route.url} declares its answers`);
      assert(config?.isOpen === true || input.hasAdminToken, `${method} ${route.url} needs the admin token that was not given`);
      input.table.add({ method, pattern: route.url });
    }
    if (!schema) return;
    schema.security = config?.isOpen === true ? [] : [{ admin: [] }];
    const problems = { description: 'A problem', content: { [PROBLEM_CONTENT_TYPE]: { schema: ProblemJsonSchema } } };
    schema.response = { ...Object(schema.response), default: problems };
  });
}

/** Runs before anything of the request is read, so that a stranger learns nothing from how his input is refused. */
function requireAdminToken(app: ServiceApp, adminToken: string | undefined): void {
  if (adminToken === undefined) return;
  const check = createAdminTokenCheck(adminToken);
  app.addHook('onRequest', async (request, reply) => {
    if (request.is404 || request.routeOptions.config.isOpen === true) return;
    const outcome = check(request.headers.authorization);
    if (outcome === 'accepted') return;
    reply.header('www-authenticate', 'Bearer realm="lurus"');
    throw adminTokenRefused({ wasGiven: outcome === 'wrong' });
  });
}

function refuseFaultyInput(app: ServiceApp): void {
  app.addHook('preHandler', async (request) => {
    const parts: readonly unknown[] = [request.params, request.query, request.headers, request.body];
    const faults = parts.flatMap(faultsIn);
    if (faults.length > 0) throw inputRefused({ count: faults.length }, { faults });
  });
}

function answerFailures(app: ServiceApp, input: { readonly table: RouteTable; readonly logger: Logger }): void {
  const answer = (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const requestId = request.id;
    const { details } = problemOf({ error, requestId, contentType: request.headers['content-type'], limits: LIMITS });
    if (details.status >= 500) input.logger.error({ err: error, requestId, code: details.code }, details.message);
    const retryAfterSeconds =
      details.retryAfterSeconds ?? (details.status === 503 && details.isRetryable ? RETRY_AFTER_SECONDS : undefined);
    if (retryAfterSeconds !== undefined) reply.header('retry-after', String(retryAfterSeconds));
    // A string goes out as it is, past the serializers of the route's own answers.
    return reply
      .code(details.status)
      .type(PROBLEM_CONTENT_TYPE)
      .send(JSON.stringify(problemJson(details, requestId)));
  };
  app.setErrorHandler(answer);
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '/';
    const allowed = input.table.methodsAt(path);
    if (allowed.length === 0) return answer(pathUnknown({ method: request.method, path }), request, reply);
    reply.header('allow', allowed.join(', '));
    return answer(methodNotAllowed({ method: request.method, path, allowed }), request, reply);
  });
}

async function describe(app: ServiceApp, options: HttpServiceOptions): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: `Lurus Switch: ${options.name}`, description: options.says, version: '1' },
      components: {
        securitySchemes: { admin: { type: 'http', scheme: 'bearer', description: 'The admin token of .lurus/ready.json.' } },
      },
    },
    transform: createJsonSchemaTransform({ skipList: [] }),
  });
}
