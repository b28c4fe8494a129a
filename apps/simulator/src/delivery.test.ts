import { expect, test } from 'vitest';
import { bytesOf, everyBytes, insideCharacters, paced, recut, truncated, type Write } from './delivery.ts';

const write = (text: string, outputTokens: number, waitMs = 0): Write => ({
  bytes: Buffer.from(text),
  outputTokens,
  reasoningTokens: 0,
  waitMs,
});
const texts = (writes: readonly Write[]): string[] => writes.map(({ bytes }) => Buffer.from(bytes).toString('latin1'));

test('a rate turns tokens into waits, and none where nothing was generated', () =>
  expect(paced([write('a', 0), write('b', 5), write('c', 15)], 10).map(({ waitMs }) => waitMs)).toEqual([0, 500, 1_000]));

test('bytes cut anew stay the same bytes, with the same waits in all', () => {
  const writes = [write('abc', 1, 10), write('defg', 2, 20), write('h', 3, 40)];
  const cut = recut(writes, [2, 5]);
  expect(texts(cut)).toEqual(['ab', 'cde', 'fgh']);
  expect(cut.map(({ waitMs, outputTokens }) => [waitMs, outputTokens])).toEqual([
    [10, 1],
    [20, 2],
    [40, 3],
  ]);
});

test('one big write waits for all of its parts', () => {
  const cut = recut([write('abc', 1, 10), write('defg', 2, 20)], []);
  expect(texts(cut)).toEqual(['abcdefg']);
  expect(cut[0]?.waitMs).toBe(30);
});

test('any cut keeps the bytes', () => {
  const writes = [write('Grüße, 東京', 1), write('', 1), write(' 🦀.', 2)];
  for (let size = 1; size < 20; size += 1) {
    const bytes = bytesOf(writes);
    expect(Buffer.compare(bytesOf(recut(writes, everyBytes(bytes.length, size))), bytes)).toBe(0);
  }
});

test('a cut inside characters lies inside every one of them', () => {
  const bytes = Buffer.from('aü東🦀');
  expect(insideCharacters(bytes)).toEqual([2, 4, 7]);
});

test('a truncated answer has so many bytes, or all of them', () => {
  const writes = [write('abc', 1), write('defg', 2)];
  expect(texts(truncated(writes, 5))).toEqual(['abc', 'de']);
  expect(texts(truncated(writes, 3))).toEqual(['abc']);
  expect(texts(truncated(writes, 0))).toEqual([]);
  expect(texts(truncated(writes, 99))).toEqual(['abc', 'defg']);
});
