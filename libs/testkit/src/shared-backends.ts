/** What the whole test run shares: one Postgres and one ClickHouse, started by `global-setup.ts`. Each test file makes databases of its own. */
import type { BackendUrls } from '@lurus/stack/backends';
import { inject } from 'vitest';

export interface SharedBackends {
  readonly kind: 'embedded' | 'containers' | 'external';
  readonly urls: BackendUrls;
}

declare module 'vitest' {
  export interface ProvidedContext {
    readonly backends: SharedBackends;
  }
}

/** The back ends of this run. Throws an Error where none were started: only tests of the `backends` project have them. */
export const sharedBackends = (): SharedBackends => inject('backends');

/** The same server and user, another database. */
export const inDatabase = (url: string, database: string): string => Object.assign(new URL(url), { pathname: `/${database}` }).href;

/** Throws an Error where the run's back ends are of a kind that lacks this URL. */
export function requiredUrl(url: string | null, whose: string): string {
  if (url === null) throw new Error(`this test run's back ends have no URL of ${whose}`);
  return url;
}
