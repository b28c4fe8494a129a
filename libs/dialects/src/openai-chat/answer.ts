/** Reads the answers of Chat Completions, OpenAI's and the many that imitate it. */
import type { AnswerReader, FrameMeaning } from '../answer-tap.ts';
import { encode, startsWithAt } from '../bytes.ts';
import type { StopClass } from '../dialect.ts';
import { type Findings, shortText } from '../findings.ts';
import { isArrayAt, isObjectAt, type JsonObject, keyTable, readDocument, readElements, readObject } from '../json-object.ts';
import { JsonFault, skipSpace, stringBytesAt } from '../json-skip.ts';
import { readChatUsage } from '../openai-usage.ts';
import { providerError } from '../provider-error.ts';
import type { OpenFrame } from '../sse-scanner.ts';
import { reported } from '../token-count.ts';

const CHUNK = keyTable('id', 'model', 'choices', 'usage', 'x_groq', 'error');
const CHOICE = keyTable('index', 'delta', 'message', 'finish_reason', 'usage', 'text');
const DELTA = keyTable(
  'content',
  'reasoning_content',
  'reasoning',
  'reasoning_details',
  'refusal',
  'tool_calls',
  'function_call',
  'audio',
  'images',
);
const TOOL_CALL = keyTable('function', 'custom');
const CALL = keyTable('name', 'arguments', 'input');
const PART = keyTable('text', 'thinking');
const GROQ = keyTable('usage');

type Chunk = JsonObject<'id' | 'model' | 'choices' | 'usage' | 'x_groq' | 'error'>;
type Choice = JsonObject<'index' | 'delta' | 'message' | 'finish_reason' | 'usage' | 'text'>;
type Delta = NonNullable<ReturnType<typeof deltaOf>>;

const STOP_CLASSES: ReadonlyMap<string, StopClass> = new Map<string, StopClass>([
  ['stop', 'end'],
  ['length', 'length'],
  ['tool_calls', 'tool_calls'],
  ['function_call', 'tool_calls'],
  ['content_filter', 'refusal'],
  ['error', 'error'],
]);

const DONE = encode('[DONE]');
const ERROR_FIRST = encode('{"error"');
const ERROR_EVENT = encode('error');

/** The reader of Chat answers. It keeps no state of its own: every chunk names what it brings. */
export const chatReader: AnswerReader = {
  readsArrays: false,
  readFrame: (findings, frame) => {
    if (startsWithAt(frame.data, DONE, 0)) {
      findings.isUsageFinal ||= findings.usage !== undefined;
      return 'terminal';
    }
    return readChunk(findings, readObject(frame.data, skipSpace(frame.data, 0), CHUNK));
  },
  readAnswer: (findings, body) => {
    const meaning = readChunk(findings, readDocument(body, CHUNK));
    if (meaning === 'unknown' || meaning === 'error') return meaning;
    findings.isUsageFinal = findings.usage !== undefined;
    return 'terminal';
  },
  isLastFrame: (frame: OpenFrame) =>
    startsWithAt(frame.data, DONE, 0) ||
    startsWithAt(frame.data, ERROR_FIRST, 0) ||
    (frame.event !== undefined && frame.event.length === ERROR_EVENT.length && startsWithAt(frame.event, ERROR_EVENT, 0)),
  // Without `[DONE]`, a stop reason or the closing usage chunk shows that nothing is missing.
  isWhole: (findings) => findings.stopReported !== undefined || findings.isUsageFinal,
};

/** Whether a chunk carries usage and nothing else: what `include_usage` adds to a stream. */
export function isUsageOnly(data: Uint8Array): boolean {
  try {
    const chunk = readObject(data, skipSpace(data, 0), CHUNK);
    return chunk.holds('usage') && !chunk.holds('error') && isEmptyArray(chunk);
  } catch (fault) {
    if (fault instanceof JsonFault) return false; // `[DONE]`, or a chunk that cannot be read: the client gets it.
    throw fault;
  }
}

const isEmptyArray = (chunk: Chunk): boolean =>
  isArrayAt(chunk.bytes, chunk.start('choices')) && chunk.elements('choices').next().done === true;

