import type { TokenUsage } from '@lurus/base/token-usage';
import type { Block } from '../answer.ts';
import type { UsageReport } from '../faults.ts';
import { type Step, stepsOf, usageAt } from './steps.ts';
import { distorted } from './usage-report.ts';
import { type Frame, type Generated, type NamedEvent, namedEvent, NOTHING_YET, OVERLOADED, type Wire, type WireInput } from './wire.ts';

const SIGNATURE = 'c2ltdWxhdGVkLXNpZ25hdHVyZQ==';
const STOPS = { end: 'end_turn', length: 'max_tokens', tool_calls: 'tool_use' } as const;
const ERROR_TYPES: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error',
};

/** The Messages API. Every event carries its `event:` line: Claude Code ignores a stream without them and asks again. */
export const anthropicWire: Wire = {
  stream: ({ answer, ...input }) => {
    const steps = stepsOf(answer);
    const last = steps.at(-1) ?? NOTHING_YET;
    const at = (step: Generated, kind: Frame['kind'], data: NamedEvent): Frame => ({
      text: namedEvent(data),
      kind,
      outputTokens: step.outputTokens,
      reasoningTokens: step.reasoningTokens,
    });
    const delta = at(last, 'usage', messageDelta({ usage: answer.usage, stop: STOPS[answer.stop], report: input.report }));
    return [
      at(NOTHING_YET, 'start', { type: 'message_start', message: emptyMessage({ answer, ...input }) }),
      at(NOTHING_YET, 'start', { type: 'ping' }),
      ...steps.flatMap((step) => [
        ...eventsOf(step, input.id).map((data) => at(step, 'content', data)),
        ...(input.report === 'each'
          ? [at(step, 'content', messageDelta({ usage: usageAt(answer, step), stop: null, report: 'each' }))]
          : []),
      ]),
      delta,
      ...(input.report === 'twice' ? [delta] : []),
      at(last, 'end', { type: 'message_stop' }),
    ];
  },
  json: ({ answer, report, id }) => ({
    id: `msg_${id}`,
    type: 'message',
    role: 'assistant',
    model: answer.model,
    content: answer.blocks.map((block) => wholeBlock(block, id)),
    stop_reason: STOPS[answer.stop],
    stop_sequence: null,
    usage: distorted(fullUsage(answer.usage), report),
  }),
  reportedUsage: (usage, report) => distorted(fullUsage(usage), report),
  error: ({ status, message, requestId }) => ({
    type: 'error',
    error: { type: ERROR_TYPES[status] ?? 'api_error', message },
    request_id: requestId,
  }),
  errorFrame: () => namedEvent({ type: 'error', error: { type: 'overloaded_error', message: OVERLOADED } }),
  countedTokens: (promptTokens) => ({ input_tokens: promptTokens }),
  headers: (requestId) => ({
    'request-id': requestId,
    // The account's own limits: a gateway must not show them to its clients, and tests look whether it does.
    'anthropic-ratelimit-requests-limit': '4000',
    'anthropic-ratelimit-requests-remaining': '3999',
  }),
};

const outputCounts = (usage: TokenUsage) => ({
  output_tokens: usage.outputTokens,
  ...(usage.reasoningTokens > 0 ? { output_tokens_details: { thinking_tokens: usage.reasoningTokens } } : {}),
});

/** Anthropic counts cache reads and writes apart from the input, and thinking inside the output. */
const fullUsage = (usage: TokenUsage) => ({
  input_tokens: usage.inputTokens,
  cache_creation_input_tokens: usage.cacheWrite5mTokens + usage.cacheWrite1hTokens,
  cache_read_input_tokens: usage.cacheReadTokens,
  cache_creation: { ephemeral_5m_input_tokens: usage.cacheWrite5mTokens, ephemeral_1h_input_tokens: usage.cacheWrite1hTokens },
  ...outputCounts(usage),
  service_tier: 'standard',
});

/** The start of a stream knows the prompt and, as at the provider, one token of output. */
const emptyMessage = ({ answer, report, id }: Pick<WireInput, 'answer' | 'report' | 'id'>) => ({
  id: `msg_${id}`,
  type: 'message',
  role: 'assistant',
  model: answer.model,
  content: [],
  stop_reason: null,
  stop_sequence: null,
  usage: distorted(fullUsage({ ...answer.usage, outputTokens: 1, reasoningTokens: 0 }), report),
});

/** The delta repeats the sums, but neither the split of the cache writes nor the service tier. */
function messageDelta({ usage, stop, report }: { usage: TokenUsage; stop: string | null; report: UsageReport }): NamedEvent {
  const counts = {
    input_tokens: usage.inputTokens,
    cache_creation_input_tokens: usage.cacheWrite5mTokens + usage.cacheWrite1hTokens,
    cache_read_input_tokens: usage.cacheReadTokens,
    ...outputCounts(usage),
  };
  return { type: 'message_delta', delta: { stop_reason: stop, stop_sequence: null }, usage: distorted(counts, report) };
}

function eventsOf({ block, blockIndex: index, piece, isFirst, isLast }: Step, id: string): NamedEvent[] {
  const delta = (value: object): NamedEvent => ({ type: 'content_block_delta', index, delta: value });
  const pieceDelta = (): NamedEvent => {
    if (block.kind === 'reasoning') return delta({ type: 'thinking_delta', thinking: piece });
    return delta(block.kind === 'tool' ? { type: 'input_json_delta', partial_json: piece } : { type: 'text_delta', text: piece });
  };
  return [
    ...(isFirst ? [{ type: 'content_block_start', index, content_block: emptyBlock(block, id) }] : []),
    pieceDelta(),
    ...(isLast && block.kind === 'reasoning' ? [delta({ type: 'signature_delta', signature: SIGNATURE })] : []),
    ...(isLast ? [{ type: 'content_block_stop', index }] : []),
  ];
}

function emptyBlock(block: Block, id: string): object {
  if (block.kind === 'reasoning') return { type: 'thinking', thinking: '', signature: '' };
  if (block.kind === 'tool') return { type: 'tool_use', id: `toolu_${id}`, name: block.call.tool.name, input: {} };
  return { type: 'text', text: '' };
}

function wholeBlock(block: Block, id: string): object {
  const content = block.pieces.join('');
  if (block.kind === 'reasoning') return { type: 'thinking', thinking: content, signature: SIGNATURE };
  if (block.kind === 'tool')
    return { type: 'tool_use', id: `toolu_${id}`, name: block.call.tool.name, input: JSON.parse(content) as unknown }; // Our own JSON.
  return { type: 'text', text: content };
}
