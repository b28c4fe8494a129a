import type { TokenUsage } from '@lurus/base/token-usage';
import type { Block } from '../answer.ts';
import { openaiError } from './openai-error.ts';
import { type Step, stepsOf, usageAt } from './steps.ts';
import { distorted } from './usage-report.ts';
import { type Frame, type Generated, type NamedEvent, namedEvent, NOTHING_YET, OVERLOADED, type Wire, type WireInput } from './wire.ts';

/** The Responses API. Codex takes content from `output_item.done` alone and hangs up the moment it has read `response.completed`. */
export const responsesWire: Wire = {
  stream: (input) => {
    const { answer, report } = input;
    const steps = stepsOf(answer);
    const frames = createFrames();
    const usage = distorted(usageOf(answer.usage), report);
    frames.add(NOTHING_YET, 'start', [
      { type: 'response.created', response: responseOf(input, { status: 'in_progress' }) },
      { type: 'response.in_progress', response: responseOf(input, { status: 'in_progress' }) },
    ]);
    for (const step of steps) {
      frames.add(step, 'content', eventsOf(step, input.id));
      if (report !== 'each') continue;
      const soFar = usageOf(usageAt(answer, step));
      frames.add(step, 'content', [{ type: 'response.in_progress', response: responseOf(input, { status: 'in_progress', usage: soFar }) }]);
    }
    const last = steps.at(-1) ?? NOTHING_YET;
    if (report === 'twice') {
      frames.add(last, 'usage', [{ type: 'response.in_progress', response: responseOf(input, { status: 'in_progress', usage }) }]);
    }
    const status = statusOf(input);
    frames.add(last, 'end', [{ type: `response.${status}`, response: responseOf(input, { status, usage, isWhole: true }) }]);
    return frames.all;
  },
  json: (input) =>
    responseOf(input, { status: statusOf(input), usage: distorted(usageOf(input.answer.usage), input.report), isWhole: true }),
  reportedUsage: (usage, report) => distorted(usageOf(usage), report),
  error: openaiError,
  errorFrame: (input) => {
    const error = { code: 'server_is_overloaded', message: OVERLOADED };
    const failed = { ...responseOf(input, { status: 'failed' }), error };
    return `${namedEvent({ type: 'error', ...error, param: null })}${namedEvent({ type: 'response.failed', response: failed })}`;
  },
  countedTokens: (promptTokens) => ({ object: 'response.input_tokens', input_tokens: promptTokens }),
  headers: (requestId) => ({ 'x-request-id': requestId, 'openai-processing-ms': '12', 'x-codex-turn-state': `sim-${requestId}` }),
};

const statusOf = ({ answer }: WireInput) => (answer.stop === 'length' ? 'incomplete' : 'completed');

/** Collects events under rising sequence numbers. */
function createFrames() {
  const all: Frame[] = [];
  return {
    all,
    add: (step: Generated, kind: Frame['kind'], events: readonly NamedEvent[]): void => {
      for (const { type, ...rest } of events) {
        const text = namedEvent({ type, sequence_number: all.length, ...rest });
        all.push({ text, kind, outputTokens: step.outputTokens, reasoningTokens: step.reasoningTokens });
      }
    },
  };
}

interface ResponseState {
  readonly status: string;
  readonly usage?: object | undefined;
  readonly isWhole?: boolean;
}

/** The response object as it stands at a moment; what the request set is repeated in it, as the provider does. */
function responseOf({ answer, ask, id, createdSeconds }: WireInput, { status, usage, isWhole = false }: ResponseState) {
  const { body } = ask;
  return {
    id: `resp_${id}`,
    object: 'response',
    created_at: createdSeconds,
    status,
    background: false,
    error: null,
    incomplete_details: status === 'incomplete' ? { reason: 'max_output_tokens' } : null,
    instructions: body['instructions'] ?? null,
    max_output_tokens: body['max_output_tokens'] ?? null,
    model: answer.model,
    output: isWhole ? answer.blocks.map((block, index) => itemOf({ block, index, id })) : [],
    parallel_tool_calls: body['parallel_tool_calls'] ?? true,
    previous_response_id: null,
    prompt_cache_key: body['prompt_cache_key'] ?? null,
    reasoning: body['reasoning'] ?? { effort: null, summary: null },
    service_tier: 'default',
    store: body['store'] ?? true,
    temperature: body['temperature'] ?? 1,
    text: body['text'] ?? { format: { type: 'text' } },
    tool_choice: body['tool_choice'] ?? 'auto',
    tools: body['tools'] ?? [],
    top_p: body['top_p'] ?? 1,
    truncation: 'disabled',
    usage: usage ?? null,
    user: null,
    metadata: body['metadata'] ?? {},
  };
}