function readChunk(findings: Findings, chunk: Chunk): FrameMeaning {
  if (findings.answerId === undefined) findings.answerId = shortText(chunk.text('id'));
  if (findings.servedModel === undefined) findings.servedModel = shortText(chunk.text('model'));
  const hasChoices = isArrayAt(chunk.bytes, chunk.start('choices'));
  const hasContent = readChoices(findings, chunk);
  if (readUsage(findings, chunk)) findings.isUsageFinal = findings.stopReported !== undefined || (hasChoices && isEmptyArray(chunk));
  if (chunk.holds('error')) {
    findings.error = providerError(chunk.value('error'));
    return 'error';
  }
  if (hasContent) return 'content';
  return hasChoices || chunk.holds('usage') ? 'nothing' : 'unknown';
}

function readUsage(findings: Findings, chunk: Chunk): boolean {
  const given = reported(chunk.value('usage')) ?? reported(chunk.object('x_groq', GROQ)?.value('usage'));
  const usage = given && readChatUsage(findings, given);
  if (usage) findings.usage = usage;
  return usage !== undefined;
}

function readChoices(findings: Findings, chunk: Chunk): boolean {
  let hasContent = false;
  for (const { start } of chunk.elements('choices')) {
    if (!isObjectAt(chunk.bytes, start)) continue;
    const choice = readObject(chunk.bytes, start, CHOICE);
    hasContent = readChoice(findings, choice) || hasContent;
  }
  return hasContent;
}

function readChoice(findings: Findings, choice: Choice): boolean {
  const reason = choice.text('finish_reason');
  if (reason !== undefined && (choice.value('index') ?? 0) === 0) {
    findings.stopReported = shortText(reason);
    findings.stopClass = STOP_CLASSES.get(reason);
  }
  const own = reported(choice.value('usage')); // Kimi
  if (own) findings.usage = readChatUsage(findings, own) ?? findings.usage;
  const delta = deltaOf(choice);
  const hasContent = delta !== undefined && readDelta(findings, delta);
  return hasContent || reason !== undefined;
}

const deltaOf = (choice: Choice) => choice.object('delta', DELTA) ?? choice.object('message', DELTA);

/** Adds what a delta or a message generated; whether it is something that a client would show. */
function readDelta(findings: Findings, delta: Delta): boolean {
  const before = findings.generatedBytes;
  for (const name of ['content', 'refusal'] as const) findings.generatedBytes += textBytes(delta, name);
  findings.generatedBytes += reasoningBytes(delta);
  for (const { start } of delta.elements('tool_calls')) findings.generatedBytes += toolCallBytes(delta.bytes, start);
  const call = delta.object('function_call', CALL);
  if (call) findings.generatedBytes += callBytes(call);
  return findings.generatedBytes > before || SHOWN.some((name) => delta.holds(name));
}

const SHOWN = ['tool_calls', 'function_call', 'audio', 'images'] as const;

/** The same reasoning may stand in up to three places; one is counted. */
const reasoningBytes = (delta: Delta): number =>
  textBytes(delta, 'reasoning_content') || textBytes(delta, 'reasoning') || textBytes(delta, 'reasoning_details');

/** A text, or a list of parts with texts (Mistral, OpenRouter). */
function textBytes(delta: Delta, name: 'content' | 'refusal' | 'reasoning_content' | 'reasoning' | 'reasoning_details'): number {
  const start = delta.start(name);
  return isArrayAt(delta.bytes, start) ? partsBytes(delta.bytes, start) : stringBytesAt(delta.bytes, start);
}

function partsBytes(bytes: Uint8Array, at: number): number {
  let sum = 0;
  for (const part of partsAt(bytes, at)) {
    const thinking = part.start('thinking');
    sum += stringBytesAt(bytes, part.start('text')) + stringBytesAt(bytes, thinking);
    for (const thought of partsAt(bytes, thinking)) sum += stringBytesAt(bytes, thought.start('text'));
  }
  return sum;
}

function* partsAt(bytes: Uint8Array, at: number): Generator<JsonObject<'text' | 'thinking'>, void, undefined> {
  for (const { start } of readElements(bytes, at)) if (isObjectAt(bytes, start)) yield readObject(bytes, start, PART);
}

function toolCallBytes(bytes: Uint8Array, at: number): number {
  if (!isObjectAt(bytes, at)) return 0;
  const toolCall = readObject(bytes, at, TOOL_CALL);
  const call = toolCall.object('function', CALL) ?? toolCall.object('custom', CALL);
  return call ? callBytes(call) : 0;
}

const callBytes = (call: JsonObject<'name' | 'arguments' | 'input'>): number =>
  stringBytesAt(call.bytes, call.start('name')) +
  stringBytesAt(call.bytes, call.start('arguments')) +
  stringBytesAt(call.bytes, call.start('input'));
