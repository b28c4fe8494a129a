import type { TapReport } from './dialect.ts';

/** What a tap has learned so far: its report, while the readers of the dialects still write into it. */
export type Findings = { -readonly [Key in keyof TapReport]: TapReport[Key] };

/** Before the first byte nothing is known. */
export const noFindings = (): Findings => ({
  answerId: undefined,
  servedModel: undefined,
  fallbackModel: undefined,
  stopReported: undefined,
  stopClass: undefined,
  usage: undefined,
  extraUsage: [],
  isUsageFinal: false,
  isUsageSuspect: false,
  error: undefined,
  generatedBytes: 0,
  isGarbage: false,
});

/** Longest name (id, model, stop reason) that is kept, in characters: a hostile provider must not be able to grow events. */
const NAME_CHARACTERS_MAX = 200;

/** A name as it is kept; undefined where there is none or it is empty. */
export const shortText = (name: string | undefined): string | undefined => (name ? name.slice(0, NAME_CHARACTERS_MAX) : undefined);