interface ItemPlace {
  readonly block: Block;
  readonly index: number;
  readonly id: string;
}

const itemId = ({ block, index, id }: ItemPlace): string => {
  if (block.kind === 'tool') return `${block.call.tool.kind === 'custom' ? 'ctc' : 'fc'}_${id}${index}`;
  return `${{ reasoning: 'rs', text: 'msg', compaction: 'cmp' }[block.kind]}_${id}${index}`;
};

/** An output item: whole, or as it is announced. */
function itemOf(place: ItemPlace, isWhole = true): object {
  const { block } = place;
  const id = itemId(place);
  const content = isWhole ? block.pieces.join('') : '';
  const status = isWhole ? 'completed' : 'in_progress';
  if (block.kind === 'reasoning') {
    const summary = isWhole ? [{ type: 'summary_text', text: content }] : [];
    return { id, type: 'reasoning', summary, encrypted_content: isWhole ? `sim-${place.id}` : null };
  }
  if (block.kind === 'compaction') return { id, type: 'compaction', encrypted_content: content };
  if (block.kind === 'text') {
    return { id, type: 'message', status, role: 'assistant', content: isWhole ? [textPart(content)] : [] };
  }
  const { name, kind, namespace } = block.call.tool;
  const call = { call_id: `call_${place.id}${place.index}`, name, ...(namespace === undefined ? {} : { namespace }) };
  return kind === 'custom'
    ? { id, type: 'custom_tool_call', status, ...call, input: content }
    : { id, type: 'function_call', status, ...call, arguments: content };
}

const textPart = (text: string) => ({ type: 'output_text', text, annotations: [], logprobs: [] });

interface EventsOfBlock {
  readonly open: readonly NamedEvent[];
  readonly delta: NamedEvent | undefined;
  readonly close: readonly NamedEvent[];
}

function eventsOf(step: Step, id: string): NamedEvent[] {
  const place = { block: step.block, index: step.blockIndex, id };
  const where = { item_id: itemId(place), output_index: step.blockIndex };
  const { open, delta, close } = blockEvents(step, where);
  const item = (type: string, isWhole: boolean) => ({ type, output_index: step.blockIndex, item: itemOf(place, isWhole) });
  return [
    ...(step.isFirst ? [item('response.output_item.added', false), ...open] : []),
    ...(delta ? [delta] : []),
    ...(step.isLast ? [...close, item('response.output_item.done', true)] : []),
  ];
}

function blockEvents({ block, piece }: Step, where: object): EventsOfBlock {
  const content = block.pieces.join('');
  if (block.kind === 'reasoning') {
    const at = { ...where, summary_index: 0 };
    return {
      open: [{ type: 'response.reasoning_summary_part.added', ...at, part: { type: 'summary_text', text: '' } }],
      delta: { type: 'response.reasoning_summary_text.delta', ...at, delta: piece },
      close: [
        { type: 'response.reasoning_summary_text.done', ...at, text: content },
        { type: 'response.reasoning_summary_part.done', ...at, part: { type: 'summary_text', text: content } },
      ],
    };
  }
  if (block.kind === 'text') {
    const at = { ...where, content_index: 0 };
    return {
      open: [{ type: 'response.content_part.added', ...at, part: textPart('') }],
      delta: { type: 'response.output_text.delta', ...at, delta: piece, logprobs: [] },
      close: [
        { type: 'response.output_text.done', ...at, text: content, logprobs: [] },
        { type: 'response.content_part.done', ...at, part: textPart(content) },
      ],
    };
  }
  if (block.kind === 'compaction') return { open: [], delta: undefined, close: [] };
  const isCustom = block.call.tool.kind === 'custom';
  const type = isCustom ? 'response.custom_tool_call_input' : 'response.function_call_arguments';
  return {
    open: [],
    delta: { type: `${type}.delta`, ...where, delta: piece },
    close: [{ type: `${type}.done`, ...where, [isCustom ? 'input' : 'arguments']: content }],
  };
}

/** Responses counts the cache inside the input and reasoning inside the output. */
function usageOf(usage: TokenUsage) {
  const input = usage.inputTokens + usage.cacheReadTokens + usage.cacheWrite5mTokens + usage.cacheWrite1hTokens;
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: usage.cacheReadTokens },
    output_tokens: usage.outputTokens,
    output_tokens_details: { reasoning_tokens: usage.reasoningTokens },
    total_tokens: input + usage.outputTokens,
  };
}
