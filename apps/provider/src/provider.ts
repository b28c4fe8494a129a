/** What the provider service works with. */
import type { IdSource } from '@lurus/base/ids';
import type { BucketValue } from '@lurus/events/bucket';
import type { FactAppender } from '@lurus/journal/append-once';
import type { Mirror } from '@lurus/journal/journal';
import type { SqlSession } from '@lurus/projection/postgres/open-postgres';
import type { Turns } from '@lurus/service/command';
import type { pricesBucket, routesBucket } from '@lurus/streams/buckets';

export interface ProviderService extends FactAppender {
  readonly views: Pick<SqlSession, 'query'>;
  /** What the gateways see: a command is answered once it stands here. */
  readonly routes: Pick<Mirror<BucketValue<typeof routesBucket>>, 'get'>;
  readonly prices: Pick<Mirror<BucketValue<typeof pricesBucket>>, 'get'>;
  readonly ids: IdSource;
  /** What credentials are sealed with. */
  readonly masterKey: string;
  readonly inTurn: Turns;
}

/** Who caused the commands of this service: whoever holds the admin token. */
export const ACTOR = 'operator';
