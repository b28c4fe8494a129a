/** What the billing service works with. */
import type { IdSource } from '@lurus/base/ids';
import type { BucketValue } from '@lurus/events/bucket';
import type { FactAppender } from '@lurus/journal/append-once';
import type { JournalConnection, Mirror } from '@lurus/journal/journal';
import type { SqlSession } from '@lurus/projection/postgres/open-postgres';
import type { Turns } from '@lurus/service/command';
import type { balancesBucket, keysBucket } from '@lurus/streams/buckets';

export interface Billing extends FactAppender {
  readonly connection: Pick<JournalConnection, 'journal' | 'eventAt'>;
  readonly views: Pick<SqlSession, 'query'>;
  /** What the gateways see: a command is answered once it stands here. */
  readonly keys: Pick<Mirror<BucketValue<typeof keysBucket>>, 'get'>;
  readonly balances: Pick<Mirror<BucketValue<typeof balancesBucket>>, 'get'>;
  readonly ids: IdSource;
  /** Part of every key's digest. */
  readonly keyPepper: string;
  readonly inTurn: Turns;
}

/** Who caused the commands of this service: whoever holds the admin token. */
export const ACTOR = 'operator';
