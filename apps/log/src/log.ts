/** What the log service works with: two views, and nothing that it could change. */
import type { Clock } from '@lurus/base/clock';
import type { ClickHouse } from '@lurus/projection/clickhouse/open-clickhouse';
import type { SqlSession } from '@lurus/projection/postgres/open-postgres';
import type { Logger } from '@lurus/service/logger';

export interface Log {
  /** Requests, attempts, the ledger, usage. */
  readonly statistics: Pick<ClickHouse, 'query'>;
  /** Names of users, and what a wallet made of an event. */
  readonly views: Pick<SqlSession, 'query'>;
  readonly clock: Clock;
  readonly logger: Logger;
}
