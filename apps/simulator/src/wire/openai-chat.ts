import type { TokenUsage } from '@lurus/base/token-usage';
import type { Block } from '../answer.ts';
import { openaiError } from './openai-error.ts';
import { type Step, stepsOf, usageAt } from './steps.ts';
import { distorted } from './usage-report.ts';
import { type Frame, type Generated, NOTHING_YET, OVERLOADED, type Wire, type WireInput } from './wire.ts';

const STOPS = { end: 'stop', length: 'length', tool_calls: 'tool_calls' } as const;

/** The Chat Completions API. Reasoning is counted but never shown; usage comes in a chunk of its own, and only where it was asked for. */
export const chatWire: Wire = {
  stream: (input) => {
    const { answer, ask, report } = input;
    const last = stepsOf(answer).at(-1) ?? NOTHING_YET;
    const usage = ask.wantsUsage || report === 'each' ? distorted(usageOf(answer.usage), report) : undefined;
    const usageFrames: Frame[] = usage ? [{ ...tokensAt(last), kind: 'usage', text: chunk(input, { choices: [], usage }) }] : [];
    return [
      ...contentFrames(input),
      ...usageFrames,
      ...(report === 'twice' ? usageFrames : []),
      { ...tokensAt(last), kind: 'end', text: 'data: [DONE]\n\n' },
    ];
  },
  json: ({ answer, report, id, createdSeconds }) => ({
    id: `chatcmpl-${id}`,
    object: 'chat.completion',
    created: createdSeconds,
    model: answer.model,
    choices: Array.from({ length: answer.choices }, (_, index) => ({
      index,
      message: wholeMessage(answer.blocks, id),
      logprobs: null,
      finish_reason: STOPS[answer.stop],
    })),
    usage: distorted(usageOf(answer.usage), report),
    system_fingerprint: 'fp_simulator',
  }),
  reportedUsage: (usage, report) => distorted(usageOf(usage), report),
  error: openaiError,
  errorFrame: () =>
    `data: ${JSON.stringify({ error: { message: OVERLOADED, type: 'server_error', param: null, code: 'server_error' } })}\n\n`,
  countedTokens: (promptTokens) => ({ object: 'input_tokens', input_tokens: promptTokens }),
  headers: (requestId) => ({ 'x-request-id': requestId, 'openai-processing-ms': '12' }),
};

const tokensAt = (step: Generated) => ({ outputTokens: step.outputTokens, reasoningTokens: step.reasoningTokens });

function chunk({ answer, id, createdSeconds }: WireInput, rest: object): string {
  const head = { id: `chatcmpl-${id}`, object: 'chat.completion.chunk', created: createdSeconds, model: answer.model };
  return `data: ${JSON.stringify({ ...head, system_fingerprint: 'fp_simulator', ...rest })}\n\n`;
}

function contentFrames(input: WireInput): Frame[] {
  const { answer, ask, report } = input;
  // Where usage was asked for, every other chunk says that it has none.
  const usageField = (step: Generated) => {
    if (report === 'each') return { usage: usageOf(usageAt(answer, step)) };
    return ask.wantsUsage && report !== 'none' ? { usage: null } : {};
  };
  const frame = (step: Generated, kind: Frame['kind'], choice: object): Frame => ({
    ...tokensAt(step),
    kind,
    text: chunk(input, { choices: [choice], ...usageField(step) }),
  });
  const part = (index: number, delta: object, finish: string | null) => ({ index, delta, logprobs: null, finish_reason: finish });
  const roles = Array.from({ length: answer.choices }, (_, index) =>
    frame(NOTHING_YET, 'start', part(index, { role: 'assistant', content: answer.stop === 'tool_calls' ? null : '' }, null)),
  );
  const steps = stepsOf(answer);
  const contents = steps.flatMap((step) => [
    ...deltasOf(step, input.id).map((delta) => frame(step, 'content', part(step.choice, delta, null))),
    ...(step.isEnd ? [frame(step, 'content', part(step.choice, {}, STOPS[answer.stop]))] : []),
  ]);
  if (steps.length > 0) return [...roles, ...contents];
  return [...roles, ...roles.map((_, index) => frame(NOTHING_YET, 'content', part(index, {}, STOPS[answer.stop])))];
}

function deltasOf({ block, piece, isFirst, choice }: Step, id: string): object[] {
  if (block.kind === 'reasoning') return [];
  if (block.kind !== 'tool') return [{ content: piece }];
  const { tool } = block.call;
  const call = (rest: object) => ({ tool_calls: [{ index: 0, ...rest }] });
  const field = tool.kind === 'custom' ? 'custom' : 'function';
  const content = tool.kind === 'custom' ? 'input' : 'arguments';
  return [
    ...(isFirst ? [call({ id: `call_${id}${choice}`, type: field, [field]: { name: tool.name, [content]: '' } })] : []),
    call({ [field]: { [content]: piece } }),
  ];
}

function wholeMessage(blocks: readonly Block[], id: string): object {
  const text = blocks.find((block) => block.kind === 'text')?.pieces.join('') ?? null;
  const calls = blocks.flatMap((block) => {
    if (block.kind !== 'tool') return [];
    const { tool, input } = block.call;
    return [
      tool.kind === 'custom'
        ? { id: `call_${id}0`, type: 'custom', custom: { name: tool.name, input } }
        : { id: `call_${id}0`, type: 'function', function: { name: tool.name, arguments: input } },
    ];
  });
  return { role: 'assistant', content: text, refusal: null, annotations: [], ...(calls.length > 0 ? { tool_calls: calls } : {}) };
}

/** Chat counts the cache inside the prompt and reasoning inside the completion. */
function usageOf(usage: TokenUsage) {
  const prompt = usage.inputTokens + usage.cacheReadTokens + usage.cacheWrite5mTokens + usage.cacheWrite1hTokens;
  return {
    prompt_tokens: prompt,
    completion_tokens: usage.outputTokens,
    total_tokens: prompt + usage.outputTokens,
    prompt_tokens_details: { cached_tokens: usage.cacheReadTokens, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: usage.reasoningTokens, audio_tokens: 0 },
  };
}
