/**
 * Method: histories of a few wallets by seed, folded three ways (one batch, small batches, other cuts with new sessions in between). The
 * dumps must be the same byte for byte, and the money in them must add up.
 */
import { openPostgres } from '@lurus/projection/postgres/open-postgres';
import { replayedDump } from '@lurus/projection/replay';
import { usePostgres } from '@lurus/testkit/use-postgres';
import { expect, test } from 'vitest';
import { walletHistory } from './history.fixture.ts';
import { wallets } from './projection.ts';

const postgres = usePostgres();
const EVENTS = 600;

test.each([1, 2, 3])('wallets dropped and folded again in other batches are the same byte for byte (history %i)', async (seed) => {
  const input = { url: postgres.url, projection: wallets, events: walletHistory(seed, EVENTS) };
  const plain = await replayedDump({ ...input, seed: 1, batchEventsMax: EVENTS * 2 });
  expect(plain.split('\n').length).toBeGreaterThan(EVENTS / 2);
  expect(await replayedDump({ ...input, seed: 7, batchEventsMax: 9 })).toBe(plain);
  expect(await replayedDump({ ...input, seed: 11, batchEventsMax: 120 })).toBe(plain);
  await expectMoneyToAddUp();
});

/** Sums over transactions, wallets and holds, told by the database and not by the fold. */
async function expectMoneyToAddUp(): Promise<void> {
  const database = openPostgres(postgres.url, { connectionsMax: 1 });
  const { rows } = await database.query(`
    select w.wallet_id
    from wallets w
    left join (
      select wallet_id, sum(available_delta) as available, sum(held_delta) as held, sum(loss_nanos) as lost, max(sequence) as sequence
      from transactions group by wallet_id) t using (wallet_id)
    left join (select wallet_id, sum(amount_nanos) as held from holds group by wallet_id) h using (wallet_id)
    where w.available_nanos <> t.available or w.held_nanos <> t.held or w.lost_nanos <> t.lost or w.sequence <> t.sequence
      or w.held_nanos <> coalesce(h.held, 0) or w.available_nanos + w.held_nanos <> w.credited_nanos - w.spent_nanos`);
  expect(rows).toEqual([]);
  const twice = await database.query(`
    select request_id from transactions
    where event_name = 'usage.settled' and reason not like 'repeated%' group by request_id having count(*) > 1`);
  expect(twice.rows).toEqual([]);
  const overdrawn = await database.query('select sequence from transactions where available_after < 0 or held_after < 0 or loss_nanos < 0');
  expect(overdrawn.rows).toEqual([]);
  await database.close();
}
