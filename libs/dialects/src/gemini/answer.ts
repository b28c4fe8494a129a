/** Reads Gemini's answers: one JSON object, an event stream of such, or a JSON array of such. */
import type { AnswerReader, FrameMeaning } from '../answer-tap.ts';
import type { StopClass } from '../dialect.ts';
import { type Findings, shortText } from '../findings.ts';
import { isObjectAt, type JsonObject, keyTable, readDocument, readObject } from '../json-object.ts';
import { JsonFault, skipSpace, stringBytesAt } from '../json-skip.ts';
import { providerError } from '../provider-error.ts';
import { reported } from '../token-count.ts';
import { readGeminiUsage } from './usage.ts';

const CHUNK = keyTable('candidates', 'promptFeedback', 'usageMetadata', 'modelVersion', 'responseId', 'error');
const CANDIDATE = keyTable('index', 'content', 'finishReason');
const CONTENT = keyTable('parts');
const PART = keyTable('text', 'functionCall', 'inlineData', 'fileData', 'executableCode', 'codeExecutionResult');
const FEEDBACK = keyTable('blockReason');

type Chunk = JsonObject<'candidates' | 'promptFeedback' | 'usageMetadata' | 'modelVersion' | 'responseId' | 'error'>;
type Candidate = JsonObject<'index' | 'content' | 'finishReason'>;
type Part = JsonObject<'text' | 'functionCall' | 'inlineData' | 'fileData' | 'executableCode' | 'codeExecutionResult'>;

const REFUSALS = new Set([
  'SAFETY',
  'RECITATION',
  'LANGUAGE',
  'BLOCKLIST',
  'PROHIBITED_CONTENT',
  'SPII',
  'IMAGE_SAFETY',
  'IMAGE_PROHIBITED_CONTENT',
  'IMAGE_RECITATION',
  'MODEL_ARMOR',
]);

/** Makes the reader of one answer. */
export function createGeminiReader(): AnswerReader {
  /** A function call may come chunks before the stop reason, which says STOP either way. */
  let hasFunctionCall = false;

  const readPart = (findings: Findings, part: Part): boolean => {
    const text = stringBytesAt(part.bytes, part.start('text'));
    const call = part.span('functionCall');
    const code = part.span('executableCode');
    if (call) hasFunctionCall = true;
    findings.generatedBytes += text + spanBytes(call) + spanBytes(code);
    return text > 0 || call !== undefined || code !== undefined || SHOWN.some((name) => part.holds(name));
  };

  const readCandidate = (findings: Findings, candidate: Candidate): boolean => {
    const reason = candidate.text('finishReason');
    if (reason !== undefined && reason !== 'FINISH_REASON_UNSPECIFIED' && (candidate.value('index') ?? 0) === 0)
      findings.stopReported = shortText(reason);
    let hasContent = false;
    for (const { start } of candidate.object('content', CONTENT)?.elements('parts') ?? []) {
      if (!isObjectAt(candidate.bytes, start)) continue;
      hasContent = readPart(findings, readObject(candidate.bytes, start, PART)) || hasContent;
    }
    return hasContent;
  };

  const readCandidates = (findings: Findings, chunk: Chunk): boolean => {
    let hasContent = false;
    for (const { start } of chunk.elements('candidates')) {
      if (!isObjectAt(chunk.bytes, start)) continue;
      hasContent = readCandidate(findings, readObject(chunk.bytes, start, CANDIDATE)) || hasContent;
    }
    return hasContent;
  };

  const readChunk = (findings: Findings, chunk: Chunk): FrameMeaning => {
    if (!KNOWN.some((name) => chunk.holds(name))) return 'unknown';
    findings.answerId ??= shortText(chunk.text('responseId'));
    findings.servedModel ??= shortText(chunk.text('modelVersion'));
    const hasContent = readCandidates(findings, chunk);
    const usage = reported(chunk.value('usageMetadata'));
    findings.usage = (usage && readGeminiUsage(findings, usage)) ?? findings.usage;
    noteStop(findings, chunk.object('promptFeedback', FEEDBACK)?.text('blockReason'), hasFunctionCall);
    if (chunk.holds('error')) {
      findings.error = providerError(chunk.value('error'));
      return 'error';
    }
    if (findings.stopReported === undefined) return hasContent ? 'content' : 'nothing';
    findings.isUsageFinal = findings.usage !== undefined;
    return 'closing';
  };

  return {
    readsArrays: true,
    readFrame: (findings, { data }) => readChunk(findings, readObject(data, skipSpace(data, 0), CHUNK)),
    readAnswer: (findings, body) => {
      const meaning = readChunk(findings, readDocument(body, CHUNK));
      if (meaning === 'unknown' || meaning === 'error') return meaning;
      findings.isUsageFinal = findings.usage !== undefined;
      return 'terminal';
    },
    isLastFrame: ({ data, hasWholeLine }) => hasWholeLine && isClosing(data),
    // Nothing marks the end but the end itself, after a chunk with the stop reason.
    isWhole: (findings) => findings.stopReported !== undefined,
  };
}

const KNOWN = ['candidates', 'promptFeedback', 'usageMetadata', 'modelVersion', 'error'] as const;
const SHOWN = ['inlineData', 'fileData', 'codeExecutionResult'] as const;

const spanBytes = (span: { readonly start: number; readonly end: number } | undefined): number => (span ? span.end - span.start : 0);

function noteStop(findings: Findings, blockReason: string | undefined, hasFunctionCall: boolean): void {
  if (blockReason !== undefined) findings.stopReported = shortText(`${BLOCKED}${blockReason}`);
  if (findings.stopReported !== undefined) findings.stopClass = stopClass(findings.stopReported, hasFunctionCall);
}

/** Before the reason why a prompt was not answered; no finish reason has a dot. */
const BLOCKED = 'promptFeedback.';

function stopClass(reason: string, hasFunctionCall: boolean): StopClass {
  if (reason === 'STOP') return hasFunctionCall ? 'tool_calls' : 'end';
  if (reason === 'MAX_TOKENS') return 'length';
  return reason.startsWith(BLOCKED) || REFUSALS.has(reason) ? 'refusal' : 'error';
}

/** Whether a chunk that is not followed by its blank line yet holds a stop reason or an error. */
function isClosing(data: Uint8Array): boolean {
  try {
    const chunk = readObject(data, skipSpace(data, 0), CHUNK);
    if (chunk.holds('error') || chunk.object('promptFeedback', FEEDBACK)?.holds('blockReason')) return true;
    for (const { start } of chunk.elements('candidates'))
      if (isObjectAt(data, start) && readObject(data, start, CANDIDATE).holds('finishReason')) return true;
    return false;
  } catch (fault) {
    if (fault instanceof JsonFault) return false; // The next data line may complete it; then it is read as a whole.
    throw fault;
  }
}
