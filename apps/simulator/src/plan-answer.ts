/** From a request and its dials to status, headers and writes. Pure but for reading a recorded answer; nothing is sent here. */
import { NO_TOKENS, type TokenUsage } from '@lurus/base/token-usage';
import { composeAnswer, promptUsage } from './answer.ts';
import type { SimulatedAsk } from './ask.ts';
import { bytesOf, type DeliveryPlan, everyBytes, insideCharacters, paced, recut, truncated, type Write } from './delivery.ts';
import type { Dials } from './dials.ts';
import type { Endpoint } from './endpoint.ts';
import type { Fault } from './faults.ts';
import { readFixture } from './fixtures.ts';
import { type Frame, type Generated, NOTHING_YET, type WireInput } from './wire/wire.ts';

/** An answer, ready to be sent. */
export interface PlannedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined: the connection is reset instead of answered. */
  readonly delivery: DeliveryPlan | undefined;
  /** What is charged when so much had been generated. */
  readonly chargedAt: (generated: Generated) => TokenUsage;
  /** The usage object in the answer, or null. */
  readonly reported: unknown;
  readonly calledTool: string | undefined;
}

/** Who asks, how, and under which id. */
export interface PlanInput {
  readonly ask: SimulatedAsk;
  readonly dials: Dials;
  readonly endpoint: Endpoint;
  readonly id: string;
  readonly createdSeconds: number;
  readonly fixtures: string;
}

/** Plans the whole answer. Throws a Problem where a recorded answer does not exist. */
export async function planAnswer(input: PlanInput): Promise<PlannedAnswer> {
  const { fault } = input.dials;
  if (fault?.kind === 'status') return planError(input, fault);
  if (input.dials.fixture) return planFixture(input, input.dials.fixture);
  if (fault?.kind === 'body') return planOddBody(input, fault.body);
  return input.ask.operation === 'count_tokens' ? planCount(input) : planGenerated(input);
}

const JSON_TYPE = { 'content-type': 'application/json' };
const UNCHARGED = { chargedAt: () => NO_TOKENS, reported: null, calledTool: undefined } as const;
const write = (text: string, generated: Generated = NOTHING_YET): Write => ({
  bytes: Buffer.from(text),
  waitMs: 0,
  outputTokens: generated.outputTokens,
  reasoningTokens: generated.reasoningTokens,
});
const whole = (value: unknown, generated?: Generated): readonly Write[] => [write(JSON.stringify(value), generated)];

function planError({ endpoint, id }: PlanInput, fault: Extract<Fault, { kind: 'status' }>): PlannedAnswer {
  const { status, retryAfterSeconds } = fault;
  const message = `The simulated provider was told to answer with status ${status}.`;
  const retry = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
  return {
    status,
    headers: { ...JSON_TYPE, ...endpoint.wire.headers(`req_${id}`), ...retry },
    delivery: { writes: whole(endpoint.wire.error({ status, message, retryAfterSeconds, requestId: `req_${id}` })), finish: 'end' },
    ...UNCHARGED,
  };
}

async function planFixture(input: PlanInput, named: NonNullable<Dials['fixture']>): Promise<PlannedAnswer> {
  const fixture = await readFixture({ folder: input.fixtures, ...named });
  const writes = recut([{ bytes: fixture.body, waitMs: 0, ...NOTHING_YET }], fixture.offsets);
  return {
    status: fixture.status,
    headers: { 'content-type': fixture.contentType, ...fixture.headers },
    delivery: shaped({ writes, dials: input.dials }),
    ...UNCHARGED, // What the recording cost stands in its own bytes.
  };
}

function planOddBody({ ask, endpoint, id }: PlanInput, body: Extract<Fault, { kind: 'body' }>['body']): PlannedAnswer {
  const texts = {
    garbage: ask.isStream ? 'data: {"broken": [1, 2\n\nnonsense without a colon\n\n' : '{"broken": [1, 2',
    html: '<!doctype html><html><head><title>Sign in</title></head><body><h1>Welcome to the hotel network</h1></body></html>\n',
    empty: '',
  };
  return {
    status: 200,
    headers: { ...endpoint.wire.headers(`req_${id}`), 'content-type': body === 'html' ? 'text/html; charset=utf-8' : contentType(ask) },
    delivery: { writes: [write(texts[body])], finish: 'end' },
    ...UNCHARGED,
  };
}

