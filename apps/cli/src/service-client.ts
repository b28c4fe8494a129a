/** HTTP to our own services: the token, a time limit, and failures that say what, why and how to fix. */
import { z } from 'zod';
import { CliFailure, EXIT } from './cli-failure.ts';
import type { ServiceName, System } from './system.ts';

const ANSWER_TIMEOUT_MS = 30_000; // A command waits at most 2 s for its view; the rest is room for a machine under load.

/** One call of a service. */
export interface ServiceCall {
  readonly service: ServiceName;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  /** Undefined values are left out. */
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: Readonly<Record<string, unknown>>;
  /** Makes a repeated command the same command. */
  readonly idempotencyKey?: string | undefined;
}

/** What a service answered; `isPending` where the event is recorded but its view does not show it yet (202). */
export interface ServiceAnswer {
  readonly body: unknown;
  readonly isPending: boolean;
}

export type CallService = (call: ServiceCall) => Promise<ServiceAnswer>;

const ProblemSchema = z.object({
  code: z.string().optional(),
  detail: z.string().optional(),
  fix: z.string().optional(),
  request_id: z.string().optional(),
  faults: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});

/** Calls services of `system`. Throws a CliFailure: exit 3 where nothing answers, 4 where the service refuses, 1 where it fails. */
export function createServiceClient(input: { readonly system: System; readonly fetch: typeof fetch }): CallService {
  return async (call) => {
    const url = new URL(`${input.system.urlOf(call.service)}${call.path}`);
    for (const [name, value] of Object.entries(call.query ?? {})) if (value !== undefined) url.searchParams.set(name, String(value));
    const response = await send({ call, url, token: input.system.adminToken(), fetch: input.fetch });
    const text = await response.text();
    if (!response.ok) throw refusal({ call, status: response.status, text });
    return { body: text === '' ? {} : parseAnswer({ call, text }), isPending: response.status === 202 };
  };
}

async function send(input: {
  readonly call: ServiceCall;
  readonly url: URL;
  readonly token: string;
  readonly fetch: typeof fetch;
}): Promise<Response> {
  const { call, url, token } = input;
  const headers: Record<string, string> = { authorization: `Bearer ${token}`, accept: 'application/json' };
  if (call.body) headers['content-type'] = 'application/json';
  if (call.idempotencyKey !== undefined) headers['idempotency-key'] = call.idempotencyKey;
  try {
    return await input.fetch(url, {
      method: call.method,
      headers,
      redirect: 'error', // A redirect would carry the admin token to somebody else.
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
      ...(call.body ? { body: JSON.stringify(call.body) } : {}),
    });
  } catch (cause) {
    throw unreachable({ service: call.service, url, cause });
  }
}

function unreachable(input: { readonly service: ServiceName; readonly url: URL; readonly cause: unknown }): CliFailure {
  const { service, url, cause } = input;
  const isTimeout = cause instanceof Error && cause.name === 'TimeoutError';
  const why = isTimeout ? `it did not answer within ${ANSWER_TIMEOUT_MS / 1000} s` : reasonOf(cause);
  return new CliFailure(
    {
      exit: EXIT.notRunning,
      code: 'service_unreachable',
      what: `The ${service} service does not answer at ${url.origin}.`,
      why,
      fix: 'Run "npm start" first; if it runs, "lurus doctor" says what is wrong.',
    },
    { cause },
  );
}

/** fetch hides the reason (ECONNREFUSED) in the cause of its own error. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error) return error.cause.message || error.cause.name;
  return error.message;
}

function refusal(input: { readonly call: ServiceCall; readonly status: number; readonly text: string }): CliFailure {
  const { call, status, text } = input;
  const problem = ProblemSchema.safeParse(jsonOrUndefined(text));
  const { code, detail, fix, faults, request_id: requestId } = problem.success ? problem.data : {};
  const isRefused = status < 500;
  return new CliFailure({
    exit: isRefused ? EXIT.refused : EXIT.failed,
    code: code ?? `http_${status}`,
    what: detail ?? `The ${call.service} service answered ${status} to ${call.method} ${call.path}.`,
    ...(isRefused || requestId === undefined ? {} : { why: `Its log tells more under request_id ${requestId}.` }),
    fix: fix ?? (isRefused ? 'Correct the command.' : `Look into the log of the ${call.service} service, .lurus/logs/${call.service}.log.`),
    ...(faults === undefined || faults.length === 0 ? {} : { faults }),
  });
}

function parseAnswer(input: { readonly call: ServiceCall; readonly text: string }): unknown {
  const body = jsonOrUndefined(input.text);
  if (body !== undefined) return body;
  throw new CliFailure({
    exit: EXIT.failed,
    code: 'answer_unreadable',
    what: `The ${input.call.service} service did not answer with JSON.`,
    why: `It began with: ${input.text.slice(0, 80)}`,
    fix: 'Check that the URL is that of the service and not of something else on the port.',
  });
}

function jsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The caller decides what text that is no JSON means.
    return undefined;
  }
}

/** Reads a service's answer as what a command shows of it. Throws a CliFailure when the service is of another version. */
export function readAnswer<Answer>(schema: z.ZodType<Answer>, body: unknown): Answer {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new CliFailure({
    exit: EXIT.failed,
    code: 'answer_unknown',
    what: 'A service answered in a form that this command does not know.',
    why: parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '),
    fix: 'Use the command of the same version as the services, or --json to see the answer as it is.',
  });
}
