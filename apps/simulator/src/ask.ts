/** What the simulator understands of a request, whatever its dialect. */
import type { DialectName } from '@lurus/base/dialect-name';
import type { JsonObject } from './json-reading.ts';

/** A tool that the request offers. */
export interface OfferedTool {
  readonly name: string;
  /** A `custom` tool takes free text, a `function` takes JSON. */
  readonly kind: 'function' | 'custom';
  /** Where the tool lies in a namespace, the call has to name it. */
  readonly namespace: string | undefined;
  /** JSON schema of its arguments, if any. */
  readonly schema: unknown;
}

/** Tokens of the prompt that a cache was used for; the rest of the prompt is plain input. */
export interface CachedTokens {
  readonly read: number;
  readonly write5m: number;
  readonly write1h: number;
}

/** No cache was asked for. */
export const NOTHING_CACHED: CachedTokens = { read: 0, write5m: 0, write1h: 0 };

/** A request, read. */
export interface SimulatedAsk {
  readonly dialect: DialectName;
  readonly operation: 'generate' | 'count_tokens';
  readonly model: string;
  readonly isStream: boolean;
  /** Gemini without `alt=sse` streams one JSON array. */
  readonly streamForm: 'sse' | 'array';
  /** The whole prompt, cached parts included. */
  readonly promptTokens: number;
  readonly cached: CachedTokens;
  readonly choices: number;
  readonly maxOutputTokens: number | undefined;
  /** The last thing that the user said. */
  readonly lastText: string;
  /** What a tool answered, where that is the last thing in the conversation. */
  readonly toolResult: string | undefined;
  readonly tools: readonly OfferedTool[];
  /** JSON schema that the answer has to follow, if any. */
  readonly schema: unknown;
  readonly wantsReasoning: boolean;
  /** Chat streams report usage only where asked to. */
  readonly wantsUsage: boolean;
  /** Codex asks for a compaction item instead of an answer. */
  readonly wantsCompaction: boolean;
  readonly body: JsonObject;
}

/** A request to be read: its path tells the dialect, the rest is here. */
export interface AskInput {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: JsonObject;
  readonly bodyBytes: number;
}
