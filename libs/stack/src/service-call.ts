/** Commands and queries to the services over HTTP, as the operator. */

/** A command answers after its view shows it, at most two seconds later. */
const TIMEOUT_MS = 15_000;

/** One request; `body` is sent as JSON. */
export interface ServiceRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: string;
  readonly body?: unknown;
  /** Repeating a command under the same key has no second effect. */
  readonly idempotencyKey?: string;
}

/** What came back; `body` is undefined where it was no JSON. */
export interface ServiceAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** Calls one service. Throws an Error with the service's own words for every status past 299 but 404, which is an answer too. */
export type CallService = (request: ServiceRequest) => Promise<ServiceAnswer>;

/** Calls one service with the token of the operators. */
export const serviceCaller =
  (service: { readonly url: string; readonly adminToken: string }): CallService =>
  async ({ method, path, body, idempotencyKey }) => {
    const response = await fetch(`${service.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${service.adminToken}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await response.text();
    if (!response.ok && response.status !== 404) throw new Error(`${method} ${service.url}${path} answered ${response.status}: ${text}`);
    return { status: response.status, body: parseOrUndefined(text) };
  };

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // A page of some proxy on the way; the caller's schema refuses it.
  }
}
