/**
 * The simulator's own book: what each request was, what was really sent and what it is "charged", so that a test can hold a gateway's ledger
 * against somebody else's. In memory and bounded; the oldest entries make room.
 */
import type { DialectName } from '@lurus/base/dialect-name';
import { NO_TOKENS, type TokenUsage } from '@lurus/base/token-usage';

/** How an answer ended, from where the simulator stands. */
export type BookEnding =
  | 'open' // Still being sent.
  | 'finished' // Every byte that was meant was handed to the connection.
  | 'cut' // A fault ended it early.
  | 'client_gone'; // The client hung up before that.

/** One request. */
export interface BookEntry {
  /** The request id that the caller sent (`x-lurus-request-id`, `x-request-id`), else the answer's own. Attempts of one request share it. */
  readonly id: string;
  /** The answer's own id, without its dialect's prefix. */
  readonly answerId: string;
  readonly at: string;
  readonly method: string;
  readonly path: string;
  readonly dialect: DialectName | undefined;
  readonly operation: string;
  readonly model: string;
  readonly isStream: boolean;
  readonly requestBytes: number;
  readonly userAgent: string;
  /** Which of the credential headers were there; never what stood in them. */
  readonly credentials: readonly string[];
  readonly dials: string | undefined;
  readonly hadToolResult: boolean;
  readonly calledTool: string | undefined;
  status: number;
  bytesSent: number;
  ending: BookEnding;
  durationMs: number;
  /** What a provider would bill: the prompt, and what had been generated when the sending ended. */
  charged: TokenUsage;
  /** The usage object as it stood in the answer, or null where none was reported. */
  reported: unknown;
}

/** What a new entry starts with; the rest is filled in while the answer is sent. */
export type NewEntry = Omit<BookEntry, 'status' | 'bytesSent' | 'ending' | 'durationMs' | 'charged' | 'reported'>;

/** The book. */
export interface Book {
  readonly open: (entry: NewEntry) => BookEntry;
  /** All entries, the oldest first. */
  readonly entries: () => readonly BookEntry[];
  readonly ofId: (id: string) => readonly BookEntry[];
  readonly clear: () => void;
  /** Requests ever seen, those that made room included. */
  readonly seen: () => number;
}

const ENTRIES_MAX = 10_000; // About 10 MB; a test reads or clears long before.

/** An empty book. */
export function createBook(): Book {
  let entries: BookEntry[] = [];
  let seen = 0;
  return {
    open: (fresh) => {
      const entry: BookEntry = { ...fresh, status: 0, bytesSent: 0, ending: 'open', durationMs: 0, charged: NO_TOKENS, reported: null };
      entries.push(entry);
      seen += 1;
      if (entries.length > ENTRIES_MAX * 1.1) entries = entries.slice(-ENTRIES_MAX); // In slabs: shifting one by one costs more than it saves.
      return entry;
    },
    entries: () => entries,
    ofId: (id) => entries.filter((entry) => entry.id === id),
    clear: () => {
      entries = [];
    },
    seen: () => seen,
  };
}

/** An entry as it is read over HTTP. */
export const entryJson = (entry: BookEntry) => ({
  id: entry.id,
  answer_id: entry.answerId,
  at: entry.at,
  method: entry.method,
  path: entry.path,
  dialect: entry.dialect ?? null,
  operation: entry.operation,
  model: entry.model,
  is_stream: entry.isStream,
  request_bytes: entry.requestBytes,
  user_agent: entry.userAgent,
  credentials: entry.credentials,
  dials: entry.dials ?? null,
  had_tool_result: entry.hadToolResult,
  called_tool: entry.calledTool ?? null,
  status: entry.status,
  bytes_sent: entry.bytesSent,
  ending: entry.ending,
  duration_ms: entry.durationMs,
  charged: {
    input_tokens: entry.charged.inputTokens,
    cache_read_tokens: entry.charged.cacheReadTokens,
    cache_write_5m_tokens: entry.charged.cacheWrite5mTokens,
    cache_write_1h_tokens: entry.charged.cacheWrite1hTokens,
    output_tokens: entry.charged.outputTokens,
    reasoning_tokens: entry.charged.reasoningTokens,
  },
  reported: entry.reported,
});
