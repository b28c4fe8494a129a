/** What a simulated model answers: its content, cut into pieces, and the tokens that it charges for it. No dialect yet. */
import type { TokenUsage } from '@lurus/base/token-usage';
import type { SimulatedAsk } from './ask.ts';
import type { Dials } from './dials.ts';
import { answerSchema } from './schema-answer.ts';
import { piecesOf, textOfTokens, tokensOf, tokensOfBytes } from './token-count.ts';
import { chooseToolCall, type ToolCall } from './tool-call.ts';

/** A part of the answer; `pieces` joined are its content. */
export type Block =
  | { readonly kind: 'reasoning'; readonly pieces: readonly string[] }
  | { readonly kind: 'text'; readonly pieces: readonly string[] }
  | { readonly kind: 'tool'; readonly call: ToolCall; readonly pieces: readonly string[] }
  | { readonly kind: 'compaction'; readonly pieces: readonly string[] };

/** One answer; a request for several choices gets the same one several times. */
export interface Answer {
  readonly model: string;
  readonly blocks: readonly Block[];
  readonly stop: 'end' | 'length' | 'tool_calls';
  readonly choices: number;
  /** What all choices together cost. */
  readonly usage: TokenUsage;
}

const GREETING = 'Hello from the simulator of Lurus Switch.';
const REASONING_TOKENS = 12; // Where a request wants reasoning and no dial says how much.
const PIECE_TOKENS = 4;

/** Decides what to answer. The order matters: forms that clients depend on come before what a prompt asks for. */
export function composeAnswer(ask: SimulatedAsk, dials: Dials): Answer {
  const isWide = dials.fault?.kind === 'split-utf8';
  const call = ask.schema === undefined && !ask.wantsCompaction ? chooseToolCall(ask, dials.tool) : undefined;
  const reasoningTokens = dials.reasoningTokens ?? (ask.wantsReasoning ? REASONING_TOKENS : 0);
  const reasoning = textOfTokens({ tokens: reasoningTokens, isWide });
  const { text, isCut } = fitted({ text: textFor(ask, dials, call), tokens: left(ask, reasoningTokens), isFixed: call !== undefined });
  const blocks: Block[] = [
    ...(reasoning === '' ? [] : [{ kind: 'reasoning' as const, pieces: piecesOf({ text: reasoning, tokens: PIECE_TOKENS }) }]),
    ...(text === ''
      ? []
      : [{ kind: ask.wantsCompaction ? ('compaction' as const) : ('text' as const), pieces: piecesOf({ text, tokens: PIECE_TOKENS }) }]),
    ...(call ? [{ kind: 'tool' as const, call, pieces: piecesOf({ text: call.input, tokens: PIECE_TOKENS }) }] : []),
  ];
  const outputTokens = blocks.reduce((sum, block) => sum + tokensOfBlock(block), 0);
  return {
    model: dials.fault?.kind === 'wrong-model' ? `${ask.model}-other` : ask.model,
    blocks,
    stop: call ? 'tool_calls' : isCut ? 'length' : 'end',
    choices: ask.choices,
    usage: {
      ...promptUsage(ask),
      outputTokens: outputTokens * ask.choices,
      reasoningTokens: tokensOf(reasoning) * ask.choices,
    },
  };
}

/** The prompt's part of the usage. */
export const promptUsage = (ask: SimulatedAsk): TokenUsage => ({
  inputTokens: ask.promptTokens - ask.cached.read - ask.cached.write5m - ask.cached.write1h,
  cacheReadTokens: ask.cached.read,
  cacheWrite5mTokens: ask.cached.write5m,
  cacheWrite1hTokens: ask.cached.write1h,
  outputTokens: 0,
  reasoningTokens: 0,
});

/** Tokens of a block: its content, and the name of the tool that it calls. */
export const tokensOfBlock = (block: Block): number =>
  tokensOf(block.pieces.join('')) + (block.kind === 'tool' ? tokensOf(block.call.tool.name) : 0);

function textFor(ask: SimulatedAsk, dials: Dials, call: ToolCall | undefined): string {
  if (ask.wantsCompaction) return textOfTokens({ tokens: 32, isWide: false });
  if (ask.schema !== undefined) return JSON.stringify(answerSchema(ask.schema));
  if (dials.tokens !== undefined) return textOfTokens({ tokens: dials.tokens, isWide: dials.fault?.kind === 'split-utf8' });
  if (call) return 'I will run it.';
  if (ask.toolResult !== undefined) return `The tool answered: ${ask.toolResult.trim().slice(0, 200)} Done.`;
  return dials.fault?.kind === 'split-utf8' ? textOfTokens({ tokens: 64, isWide: true }) : GREETING;
}

const left = (ask: SimulatedAsk, reasoningTokens: number): number => Math.max(0, (ask.maxOutputTokens ?? Infinity) - reasoningTokens);

/** Cuts a text that is longer than the request allows. A tool call is never cut: half a call is no use to anybody. */
function fitted(input: { text: string; tokens: number; isFixed: boolean }): { text: string; isCut: boolean } {
  if (input.isFixed || tokensOf(input.text) <= input.tokens) return { text: input.text, isCut: false };
  let text = '';
  let bytes = 0;
  for (const character of input.text) {
    bytes += Buffer.byteLength(character);
    if (tokensOfBytes(bytes) > input.tokens) break;
    text += character;
  }
  return { text, isCut: true };
}
