/**
 * The corpus: recorded provider traffic that two independent readers agree about. Every recording is tapped whole, in every way that
 * `delivery.json` cuts it, byte by byte where it is a stream of moderate size, and at seeded places. A clone without the corpus says so;
 * with CI=true its absence is a failure.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { expectReport, readRecordings, tapped } from './recording-suite.ts';

const root = resolve(import.meta.dirname, '../../..');
const folder = resolve(root, process.env['LURUS_FIXTURES'] ?? '../shared/fixtures');
const recordings = existsSync(folder) ? readRecordings(folder) : [];

/** Streams up to this size are also fed byte by byte; larger ones only at seeded cuts, to keep the suite within seconds. */
const EVERY_BYTE_MAX = 100_000;

const Delivery = z.looseObject({
  case: z.string(),
  how: z.enum(['offsets', 'every-byte', 'size', 'whole']),
  offsets: z.array(z.number()).optional(),
  size: z.number().optional(),
});
const deliveries =
  recordings.length > 0
    ? z.looseObject({ deliveries: z.array(Delivery) }).parse(JSON.parse(readFileSync(join(folder, 'delivery.json'), 'utf8'))).deliveries
    : [];

const everyByte = (length: number, size = 1): number[] =>
  Array.from({ length: Math.ceil(length / size) - 1 }, (_, index) => (index + 1) * size);

function cutsOf(delivery: z.infer<typeof Delivery>, length: number): number[] {
  if (delivery.how === 'offsets') return delivery.offsets ?? [];
  if (delivery.how === 'whole') return [];
  return everyByte(length, delivery.how === 'size' ? delivery.size : 1);
}

/** A small generator of repeatable numbers (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function seededCuts(seed: number, length: number): number[] {
  const next = seeded(seed);
  const cuts = new Set(Array.from({ length: 1 + Math.floor(next() * 40) }, () => Math.floor(next() * length)));
  return [...cuts].filter((cut) => cut > 0).sort((left, right) => left - right);
}

if (recordings.length === 0) console.warn(`CORPUS ABSENT: no recordings in ${folder}; the taps were not compared with real traffic.`);

test('the corpus is there wherever CI runs', () => {
  if (process.env['CI'] === 'true') expect(recordings.length).toBeGreaterThan(0);
});

test('the corpus is as large as its manifest says', () => {
  if (recordings.length === 0) return;
  const manifest = z.looseObject({ count: z.number() }).parse(JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')));
  expect(recordings).toHaveLength(manifest.count);
});

describe.each(recordings)('$id', (recording) => {
  test('tapped whole, it reads as recorded', () => expectReport(recording, tapped(recording, []).report));

  test('cut as delivery.json says, byte by byte and at seeded places, it reads the same', () => {
    const whole = tapped(recording, []);
    const ways = deliveries
      .filter((delivery) => delivery.case === recording.id)
      .map((delivery) => cutsOf(delivery, recording.bytes.length));
    if (recording.isStream && recording.bytes.length <= EVERY_BYTE_MAX) ways.push(everyByte(recording.bytes.length));
    for (const seed of [1, 2, 3]) ways.push(seededCuts(seed, recording.bytes.length));
    for (const cuts of ways) expect(tapped(recording, cuts)).toEqual(whole);
  });
});