function planCount({ ask, endpoint, id, dials }: PlanInput): PlannedAnswer {
  return {
    status: 200,
    headers: { ...JSON_TYPE, ...endpoint.wire.headers(`req_${id}`) },
    delivery: shaped({ writes: whole(endpoint.wire.countedTokens(ask.promptTokens)), dials }),
    ...UNCHARGED, // Counting is free at every provider.
  };
}

function planGenerated(input: PlanInput): PlannedAnswer {
  const { ask, dials, endpoint, id } = input;
  const answer = composeAnswer(ask, dials);
  const report = dials.fault?.kind === 'usage' ? dials.fault.report : 'normal';
  const wireInput: WireInput = { answer, ask, report, id, createdSeconds: input.createdSeconds };
  const writes = ask.isStream
    ? withFrameFault({ frames: endpoint.wire.stream(wireInput), fault: dials.fault, error: () => endpoint.wire.errorFrame(wireInput) })
    : whole(endpoint.wire.json(wireInput), answer.usage);
  const isReported = report !== 'none' && (ask.wantsUsage || !ask.isStream || report === 'each');
  return {
    status: 200,
    headers: { ...endpoint.wire.headers(`req_${id}`), 'content-type': contentType(ask) },
    delivery:
      dials.fault?.kind === 'reset' && dials.fault.afterBytes < 0 ? undefined : shaped({ writes: paced(writes, dials.rate), dials }),
    chargedAt: (generated) => ({ ...promptUsage(ask), outputTokens: generated.outputTokens, reasoningTokens: generated.reasoningTokens }),
    reported: isReported ? (endpoint.wire.reportedUsage(answer.usage, report) ?? null) : null,
    calledTool: answer.blocks.find((block) => block.kind === 'tool')?.call.tool.name,
  };
}

const contentType = (ask: SimulatedAsk): string =>
  ask.isStream && ask.streamForm === 'sse' ? 'text/event-stream; charset=utf-8' : 'application/json; charset=utf-8';

interface FrameFaultInput {
  readonly frames: readonly Frame[];
  readonly fault: Fault | undefined;
  readonly error: () => string;
}

/** The frames as writes, with those faults that know frames. */
function withFrameFault({ frames, fault, error }: FrameFaultInput): readonly Write[] {
  const writes = frames.map((frame) => write(frame.text, frame));
  if (fault?.kind === 'no-end')
    return writes.slice(
      0,
      frames.findIndex((frame) => frame.kind === 'end'),
    );
  if (fault?.kind === 'half-frame') {
    const last = writes.at(-1);
    return last ? [...writes.slice(0, -1), { ...last, bytes: last.bytes.subarray(0, Math.floor(last.bytes.length / 2)) }] : writes;
  }
  if (fault?.kind !== 'error-frame') return writes;
  const contents = frames.flatMap((frame, index) => (frame.kind === 'content' ? [index] : []));
  const at = contents[fault.where === 'first' ? 0 : Math.floor(contents.length / 2)] ?? 0;
  return [...writes.slice(0, at), write(error(), writes[at - 1] ?? NOTHING_YET)];
}

/** The dials that only know bytes: other cuts, an early end. */
function shaped({ writes, dials }: { readonly writes: readonly Write[]; readonly dials: Dials }): DeliveryPlan {
  const { fault, chunkBytes } = dials;
  const bytes = bytesOf(writes);
  const cut =
    fault?.kind === 'split-utf8'
      ? recut(writes, insideCharacters(bytes))
      : chunkBytes === undefined
        ? writes
        : recut(writes, everyBytes(bytes.length, chunkBytes));
  if (fault?.kind !== 'reset' && fault?.kind !== 'silence' && fault?.kind !== 'end') return { writes: cut, finish: 'end' };
  return { writes: truncated(cut, fault.afterBytes), finish: fault.kind };
}
