import { expect, test } from 'vitest';
import { placesOf } from '../places-of.ts';
import { driversInOneFolder } from './drivers-in-one-folder.ts';

test('a driver is imported in its folder', () => {
  const texts = {
    'libs/journal/src/a.ts': "import { connect } from '@nats-io/transport-node';",
    'libs/projection/src/postgres/a.ts': "import pg from 'pg';",
    'libs/projection/src/clickhouse/a.ts': "import { createClient } from '@clickhouse/client';",
    'libs/upstream/src/a.ts': "import { Pool } from 'undici';",
  };
  expect(placesOf(driversInOneFolder, texts)).toEqual([]);
});

test('a driver is imported nowhere else', () => {
  const texts = {
    'apps/log/src/a.ts': "import { createClient } from '@clickhouse/client';",
    'libs/projection/src/runner.ts': "import pg from 'pg';",
    'libs/stack/src/a.ts': "import { createUser } from '@nats-io/nkeys';",
  };
  expect(placesOf(driversInOneFolder, texts)).toEqual(['apps/log/src/a.ts:1', 'libs/projection/src/runner.ts:1', 'libs/stack/src/a.ts:1']);
});
