/** What a service serves, to tell a wrong method (405) from a wrong path (404) and to compare with the OpenAPI document. */
export interface RouteEntry {
  readonly method: string;
  /** Fastify's pattern: `/v1/users/:name`. */
  readonly pattern: string;
}

export interface RouteTable {
  readonly add: (entry: RouteEntry) => void;
  readonly entries: () => readonly RouteEntry[];
  /** The methods that some route takes at this path; empty where no route has it. */
  readonly methodsAt: (path: string) => readonly string[];
}

/** An empty table; `methodsAt` matches whole segments, `:name` any one. */
export function createRouteTable(): RouteTable {
  const routes: (RouteEntry & { readonly segments: readonly string[] })[] = [];
  return {
    add: (entry) => void routes.push({ ...entry, segments: entry.pattern.split('/') }),
    entries: () => routes.map(({ method, pattern }) => ({ method, pattern })),
    methodsAt: (path) => {
      const given = path.split('/');
      return routes.filter(({ segments }) => fits(segments, given)).map(({ method }) => method);
    },
  };
}

const fits = (segments: readonly string[], given: readonly string[]): boolean =>
  segments.length === given.length && segments.every((segment, index) => segment.startsWith(':') || segment === given[index]);
