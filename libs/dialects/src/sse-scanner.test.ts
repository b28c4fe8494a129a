/** Method: every stream is scanned whole, byte by byte and at seeded cuts; all must deliver the same frames. */
import { describe, expect, test } from 'vitest';
import { encode, textOf } from './bytes.ts';
import { everyByte, piecesOf, seededCuts } from './cuts-suite.ts';
import { createSseScanner, FRAME_BYTES_MAX } from './sse-scanner.ts';

type Seen = readonly [event: string | undefined, data: string];

function scan(bytes: Uint8Array, cuts: readonly number[]): Seen[] {
  const frames: Seen[] = [];
  const scanner = createSseScanner(({ event, data }) => frames.push([event && textOf(event), textOf(data)]));
  for (const piece of piecesOf(bytes, cuts)) {
    scanner.push(piece);
    piece.fill(0x2a); // What the scanner keeps must be its own: the caller may reuse the memory.
  }
  scanner.end();
  return frames;
}

const CASES: readonly (readonly [what: string, text: string, frames: readonly Seen[]])[] = [
  [
    'LF',
    'data: a\n\ndata: b\n\n',
    [
      [undefined, 'a'],
      [undefined, 'b'],
    ],
  ],
  [
    'CRLF',
    'event: x\r\ndata: a\r\n\r\ndata: b\r\n\r\n',
    [
      ['x', 'a'],
      [undefined, 'b'],
    ],
  ],
  [
    'CR',
    'event: x\rdata: a\r\rdata: b\r\r',
    [
      ['x', 'a'],
      [undefined, 'b'],
    ],
  ],
  [
    'mixed line breaks',
    'data: a\r\n\ndata: b\n\r\ndata: c\r\r',
    [
      [undefined, 'a'],
      [undefined, 'b'],
      [undefined, 'c'],
    ],
  ],
  [
    'no space after the colon',
    'data:a\n\ndata:  b\n\n',
    [
      [undefined, 'a'],
      [undefined, ' b'],
    ],
  ],
  ['comments and other fields', ': hello\n\nid: 4\nretry: 10\n: x\ndata: a\n: y\n\n', [[undefined, 'a']]],
  ['several data lines', 'data: {"a":\ndata: 1}\ndata\n\n', [[undefined, '{"a":\n1}\n']]],
  ['no data', 'event: ping\n\ndata: a\n\n', [[undefined, 'a']]],
  [
    'no blank line at the end',
    'data: a\n\ndata: b\n',
    [
      [undefined, 'a'],
      [undefined, 'b'],
    ],
  ],
  [
    'no line break at the end',
    'data: a\n\nevent: x\ndata: b',
    [
      [undefined, 'a'],
      ['x', 'b'],
    ],
  ],
  ['a byte order mark', '\ufeffdata: a\n\n', [[undefined, 'a']]],
  ['text of all planes', 'data: ümlaut 漢字 🦜\n\n', [[undefined, 'ümlaut 漢字 🦜']]],
  ['names that only begin alike', 'database: a\nevents: b\ndata: c\n\n', [[undefined, 'c']]],
];

describe.each(CASES)('%s', (_, text, frames) => {
  const bytes = encode(text);
  test('is read whole', () => expect(scan(bytes, [])).toEqual(frames));
  test('is read byte by byte', () => expect(scan(bytes, everyByte(bytes.length))).toEqual(frames));
  test('is read at seeded cuts', () => {
    for (let seed = 0; seed < 20; seed++) expect(scan(bytes, seededCuts(seed, bytes.length))).toEqual(frames);
  });
});

test('a frame says where it begins and ends in the chunk', () => {
  const places: (readonly [number, number])[] = [];
  const scanner = createSseScanner(({ startsAt, endsAt }) => places.push([startsAt, endsAt]));
  scanner.push(encode('data: a\n\ndata: b\n\nda'));
  scanner.push(encode('ta: c\n\n: x\n\ndata: d\n\n'));
  expect(places).toEqual([
    [0, 9],
    [9, 18],
    [0, 7],
    [12, 21],
  ]);
});

test('a frame of 100 MB in one line keeps memory bounded and is marked', () => {
  const seen: { readonly isCut: boolean; readonly size: number; readonly head: string }[] = [];
  const scanner = createSseScanner(({ isCut, data }) => seen.push({ isCut, size: data.length, head: textOf(data, 0, 8) }));
  const megabyte = new Uint8Array(1_000_000).fill(0x78);
  scanner.push(encode('data: {"type":'));
  for (let index = 0; index < 100; index++) {
    scanner.push(megabyte);
    expect(scanner.open()?.data.length ?? 0).toBeLessThanOrEqual(FRAME_BYTES_MAX);
  }
  scanner.push(encode('\n\ndata: after\n\n'));
  expect(seen[0]?.isCut).toBe(true);
  expect(seen[0]?.size).toBeLessThanOrEqual(65_536);
  expect(seen[0]?.head).toBe('{"type":');
  expect(seen[1]).toEqual({ isCut: false, size: 5, head: 'after' });
});

test('a frame of many small data lines past the limit is marked as well', () => {
  const cuts: boolean[] = [];
  const scanner = createSseScanner(({ isCut }) => cuts.push(isCut));
  const lines = encode(`data: ${'x'.repeat(1_000)}\n`.repeat(1_000));
  for (let index = 0; index < 18; index++) scanner.push(lines);
  scanner.push(encode('\n'));
  expect(cuts).toEqual([true]);
});
