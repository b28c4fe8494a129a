import { TenantIdSchema } from '@lurus/base/ids';
import { expect, test } from 'vitest';
import { becomesVisible, commandEventId, createTurns } from './command.ts';

const name = { tenantId: TenantIdSchema.parse('main'), operation: 'credit', idempotencyKey: 'order-1' };

test('the same command name always means the same event, another tenant, operation or key another one', () => {
  const id = commandEventId(name);
  expect(commandEventId({ ...name })).toBe(id);
  expect(commandEventId({ ...name, tenantId: TenantIdSchema.parse('demo') })).not.toBe(id);
  expect(commandEventId({ ...name, operation: 'adjust' })).not.toBe(id);
  expect(commandEventId({ ...name, idempotencyKey: 'order-2' })).not.toBe(id);
});

test('waiting ends as soon as the view shows it', async () => {
  let looks = 0;
  expect(await becomesVisible(() => ++looks === 3)).toBe(true);
  expect(looks).toBe(3);
});

test('waiting gives up after two seconds', async () => {
  const started = performance.now();
  expect(await becomesVisible(() => false)).toBe(false);
  expect(performance.now() - started).toBeGreaterThan(1_800);
  expect(performance.now() - started).toBeLessThan(2_200);
});

test('work on one subject waits for its turn, work on another does not, and a failure does not block the next', async () => {
  const inTurn = createTurns();
  const order: string[] = [];
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  const first = inTurn('a', async () => {
    await gate;
    order.push('a1');
    throw new Error('a1 failed');
  });
  const second = inTurn('a', async () => void order.push('a2'));
  await inTurn('b', async () => void order.push('b1'));
  open();
  await expect(first).rejects.toThrow('a1 failed');
  await second;
  expect(order).toEqual(['b1', 'a1', 'a2']);
});
