/** What a tap must read out of a recording: shared by the corpus of real traffic and by the hand-written fixtures. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DialectNameSchema } from '@lurus/base/dialect-name';
import { expect } from 'vitest';
import { z } from 'zod';
import { joinBytes, textOf } from './bytes.ts';
import { piecesOf } from './cuts-suite.ts';
import type { Passage, Tap, TapPhase, TapReport } from './dialect.ts';
import { DIALECTS } from './dialects.ts';

const Count = z
  .number()
  .nullish()
  .transform((value) => value ?? 0);

const Normalized = z.looseObject({
  input_uncached: Count,
  input_total: Count,
  cache_read: Count,
  cache_write: Count,
  cache_write_1h: Count,
  output_total: Count,
  reasoning: Count,
  iterations: z.array(z.looseObject({ type: z.string() })).optional(),
  billed_over_iterations: z.looseObject({ input_uncached: Count, cache_read: Count, cache_write: Count, output_total: Count }).nullish(),
});

const Expected = z.looseObject({
  model: z.string().nullish(),
  stop: z.looseObject({ reported: z.string().nullish(), class: z.string().nullish() }).nullish(),
  usage: z.looseObject({ normalized: Normalized.nullish() }).nullish(),
  error: z.looseObject({ type: z.string().nullish(), message: z.string().nullish() }).nullish(),
  malformed: z.boolean().optional(),
  phase: z.enum(['undecided', 'content', 'error', 'terminal']).optional(),
});

/** One recorded answer and what it holds. */
export interface Recording {
  readonly id: string;
  readonly dialect: z.infer<typeof DialectNameSchema>;
  readonly isStream: boolean;
  readonly status: number;
  readonly bytes: Uint8Array;
  readonly expected: z.infer<typeof Expected>;
}

const Case = z.looseObject({ dialect: DialectNameSchema, stream: z.boolean(), http_status: z.number() });

const readJson = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));

/** Reads the folder of one case; undefined where it is none. */
function readRecording(folder: string, id: string): Recording | undefined {
  if (!existsSync(join(folder, 'case.json'))) return undefined;
  const facts = Case.parse(readJson(join(folder, 'case.json')));
  const stream = join(folder, 'stream.sse');
  return {
    id,
    dialect: facts.dialect,
    isStream: facts.stream,
    status: facts.http_status,
    bytes: new Uint8Array(readFileSync(existsSync(stream) ? stream : join(folder, 'response.json'))),
    expected: Expected.parse(readJson(join(folder, 'expect.json'))),
  };
}

/** Reads every case below a folder with a folder per dialect. */
export const readRecordings = (root: string): Recording[] =>
  DialectNameSchema.options
    .filter((dialect) => existsSync(join(root, dialect)))
    .flatMap((dialect) => readdirSync(join(root, dialect)).map((name) => readRecording(join(root, dialect, name), `${dialect}/${name}`)))
    .filter((recording) => recording !== undefined);

/** Feeds bytes to a tap, cut at the given offsets; checks on the way that the phase never goes back. */
export function tapped(recording: Recording, cuts: readonly number[]): { readonly report: TapReport; readonly phase: TapPhase } {
  const tap = DIALECTS[recording.dialect].createTap({ isStream: recording.isStream });
  return { phase: feed(tap, recording.bytes, cuts), report: tap.report() };
}

const ORDER: readonly TapPhase[] = ['undecided', 'content', 'error', 'terminal'];

function feed(tap: Tap, bytes: Uint8Array, cuts: readonly number[]): TapPhase {
  let phase: TapPhase = 'undecided';
  let isEnding = false;
  for (const chunk of piecesOf(bytes, cuts)) {
    const step = tap.push(chunk);
    if (ORDER.indexOf(step.phase) < ORDER.indexOf(phase)) throw new Error(`the phase went back from ${phase} to ${step.phase}`);
    if (isEnding && step.terminalAt !== 0) throw new Error('bytes after the last frame were not withheld');
    if (step.terminalAt !== undefined && (step.terminalAt < 0 || step.terminalAt > chunk.length))
      throw new Error('terminalAt lies outside');
    isEnding ||= step.terminalAt !== undefined;
    phase = step.phase;
  }
  return tap.end().phase;
}

