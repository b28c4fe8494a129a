import type { TokenUsage } from '@lurus/base/token-usage';
import type { Block } from '../answer.ts';
import { type Step, stepsOf, usageAt } from './steps.ts';
import { distorted } from './usage-report.ts';
import { type Frame, type Generated, NOTHING_YET, OVERLOADED, type Wire, type WireInput } from './wire.ts';

const THOUGHT_SIGNATURE = 'c2ltdWxhdGVkLXRob3VnaHQtc2lnbmF0dXJl';
const STATUSES: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
  499: 'CANCELLED',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};

/** The Gemini API: usage in every chunk, CRLF line ends, no `event:` lines, no comments, no `[DONE]`: its CLI breaks on each of them. */
export const geminiWire: Wire = {
  stream: (input) => {
    const chunks = chunksOf(input);
    if (input.ask.streamForm === 'sse')
      return chunks.map(({ value, ...frame }) => ({ ...frame, text: `data: ${JSON.stringify(value)}\r\n\r\n` }));
    const last = chunks.length - 1;
    return chunks.map(({ value, ...frame }, index) => ({
      ...frame,
      text: `${index === 0 ? '[' : ',\r\n'}${JSON.stringify(value)}${index === last ? ']' : ''}`,
    }));
  },
  json: (input) => {
    const { answer, report } = input;
    const parts = answer.blocks.flatMap((block) => partsOf(block, block.pieces.join(''), input));
    return {
      candidates: Array.from({ length: answer.choices }, (_, index) => ({ ...candidate(parts, index), finishReason: finishOf(input) })),
      usageMetadata: distorted(usageOf(answer.usage), report),
      ...identity(input),
    };
  },
  reportedUsage: (usage, report) => distorted(usageOf(usage), report),
  error: ({ status, message, retryAfterSeconds }) => ({
    error: {
      code: status,
      message,
      status: STATUSES[status] ?? 'INTERNAL',
      ...(retryAfterSeconds === undefined
        ? {}
        : { details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${retryAfterSeconds}s` }] }),
    },
  }),
  errorFrame: ({ ask }) => {
    const text = JSON.stringify({ error: { code: 503, message: OVERLOADED, status: 'UNAVAILABLE' } });
    return ask.streamForm === 'sse' ? `data: ${text}\r\n\r\n` : `,\r\n${text}]`;
  },
  countedTokens: (promptTokens) => ({ totalTokens: promptTokens, promptTokensDetails: [{ modality: 'TEXT', tokenCount: promptTokens }] }),
  headers: () => ({ 'server-timing': 'gfet4t7; dur=12' }),
};

type Chunk = Omit<Frame, 'text'> & { readonly value: object };

function chunksOf(input: WireInput): Chunk[] {
  const { answer, report } = input;
  const steps = stepsOf(answer);
  const chunk = (step: Generated, kind: Frame['kind'], candidates: object[]): Chunk => ({
    kind,
    outputTokens: step.outputTokens,
    reasoningTokens: step.reasoningTokens,
    value: {
      ...(candidates.length > 0 ? { candidates } : {}),
      usageMetadata: distorted(usageOf(usageAt(answer, step)), report),
      ...identity(input),
    },
  });
  const isVeryLast = (index: number): boolean => index === steps.length - 1;
  const chunks = steps.flatMap((step, index) => {
    const parts = partsAt(step, input);
    if (parts.length === 0) return [];
    const finish = step.isEnd ? { finishReason: finishOf(input) } : {};
    return [chunk(step, isVeryLast(index) ? 'end' : 'content', [{ ...candidate(parts, step.choice), ...finish }])];
  });
  const last = steps.at(-1) ?? NOTHING_YET;
  const whole =
    chunks.at(-1)?.kind === 'end'
      ? chunks
      : [...chunks, chunk(last, 'end', [{ ...candidate([{ text: '' }], 0), finishReason: finishOf(input) }])];
  return report === 'twice' ? [...whole, chunk(last, 'usage', [])] : whole;
}

const identity = ({ answer, id }: WireInput) => ({ modelVersion: answer.model, responseId: id });
const candidate = (parts: readonly object[], index: number) => ({ content: { parts, role: 'model' }, index });
const finishOf = ({ answer }: WireInput): string => (answer.stop === 'length' ? 'MAX_TOKENS' : 'STOP');

/** A function call is never cut: it comes whole with its last piece. */
function partsAt({ block, piece, isLast }: Step, input: WireInput): object[] {
  if (block.kind === 'tool') return isLast ? partsOf(block, block.pieces.join(''), input) : [];
  return partsOf(block, piece, input);
}

/** Thoughts that were not asked for are not shown, and billed all the same. */
function partsOf(block: Block, content: string, { ask }: WireInput): object[] {
  if (block.kind === 'reasoning') return ask.wantsReasoning ? [{ text: content, thought: true }] : [];
  if (block.kind !== 'tool') return [{ text: content }];
  const call = { name: block.call.tool.name, args: JSON.parse(content) as unknown }; // Our own JSON.
  return [{ functionCall: call, thoughtSignature: THOUGHT_SIGNATURE }];
}

/** Gemini counts the cache inside the prompt, and thoughts apart from the candidates. */
function usageOf(usage: TokenUsage) {
  const prompt = usage.inputTokens + usage.cacheReadTokens + usage.cacheWrite5mTokens + usage.cacheWrite1hTokens;
  return {
    promptTokenCount: prompt,
    candidatesTokenCount: usage.outputTokens - usage.reasoningTokens,
    totalTokenCount: prompt + usage.outputTokens,
    ...(usage.cacheReadTokens > 0 ? { cachedContentTokenCount: usage.cacheReadTokens } : {}),
    ...(usage.reasoningTokens > 0 ? { thoughtsTokenCount: usage.reasoningTokens } : {}),
    promptTokensDetails: [{ modality: 'TEXT', tokenCount: prompt }],
  };
}
