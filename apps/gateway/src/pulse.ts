/** Signs of life for a client whose stream is quiet. */
import type { AnswerHead } from '@lurus/upstream/upstream-answer';
import { responseHeaders } from '@lurus/upstream/response-headers';
import type { Gateway } from './gateway.ts';
import type { Job } from './job.ts';

/** Headers of every event stream: nothing on the way may keep it back. */
const STREAM_HEADERS = { 'cache-control': 'no-cache', 'x-accel-buffering': 'no' } as const;

/** The head of a streamed answer to a client. */
export const streamHeaders = (head: AnswerHead): Record<string, string> => ({ ...STREAM_HEADERS, ...responseHeaders(head.headers) });

/**
 * Keeps a stream alive from the provider's head on. A model may think for minutes before its first word: the first sign of life then begins
 * the answer, and a failure after it can only be told inside the stream. Another provider can still take over, since nothing of the answer
 * itself was sent.
 */
export function startPulse(job: Job, head: AnswerHead, gateway: Gateway): void {
  let isRecorded = job.hold === undefined;
  void job.hold?.isRecorded.then((recorded) => (isRecorded = recorded));
  job.exchange.startPulse(gateway.settings.LURUS_KEEP_ALIVE_MS, () => {
    if (!isRecorded || job.stopCause !== undefined) return undefined;
    job.exchange.begin(head.status, streamHeaders(head));
    return job.dialect.keepAlive;
  });
}
