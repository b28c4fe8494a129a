import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { isPlausibleOutput, textBytes, tokensOfBytes } from './estimate.ts';

test('text counts in full', () => {
  const body = Buffer.from(JSON.stringify({ messages: [{ role: 'user', content: 'a few plain words '.repeat(4_000) }] }));
  expect(textBytes(body)).toBe(body.length);
});

test('text without spaces counts in full', () => {
  const chinese = Buffer.from(JSON.stringify({ content: '请修复这个错误'.repeat(3_000) }));
  const minified = Buffer.from(JSON.stringify({ items: Array.from({ length: 5_000 }, (_, index) => ({ index, name: `n${index}` })) }));
  expect(textBytes(chinese)).toBe(chinese.length);
  expect(textBytes(minified)).toBe(minified.length);
});

test('a picture in base64 counts as what pictures cost', () => {
  const data = randomBytes(3_000_000).toString('base64');
  const body = Buffer.from(
    JSON.stringify({
      content: [
        { type: 'image', source: { type: 'base64', data } },
        { type: 'text', text: 'what is this' },
      ],
    }),
  );
  expect(textBytes(body)).toBeLessThan(100_000);
  expect(textBytes(body)).toBeGreaterThan(data.length / 64 - 100);
});

test('a small body is never searched', () => {
  expect(textBytes(Buffer.from('{"model":"m"}'))).toBe(13);
});

test('tokens are estimated upwards', () => {
  expect([tokensOfBytes(0), tokensOfBytes(1), tokensOfBytes(8)]).toEqual([0, 1, 2]);
});

test('the placeholder at the start of a stream is no count, a cumulative figure is', () => {
  expect(isPlausibleOutput({ outputTokens: 1, generatedBytes: 4_000 })).toBe(false);
  expect(isPlausibleOutput({ outputTokens: 900, generatedBytes: 4_000 })).toBe(true);
  expect(isPlausibleOutput({ outputTokens: 0, generatedBytes: 0 })).toBe(true);
});
