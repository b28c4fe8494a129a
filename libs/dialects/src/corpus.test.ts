/**
 * The corpus: recorded provider traffic that two independent readers agree about. Every recording is tapped whole, in every way that
 * `delivery.json` cuts it, byte by byte where it is a stream of moderate size, and at seeded places. A clone without the corpus says so;
 * with CI=true its absence is a failure.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { textOf } from './bytes.ts';
import { everyByte, seededCuts } from './cuts-suite.ts';
import { expectPhase, expectReport, filtered, readRecordings, tapped } from './recording-suite.ts';

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

function cutsOf(delivery: z.infer<typeof Delivery>, length: number): number[] {
  if (delivery.how === 'offsets') return delivery.offsets ?? [];
  if (delivery.how === 'whole') return [];
  return everyByte(length, delivery.how === 'size' ? delivery.size : 1);
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
  test('tapped whole, it reads as recorded', () => {
    const whole = tapped(recording, []);
    expectReport(recording, whole.report);
    expectPhase(recording, whole);
  });

  test('cut as delivery.json says, byte by byte and at seeded places, it reads the same', () => {
    const whole = tapped(recording, []);
    const ways = deliveries
      .filter((delivery) => delivery.case === recording.id)
      .map((delivery) => cutsOf(delivery, recording.bytes.length));
    if (recording.isStream && recording.bytes.length <= EVERY_BYTE_MAX) ways.push(everyByte(recording.bytes.length));
    for (const seed of [1, 2, 3]) ways.push(seededCuts(seed, recording.bytes.length));
    for (const cuts of ways) expect(tapped(recording, cuts)).toEqual(whole);
  });

  test('a filter changes nothing but the moment, and lets no part of the last frame go early', () => {
    if (!recording.isStream || recording.status >= 400) return;
    const whole = filtered(recording, { cuts: [], dropsUsage: false });
    expect(whole.now + whole.withheld).toBe(textOf(recording.bytes));
    for (const seed of [4, 5]) {
      const cut = filtered(recording, { cuts: seededCuts(seed, recording.bytes.length), dropsUsage: false });
      expect(cut).toEqual(whole);
    }
  });
});

test('with usage dropped, Chat streams lose their usage-only chunk and nothing else', () => {
  const streams = recordings.filter(({ dialect, isStream }) => dialect === 'openai-chat' && isStream);
  for (const recording of streams) {
    const frames = textOf(recording.bytes).split(/(?<=\n\n)/);
    const kept = frames.filter((frame) => !/"choices": ?\[\],.*"usage": ?\{|"usage": ?\{.*"choices": ?\[\]/s.test(frame)).join('');
    for (const cuts of [[], seededCuts(6, recording.bytes.length), everyByte(Math.min(recording.bytes.length, 5_000))]) {
      const { now, withheld } = filtered(recording, { cuts, dropsUsage: true });
      expect({ id: recording.id, text: now + withheld }).toEqual({ id: recording.id, text: kept });
    }
  }
});
