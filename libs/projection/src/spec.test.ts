/** The harness itself: what is wrong must fail, and order or redelivery that shows must fail too. */
import type { WalletId } from '@lurus/base/ids';
import { unchecked } from '@lurus/base/ids';
import { nanos } from '@lurus/base/money';
import { walletCredited } from '@lurus/events/catalogue/billing';
import { exampleOf } from '@lurus/events/examples';
import { billingEvents } from '@lurus/streams/billing-events';
import { expect, test } from 'vitest';
import { defineProjection, ignore } from './define-projection.ts';
import { given, told, toldPoison } from './spec.ts';

let calls = 0;
const sums = (onCredit: (sum: number) => number) =>
  defineProjection({
    name: 'sums',
    version: 1,
    says: 'Counts credits.',
    reads: [billingEvents],
    key: (event) => event.data.walletId,
    start: () => ({ sum: 0 }),
    fold: {
      'wallet.credited': ({ sum }) => ({ sum: onCredit(sum) }),
      'wallet.adjusted': ignore,
      'hold.placed': ignore,
      'hold.released': ignore,
      'hold.expired': ignore,
      'usage.settled': ignore,
    },
    sink: {
      kind: 'postgres',
      schema: new URL('file:///none.sql'),
      views: new URL('file:///none.sql'),
      tables: [],
      load: new URL('file:///none.sql'),
      fromRow: (row: { key: string; sum: number }) => [row.key, { sum: row.sum }],
      rows: () => [],
    },
    onPoison: { kind: 'park' },
  });

const credited = (walletId = exampleOf(walletCredited).walletId) =>
  told(walletCredited, { ...exampleOf(walletCredited), walletId, amountNanos: nanos(1n) });
const other = unchecked<WalletId>('01KAQ4V0H0WA11ET0000000009');

test('a state that is another one fails', async () => {
  const counting = sums((sum) => sum + 1);
  await given(counting, [credited()])
    .when([credited()])
    .then([{ sum: 2 }]);
  await expect(
    given(counting, [credited()])
      .when([credited()])
      .then([{ sum: 3 }]),
  ).rejects.toThrow('sum');
});

test('a state that was not expected, or is missing, fails', async () => {
  const counting = sums((sum) => sum + 1);
  await expect(
    given(counting)
      .when([credited(), credited(other)])
      .then([{ sum: 1 }]),
  ).rejects.toThrow('number of states');
  await expect(
    given(counting)
      .when([credited()])
      .then([{ sum: 1 }, { sum: 1 }]),
  ).rejects.toThrow('sum');
});

test('a fold that is not pure fails, since other cuts of the same events come to something else', async () => {
  const impure = sums(() => (calls += 1));
  await expect(given(impure).when([credited(), credited(), credited()]).then({})).rejects.toThrow('cut and redelivered by seed');
});

test('an event that cannot be applied must be expected to be set aside', async () => {
  const counting = sums((sum) => sum + 1);
  const poison = toldPoison({ subject: 'billing.1.wallet.credited.main.x', error: 'no JSON' });
  await given(counting)
    .when([poison, credited()])
    .then({ states: [{ sum: 1 }], parked: [1] });
  await expect(
    given(counting)
      .when([poison, credited()])
      .then([{ sum: 1 }]),
  ).rejects.toThrow('what was set aside');
});
