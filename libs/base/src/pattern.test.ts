import { expect, test } from 'vitest';
import { bestPattern, mapModel, matchPattern } from './pattern.ts';

test.each([
  ['claude-sonnet', 'claude-sonnet', true],
  ['claude-*', 'claude-sonnet', true],
  ['*', '', true],
  ['*-mini', 'gpt-5-mini', true],
  ['gpt-*-mini', 'gpt-5-mini', true],
  ['gpt-*-mini', 'gpt-mini', false],
  ['a*b*c', 'a-b-b-c', true],
  ['a*b*b', 'a-b', false],
  ['*a*a*', 'a', false],
  ['claude', 'claude-sonnet', false],
  ['claude.*', 'claude-sonnet', false],
])('pattern %s on %s: %s', (pattern, text, fits) => {
  expect(matchPattern(pattern, text) !== undefined).toBe(fits);
});

test('the exact name wins, then the pattern with the most fixed characters', () => {
  expect(bestPattern(['*', 'claude-*', 'claude-sonnet-*', 'claude-sonnet-5'], 'claude-sonnet-5')).toBe('claude-sonnet-5');
  expect(bestPattern(['*', 'claude-*', 'claude-sonnet-*'], 'claude-sonnet-5')).toBe('claude-sonnet-*');
  expect(bestPattern(['gpt-*'], 'claude')).toBeUndefined();
});

test('equal fits are decided by text order, whatever order they come in', () => {
  expect(bestPattern(['a*', '*a'], 'aa')).toBe(bestPattern(['*a', 'a*'], 'aa'));
});

test('a mapping carries over what the star matched', () => {
  expect(mapModel({ pattern: 'claude-*', target: 'vendor/claude-*', model: 'claude-opus' })).toBe('vendor/claude-opus');
  expect(mapModel({ pattern: '*-latest', target: '*', model: 'gpt-latest' })).toBe('gpt');
  expect(mapModel({ pattern: 'claude-*', target: 'deepseek-chat', model: 'claude-opus' })).toBe('deepseek-chat');
});
