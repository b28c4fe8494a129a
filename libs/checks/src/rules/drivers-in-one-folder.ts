import { importsOf } from '../imports.ts';
import { isTest, isTypeScript } from '../repository.ts';
import type { Rule } from '../rule.ts';

interface Driver {
  readonly imports: RegExp;
  readonly folder: string;
  readonly instead: string;
}

const DRIVERS: readonly Driver[] = [
  { imports: /^@nats-io\//, folder: 'libs/journal/', instead: 'use the journal (libs/journal/src/journal.ts)' },
  { imports: /^pg(?:\/|$)/, folder: 'libs/projection/src/postgres/', instead: 'use the Postgres reader of libs/projection' },
  { imports: /^@clickhouse\/client/, folder: 'libs/projection/src/clickhouse/', instead: 'use the ClickHouse reader of libs/projection' },
  { imports: /^undici(?:\/|$)/, folder: 'libs/upstream/', instead: 'use libs/upstream for providers, or fetch for our own services' },
];

/** Each driver is known to one folder, so that replacing it is work in one folder. */
export const driversInOneFolder: Rule = {
  name: 'drivers-in-one-folder',
  says: 'The clients of NATS, Postgres, ClickHouse and HTTP providers are each imported in exactly one folder.',
  check: ({ files }) =>
    files
      .filter((file) => isTypeScript(file.path))
      .flatMap((file) =>
        importsOf(file).flatMap(({ specifier, line }) => {
          const driver = DRIVERS.find((one) => one.imports.test(specifier));
          if (!driver || file.path.startsWith(driver.folder)) return [];
          // A test may look at a back end past our own code: that is the point of it.
          if (isTest(file.path)) return [];
          return [{ path: file.path, line, message: `${specifier} may be imported only under ${driver.folder}: ${driver.instead}` }];
        }),
      ),
};
