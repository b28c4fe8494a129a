/** Reads Anthropic's answers: Messages as JSON and as an event stream. */
import type { AnswerReader, FrameMeaning } from '../answer-tap.ts';
import { encode, startsWithAt } from '../bytes.ts';
import type { StopClass } from '../dialect.ts';
import { providerError } from '../provider-error.ts';
import { type Findings, shortText } from '../findings.ts';
import { frameType, headType } from '../frame-type.ts';
import { isObjectAt, type JsonObject, keyTable, readDocument, readObject } from '../json-object.ts';
import { skipSpace, stringBytesAt } from '../json-skip.ts';
import { type Reported, reported } from '../token-count.ts';
import { readAnthropicUsage } from './usage.ts';

const FRAME = keyTable('type', 'message', 'content_block', 'delta', 'usage', 'error');
const MESSAGE = keyTable('type', 'id', 'model', 'content', 'stop_reason', 'usage', 'error');
const BLOCK = keyTable('type', 'text', 'thinking', 'input', 'to');
const DELTA = keyTable('text', 'thinking', 'partial_json', 'stop_reason');
const FALLBACK = keyTable('model');

const STOP_CLASSES: ReadonlyMap<string, StopClass> = new Map<string, StopClass>([
  ['end_turn', 'end'],
  ['stop_sequence', 'stop_sequence'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['tool_use', 'tool_calls'],
  ['refusal', 'refusal'],
  ['pause_turn', 'pause'],
  ['compaction', 'compaction'],
]);

/** Blocks that begin empty and are filled by deltas: their start shows nothing yet. */
const EMPTY_AT_START = new Set(['text', 'thinking']);

/** Makes the reader of one answer. */
export function createAnthropicReader(): AnswerReader {
  const count = new RunningCount();
  return {
    readsArrays: false,
    readFrame: (findings, frame) => {
      const delta = deltaAt(frame.data);
      if (delta >= 0) return addDelta(findings, readObject(frame.data, delta, DELTA));
      const object = readObject(frame.data, skipSpace(frame.data, 0), FRAME);
      const read = FRAMES.get(frameType(object, frame.event) ?? '');
      return read ? read({ findings, object, count }) : 'unknown';
    },
    readAnswer: (findings, body) => readMessage(findings, readDocument(body, MESSAGE), count),
    isLastFrame: (frame) => {
      const type = headType(frame);
      return type === 'message_stop' || type === 'error';
    },
    // Clients take an answer that has its `message_delta` for whole; some upstreams leave `message_stop` out.
    isWhole: (findings) => findings.stopReported !== undefined,
  };
}

/** `message_start` overlaid with every `message_delta`: the counts are cumulative, the last one wins, and a missing one keeps its value. */
class RunningCount {
  #usage: Reported = {};

  restart(): void {
    this.#usage = {};
  }

  /** Takes the next usage object; false where it brought no count. */
  overlay(findings: Findings, next: unknown): boolean {
    const given = reported(next);
    if (!given) return false;
    this.#usage = { ...this.#usage, ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null)) };
    const read = readAnthropicUsage(findings, this.#usage);
    if (!read) return false;
    findings.usage = read.usage;
    findings.extraUsage = read.extraUsage;
    return true;
  }
}

interface FrameInput {
  readonly findings: Findings;
  readonly object: JsonObject<'message' | 'content_block' | 'delta' | 'usage' | 'error'>;
  readonly count: RunningCount;
}

/** What to do about each frame; a name that is not here is no frame of this dialect, or one that is too new to matter to us. */
const FRAMES: ReadonlyMap<string, (input: FrameInput) => FrameMeaning> = new Map<string, (input: FrameInput) => FrameMeaning>([
  ['message_start', readStart],
  ['content_block_start', readBlockStart],
  ['content_block_delta', readBlockDelta],
  ['content_block_stop', () => 'nothing'],
  ['message_delta', readMessageDelta],
  ['message_stop', () => 'terminal'],
  ['ping', () => 'nothing'],
  ['error', ({ findings, object }) => readError(findings, object)],
]);

function readStart({ findings, object, count }: FrameInput): FrameMeaning {
  const message = object.object('message', MESSAGE);
  if (!message) return 'unknown';
  findings.answerId = shortText(message.text('id')) ?? findings.answerId;
  findings.servedModel = shortText(message.text('model')) ?? findings.servedModel;
  count.restart(); // A second start, as behind proxies that splice streams, begins a new count.
  count.overlay(findings, message.value('usage'));
  findings.isUsageFinal = false;
  return 'nothing';
}

function readMessageDelta({ findings, object, count }: FrameInput): FrameMeaning {
  noteStop(findings, object.object('delta', DELTA)?.text('stop_reason'));
  if (count.overlay(findings, object.value('usage'))) findings.isUsageFinal = true;
  return 'content';
}

type Message = JsonObject<'type' | 'id' | 'model' | 'content' | 'stop_reason' | 'usage' | 'error'>;

function readMessage(findings: Findings, message: Message, count: RunningCount): FrameMeaning {
  if (message.text('type') === 'error' || message.holds('error')) return readError(findings, message);
  if (!message.has('content') || message.text('type') !== 'message') return 'unknown';
  findings.answerId = shortText(message.text('id'));
  findings.servedModel = shortText(message.text('model'));
  noteStop(findings, message.text('stop_reason'));
  for (const { start } of message.elements('content'))
    if (isObjectAt(message.bytes, start)) readBlock(findings, readObject(message.bytes, start, BLOCK));
  findings.isUsageFinal = count.overlay(findings, message.value('usage'));
  return 'terminal';
}

function noteStop(findings: Findings, reason: string | undefined): void {
  if (reason === undefined) return;
  findings.stopReported = shortText(reason);
  findings.stopClass = STOP_CLASSES.get(reason);
}

/** How Anthropic itself writes the frames that make up nine tenths of a stream: up to their index. */
const DELTA_FRAME = encode('{"type":"content_block_delta","index":');
const DELTA_MEMBER = encode(',"delta":');
const INDEX_DIGITS_MAX = 6;

/** Where the `delta` object stands in a frame that is written just so, which spares most frames half of their reading; else -1. */
function deltaAt(data: Uint8Array): number {
  if (!startsWithAt(data, DELTA_FRAME, 0)) return -1;
  let at = DELTA_FRAME.length;
  while (at < DELTA_FRAME.length + INDEX_DIGITS_MAX && data[at] !== DELTA_MEMBER[0]) at++;
  return startsWithAt(data, DELTA_MEMBER, at) ? at + DELTA_MEMBER.length : -1;
}

function readBlockDelta({ findings, object }: FrameInput): FrameMeaning {
  const delta = object.object('delta', DELTA);
  return delta ? addDelta(findings, delta) : 'content';
}

function addDelta(findings: Findings, delta: JsonObject<'text' | 'thinking' | 'partial_json'>): FrameMeaning {
  for (const name of ['text', 'thinking', 'partial_json'] as const)
    findings.generatedBytes += stringBytesAt(delta.bytes, delta.start(name));
  return 'content';
}

function readBlockStart({ findings, object }: FrameInput): FrameMeaning {
  const block = object.object('content_block', BLOCK);
  if (!block) return 'nothing';
  const before = findings.generatedBytes;
  readBlock(findings, block);
  return EMPTY_AT_START.has(block.text('type') ?? '') && findings.generatedBytes === before ? 'nothing' : 'content';
}

/** Adds what a block holds: text, reasoning, the arguments of a tool call, and the model that took over. */
function readBlock(findings: Findings, block: JsonObject<'type' | 'text' | 'thinking' | 'input' | 'to'>): void {
  if (block.text('type') === 'fallback')
    findings.fallbackModel = shortText(block.object('to', FALLBACK)?.text('model')) ?? findings.fallbackModel;
  findings.generatedBytes += stringBytesAt(block.bytes, block.start('text')) + stringBytesAt(block.bytes, block.start('thinking'));
  const input = block.span('input');
  if (input && input.end - input.start > EMPTY_OBJECT_BYTES) findings.generatedBytes += input.end - input.start;
}

/** `{}`: the input that every tool block starts with in a stream. */
const EMPTY_OBJECT_BYTES = 2;

function readError(findings: Findings, object: JsonObject<'error'>): FrameMeaning {
  findings.error = providerError(object.value('error'));
  return 'error';
}
