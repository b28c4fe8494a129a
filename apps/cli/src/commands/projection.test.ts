import { expect, test } from 'vitest';
import { run } from '../surroundings.fixture.ts';

const at = (partition: number, position: number) => ({
  stream: 'BILLING_EVENTS',
  partition,
  position,
  head: 9,
  lag_events: 9 - position,
  last_applied_age_ms: 5,
  state: 'following',
  error: null,
});
const body = {
  projections: [{ name: 'wallets', version: 1, state: 'following', error: null, partitions: [at(0, 9), at(1, 9), at(2, 7), at(3, 9)] }],
};
const answers = { 'GET /v1/projections': { status: 200, body } };

test('partitions that stand alike share a line, those that do not have their own', async () => {
  const { data } = await run(['projection', 'lag'], { answers });
  expect(
    data
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split(/\s+/)[2]),
  ).toEqual(['0-1', '2', '3']);
});

test('for programs every partition stands by itself', async () => {
  const { data } = await run(['projection', 'lag', '--behind', '--json'], { answers });
  expect(JSON.parse(data)).toEqual({ partitions: [{ projection: 'wallets', ...at(2, 7) }] });
});
