/** Where a request goes: a provider's base URL and a dialect's path made into one. */

export interface TargetUrl {
  /** `https://api.example.com`: what connections are pooled by. */
  readonly origin: string;
  /** Path and query as they are sent. */
  readonly path: string;
}

/** `v1`, `v1beta`, `v4`: the part of a path that names a version of an interface. */
const VERSION = /^v\d+(?:alpha|beta)?\d*$/;

/**
 * Joins a base URL and a path. Where the base already ends in a version, it replaces the path's own: people write both
 * `https://api.openai.com` and `https://api.openai.com/v1`, and some providers live under `/api/paas/v4`.
 * Throws TypeError when `baseUrl` is no URL.
 */
export function targetUrl(input: { readonly baseUrl: string; readonly path: string; readonly query: string }): TargetUrl {
  const base = new URL(input.baseUrl);
  const prefix = base.pathname.replace(/\/+$/, '');
  const [, first = '', ...rest] = input.path.split('/');
  const endsInVersion = VERSION.test(prefix.slice(prefix.lastIndexOf('/') + 1));
  const tail = endsInVersion && VERSION.test(first) ? `/${rest.join('/')}` : input.path;
  return { origin: base.origin, path: `${prefix}${tail}${input.query}` };
}
