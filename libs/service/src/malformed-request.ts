/** Answers bytes that are no HTTP request, or one that came too slowly: there is no request to route, only a socket to end. */
import type { Duplex } from 'node:stream';
import { STATUS_CODES } from 'node:http';
import type { ProblemDetails } from '@lurus/base/problem';
import { PROBLEM_CONTENT_TYPE, problemJson } from './problem-json.ts';

const STATUS_OF_CODE: Readonly<Record<string, number>> = { ERR_HTTP_REQUEST_TIMEOUT: 408, HPE_HEADER_OVERFLOW: 431 };

const SENTENCES: Readonly<Record<number, { readonly code: string; readonly message: string; readonly fix: string }>> = {
  400: { code: 'http_malformed', message: 'These bytes are no HTTP/1.1 request.', fix: 'Send a well-formed request.' },
  408: { code: 'request_too_slow', message: 'The request did not arrive in time.', fix: 'Send the whole request at once.' },
  431: { code: 'headers_too_large', message: 'The headers are too large.', fix: 'Send fewer or shorter headers.' },
};

/** Ends the socket with a problem, unless the other side is gone already. */
export function answerMalformedRequest(error: Error & { readonly code?: string }, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = STATUS_OF_CODE[error.code ?? ''] ?? 400;
  const sentence = SENTENCES[status] ?? { code: 'http_malformed', message: 'The request is malformed.', fix: 'Correct it.' };
  const details: ProblemDetails = { kind: 'invalid-request', status, isRetryable: status === 408, ...sentence };
  const body = JSON.stringify(problemJson(details, 'none'));
  const head = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`, `Content-Type: ${PROBLEM_CONTENT_TYPE}`];
  socket.end([...head, `Content-Length: ${Buffer.byteLength(body)}`, 'Connection: close', '', body].join('\r\n'));
}
