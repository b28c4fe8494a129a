/** Reads the answers of OpenAI's Responses interface, as JSON and as an event stream. */
import type { AnswerReader, FrameMeaning } from '../answer-tap.ts';
import { encode, startsWithAt } from '../bytes.ts';
import type { StopClass } from '../dialect.ts';
import { type Findings, shortText } from '../findings.ts';
import { frameType, headType } from '../frame-type.ts';
import { isObjectAt, type JsonObject, keyTable, readDocument, readObject } from '../json-object.ts';
import { skipSpace, stringBytesAt } from '../json-skip.ts';
import { readResponsesUsage } from '../openai-usage.ts';
import { providerError } from '../provider-error.ts';
import { reported } from '../token-count.ts';

const FRAME = keyTable('type', 'response', 'item', 'delta', 'error', 'code', 'message');
const RESPONSE = keyTable('id', 'object', 'model', 'status', 'output', 'usage', 'error', 'incomplete_details');
const ITEM = keyTable('type', 'content', 'summary', 'arguments', 'input', 'code');
const PART = keyTable('type', 'text', 'refusal');
const INCOMPLETE = keyTable('reason');

type Frame = JsonObject<'type' | 'response' | 'item' | 'delta' | 'error' | 'code' | 'message'>;
type Response = JsonObject<'id' | 'object' | 'model' | 'status' | 'output' | 'usage' | 'error' | 'incomplete_details'>;
type Item = JsonObject<'type' | 'content' | 'summary' | 'arguments' | 'input' | 'code'>;

/** Items that the client has to act on; every other call is done by the provider. */
const CLIENT_CALLS = new Set([
  'function_call',
  'custom_tool_call',
  'local_shell_call',
  'shell_call',
  'apply_patch_call',
  'computer_call',
  'mcp_approval_request',
]);

/** Frames that show nothing yet. */
const BEGINNINGS = new Set([
  'response.created',
  'response.in_progress',
  'response.queued',
  'response.content_part.added',
  'response.reasoning_summary_part.added',
  'keepalive',
]);

/** Items whose arrival shows nothing yet: their content follows. */
const EMPTY_AT_START = new Set(['message', 'reasoning']);

const ENDINGS = new Set(['response.completed', 'response.incomplete', 'response.failed', 'response.cancelled']);
const DONE = encode('[DONE]');

/** Makes the reader of one answer. */
export function createResponsesReader(): AnswerReader {
  const output = new Output();
  return {
    readsArrays: false,
    readFrame: (findings, { data, event }) => {
      if (startsWithAt(data, DONE, 0)) return 'nothing'; // No part of this dialect; some vendors send it all the same.
      const frame = readObject(data, skipSpace(data, 0), FRAME);
      const type = frameType(frame, event);
      return type === undefined ? 'unknown' : readFrame({ findings, frame, type, output });
    },
    readAnswer: (findings, body) => {
      const response = readDocument(body, RESPONSE);
      if (!response.has('output') && response.holds('error')) {
        findings.error = providerError(response.value('error'));
        return 'error';
      }
      return response.text('object')?.startsWith('response') ? readEnding(findings, response, output) : 'unknown';
    },
    isLastFrame: (frame) => {
      const type = headType(frame);
      return type === 'error' || (type !== undefined && ENDINGS.has(type));
    },
    isWhole: () => false, // Clients take a stream without its terminal event for cut, and so do we.
  };
}

/**
 * What an answer has brought so far. Some upstreams send finished items without deltas, and a terminal frame without output: each way of
 * seeing the same text is counted apart, and the fullest one wins.
 */
class Output {
  readonly facts: ItemFacts = { hasClientCall: false, hasRefusal: false };
  #deltaBytes = 0;
  #itemBytes = 0;