interface Totals {
  readonly inputUncached: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly cacheWrite1h: number;
  readonly output: number;
  readonly reasoning: number;
}

/** The usage as the corpus writes it down. */
function totalsOf(report: TapReport): Totals | undefined {
  const { usage } = report;
  return (
    usage && {
      inputUncached: usage.inputTokens,
      cacheRead: usage.cacheReadTokens,
      cacheWrite: usage.cacheWrite5mTokens + usage.cacheWrite1hTokens,
      cacheWrite1h: usage.cacheWrite1hTokens,
      output: usage.outputTokens,
      reasoning: usage.reasoningTokens,
    }
  );
}

function expectedTotals(normalized: z.infer<typeof Normalized>): Totals {
  // Rule: with a compaction pass the top level leaves tokens out, so the sum over all passes is the usage.
  const hasCompaction = normalized.iterations?.some(({ type }) => type === 'compaction') === true;
  const counts = (hasCompaction ? normalized.billed_over_iterations : undefined) ?? normalized;
  return {
    inputUncached: counts.input_uncached,
    cacheRead: counts.cache_read,
    cacheWrite: counts.cache_write,
    cacheWrite1h: normalized.cache_write_1h,
    output: counts.output_total,
    reasoning: normalized.reasoning,
  };
}

/** What the answer and everything charged with it amount to, where the corpus says so. */
function billedOf(report: TapReport): { readonly input: number; readonly output: number } {
  const all = [...(report.usage ? [report.usage] : []), ...report.extraUsage.map(({ usage }) => usage)];
  return { input: all.reduce((sum, usage) => sum + usage.inputTokens, 0), output: all.reduce((sum, usage) => sum + usage.outputTokens, 0) };
}

/** Everything that the recording's `expect.json` says about usage, stop reason, model and error. */
export function expectReport(recording: Recording, report: TapReport): void {
  const { expected } = recording;
  if (recording.status >= 400) {
    expect(report.usage).toBeUndefined();
    expect(report.error?.message).toBe(expected.error?.message ?? report.error?.message);
    return;
  }
  const normalized = expected.usage?.normalized;
  expect(totalsOf(report)).toEqual(normalized ? expectedTotals(normalized) : undefined);
  if (normalized?.billed_over_iterations)
    expect(billedOf(report)).toEqual({
      input: normalized.billed_over_iterations.input_uncached,
      output: normalized.billed_over_iterations.output_total,
    });
  expect(report.servedModel ?? null).toBe(expected.model ?? null);
  expect(report.stopReported ?? null).toBe(expected.stop?.reported ?? null);
  expect(report.stopClass ?? null).toBe(expected.stop?.class ?? null);
  if (!expected.malformed) expect(report.error?.message ?? null).toBe(expected.error?.message ?? null);
  expect(report.isUsageSuspect).toBe(false);
}

/** How the answer must have ended: an error that came with it is final, everything else that is an answer is whole. */
export function expectPhase(recording: Recording, seen: { readonly report: TapReport; readonly phase: TapPhase }): void {
  const { expected, status } = recording;
  const isError = status >= 400 || (expected.error !== null && expected.error !== undefined);
  if (expected.malformed) expect(seen.report.isGarbage ? 'undecided' : 'terminal').toBe(seen.phase);
  else expect(seen.phase).toBe(expected.phase ?? (isError ? 'error' : 'terminal'));
}

/** The stream as a client gets it, with the filter between: everything at once, and what had to wait for the settlement. */
export function filtered(
  recording: Recording,
  input: { readonly cuts: readonly number[]; readonly dropsUsage: boolean },
): { readonly now: string; readonly withheld: string } {
  const dialect = DIALECTS[recording.dialect];
  const tap = dialect.createTap({ isStream: true });
  const filter = dialect.createFilter({ dropsUsage: input.dropsUsage });
  const passages = piecesOf(recording.bytes, input.cuts).map((piece) => filter.push(piece, tap.push(piece).terminalAt));
  passages.push(filter.end());
  const text = (name: keyof Passage) => textOf(joinBytes(passages.flatMap((passage) => passage[name])));
  return { now: text('now'), withheld: text('withheld') };
}
