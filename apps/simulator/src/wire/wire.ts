/** What a dialect has to be able to write; each has a file beside this one. */
import type { TokenUsage } from '@lurus/base/token-usage';
import type { Answer } from '../answer.ts';
import type { SimulatedAsk } from '../ask.ts';
import type { UsageReport } from '../faults.ts';

/** Bytes that belong together, and what had been generated when they were sent. */
export interface Frame extends Generated {
  readonly text: string;
  /** `usage` and `end` frames close an answer; faults leave out or cut `end` ones. */
  readonly kind: 'start' | 'content' | 'usage' | 'end';
}

/** An answer about to be written. */
export interface WireInput {
  readonly answer: Answer;
  readonly ask: SimulatedAsk;
  readonly report: UsageReport;
  /** 26 characters that no other answer has; ids of every kind are made from it. */
  readonly id: string;
  readonly createdSeconds: number;
}

/** An HTTP error about to be written. */
export interface WireError {
  readonly status: number;
  readonly message: string;
  readonly retryAfterSeconds: number | undefined;
  readonly requestId: string;
}

/** A dialect's way to write answers and errors. */
export interface Wire {
  readonly stream: (input: WireInput) => readonly Frame[];
  /** The whole answer as one JSON value. */
  readonly json: (input: WireInput) => unknown;
  /** The usage object as it was reported at the end, or undefined where it was not. */
  readonly reportedUsage: (usage: TokenUsage, report: UsageReport) => unknown;
  readonly error: (error: WireError) => unknown;
  /** An error in a stream that began with a 200. */
  readonly errorFrame: (input: WireInput) => string;
  readonly countedTokens: (promptTokens: number) => unknown;
  readonly headers: (requestId: string) => Readonly<Record<string, string>>;
}

/** A server-sent event of the dialects that name their events. */
export interface NamedEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** Writes an event with its `event:` line. */
export const namedEvent = (data: NamedEvent): string => `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;

/** Where an answer stands before its first piece. */
export const NOTHING_YET = { outputTokens: 0, reasoningTokens: 0 } as const;

/** What had been generated at some moment. */
export interface Generated {
  readonly outputTokens: number;
  readonly reasoningTokens: number;
}

/** The message of every error frame. */
export const OVERLOADED = 'The simulated provider is overloaded.';