  get bytes(): number {
    return Math.max(this.#deltaBytes, this.#itemBytes);
  }

  addDelta(bytes: number): void {
    this.#deltaBytes += bytes;
  }

  addItem(item: Item): void {
    this.#itemBytes += noteItem(this.facts, item);
  }

  /** The terminal frame lists all items again. */
  restartItems(): void {
    this.#itemBytes = 0;
  }
}

interface FrameInput {
  readonly findings: Findings;
  readonly frame: Frame;
  readonly type: string;
  readonly output: Output;
}

function readFrame(input: FrameInput): FrameMeaning {
  const { findings, frame, type, output } = input;
  if (type === 'error') return readErrorFrame(findings, frame);
  if (type === 'response.output_item.added' || type === 'response.output_item.done') return readItemFrame(input);
  if (type.endsWith('.delta')) return readDelta(input);
  if (ENDINGS.has(type)) {
    findings.stopReported = type.slice(PREFIX.length); // What the status says as well, where it is sent.
    return readEnding(findings, frame.object('response', RESPONSE) ?? EMPTY_RESPONSE, output);
  }
  if (!BEGINNINGS.has(type)) return type.startsWith(PREFIX) ? 'content' : 'unknown';
  const response = frame.object('response', RESPONSE);
  if (response) readNames(findings, response);
  return 'nothing';
}

const PREFIX = 'response.';

/** Deltas of audio are base64, and come with a transcript of their own. */
function readDelta({ findings, frame, type, output }: FrameInput): FrameMeaning {
  if (!type.includes('audio.')) output.addDelta(stringBytesAt(frame.bytes, frame.start('delta')));
  findings.generatedBytes = output.bytes;
  return 'content';
}

function readItemFrame({ findings, frame, type, output }: FrameInput): FrameMeaning {
  const item = frame.object('item', ITEM);
  if (!item) return 'nothing';
  if (!type.endsWith('.done')) return EMPTY_AT_START.has(item.text('type') ?? '') ? 'nothing' : 'content';
  output.addItem(item);
  findings.generatedBytes = output.bytes;
  return 'content';
}

function readEnding(findings: Findings, response: Response, output: Output): FrameMeaning {
  readNames(findings, response);
  output.restartItems();
  for (const { start } of response.elements('output'))
    if (isObjectAt(response.bytes, start)) output.addItem(readObject(response.bytes, start, ITEM));
  findings.generatedBytes = Math.max(findings.generatedBytes, output.bytes);
  const usage = reported(response.value('usage'));
  findings.usage = usage && readResponsesUsage(findings, usage);
  findings.isUsageFinal = findings.usage !== undefined;
  noteStop(findings, response, output.facts);
  if (response.holds('error')) findings.error ??= providerError(response.value('error'));
  return findings.error || findings.stopReported === 'failed' ? 'error' : 'terminal';
}

/** For a terminal frame without its answer. */
const EMPTY_RESPONSE = readObject(encode('{}'), 0, RESPONSE);

interface ItemFacts {
  hasClientCall: boolean;
  hasRefusal: boolean;
}

/** Notes what a finished item means for the stop class; the bytes that it holds of generated text. */
function noteItem(facts: ItemFacts, item: Item): number {
  if (CLIENT_CALLS.has(item.text('type') ?? '')) facts.hasClientCall = true;
  let bytes = 0;
  for (const name of ['arguments', 'input', 'code'] as const) bytes += stringBytesAt(item.bytes, item.start(name));
  for (const name of ['content', 'summary'] as const) {
    for (const { start } of item.elements(name)) {
      if (!isObjectAt(item.bytes, start)) continue;
      const part = readObject(item.bytes, start, PART);
      if (part.text('type') === 'refusal') facts.hasRefusal = true;
      bytes += stringBytesAt(item.bytes, part.start('text')) + stringBytesAt(item.bytes, part.start('refusal'));
    }
  }
  return bytes;
}

function readNames(findings: Findings, response: Response): void {
  findings.answerId ??= shortText(response.text('id'));
  findings.servedModel = shortText(response.text('model')) ?? findings.servedModel;
}

function noteStop(findings: Findings, response: Response, items: ItemFacts): void {
  findings.stopReported = shortText(response.text('status')) ?? findings.stopReported;
  findings.stopClass = stopClass(findings.stopReported, response.object('incomplete_details', INCOMPLETE)?.text('reason'), items);
}

function stopClass(status: string | undefined, reason: string | undefined, items: ItemFacts): StopClass | undefined {
  switch (status) {
    case 'completed':
      if (items.hasClientCall) return 'tool_calls';
      return items.hasRefusal ? 'refusal' : 'end';
    case 'incomplete':
      return reason === 'content_filter' ? 'refusal' : 'length';
    case 'failed':
    case 'cancelled':
      return 'error';
    case 'queued':
    case 'in_progress':
      return 'queued';
    case undefined:
    default:
      return undefined;
  }
}

/** `error` frames come flat (as documented) and with the error nested (as sent). */
function readErrorFrame(findings: Findings, frame: Frame): FrameMeaning {
  findings.error = frame.holds('error')
    ? providerError(frame.value('error'))
    : providerError({ code: frame.value('code'), message: frame.value('message') });
  return 'error';
}
