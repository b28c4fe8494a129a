import { expect, test } from 'vitest';
import { answerSchema } from './schema-answer.ts';

test('fills every property with a value of its type', () =>
  expect(
    answerSchema({
      type: 'object',
      properties: {
        title: { type: 'string', minLength: 1, maxLength: 5 },
        score: { type: 'INTEGER', minimum: 3 },
        done: { type: 'boolean' },
        kind: { enum: ['a', 'b'] },
        always: { const: 4 },
        list: { type: 'array', minItems: 2, items: { type: 'number' } },
        maybe: { type: ['null', 'string'] },
        either: { anyOf: [{ type: 'object', properties: { x: { type: 'null' } } }, { type: 'string' }] },
      },
    }),
  ).toEqual({
    title: 'simul',
    score: 3,
    done: false,
    kind: 'a',
    always: 4,
    list: [1, 1],
    maybe: 'simulated',
    either: { x: null },
  }));

test('ends where a schema holds itself', () => {
  const node: Record<string, unknown> = { type: 'object' };
  node['properties'] = { next: node };
  expect(JSON.stringify(answerSchema(node)).length).toBeLessThan(500);
});

test('takes a schema without a type for what it looks like', () => {
  expect(answerSchema({ properties: { a: {} } })).toEqual({ a: 'simulated' });
  expect(answerSchema(undefined)).toBe('simulated');
});
