import { expect, test } from 'vitest';
import { createMetrics } from './metrics.ts';

const create = () => createMetrics({ process: 'test', instance: '1' });

test('figures are rendered with their process and instance', async () => {
  const metrics = create();
  metrics.counter({ name: 'switch_things_total', help: 'Things.', labels: ['kind'] }).inc({ kind: 'a' });
  metrics.histogram({ name: 'switch_wait_seconds', help: 'Waits.', buckets: [0.1, 1] }).observe(0.5);
  const text = await metrics.render();
  expect(text).toContain('switch_things_total{kind="a",process="test",instance="1"} 1');
  expect(text).toContain('switch_wait_seconds_bucket{le="1",process="test",instance="1"} 1');
});

test('a gauge can be read at the scrape', async () => {
  const metrics = create();
  let open = 3;
  metrics.gauge({ name: 'switch_open', help: 'Open.', collect: (gauge) => gauge.set(open) });
  expect(await metrics.render()).toMatch(/switch_open\{.*\} 3/);
  open = 4;
  expect(await metrics.render()).toMatch(/switch_open\{.*\} 4/);
});

test('two registries do not share figures', async () => {
  create().counter({ name: 'switch_only_here_total', help: 'Here.' }).inc();
  expect(await create().render()).not.toContain('switch_only_here_total');
});

test.each(['requests_total', 'switch_Bad', 'switch-bad'])('the name %s is refused', (name) => {
  expect(() => create().counter({ name, help: 'Wrong.' })).toThrow('starts with switch_ or gen_ai_');
});

test('a label that has a value for each user or request is refused', () => {
  expect(() => create().counter({ name: 'switch_x_total', help: 'X.', labels: ['user_id'] })).toThrow('a series for each of its values');
});
