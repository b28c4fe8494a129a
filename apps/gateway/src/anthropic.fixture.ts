/** Anthropic answers and requests for tests, written after the provider's documentation. */
import type { ServerResponse } from 'node:http';

/** One frame of an event stream. */
export const frame = (type: string, data: object): string => `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;

export const messageStart = (usage: object = { input_tokens: 1_000, output_tokens: 1 }): string =>
  frame('message_start', { message: { id: 'msg_1', type: 'message', role: 'assistant', model: 'claude-served', content: [], usage } });

export const blockStart = frame('content_block_start', { index: 0, content_block: { type: 'text', text: '' } });

export const delta = (text: string): string => frame('content_block_delta', { index: 0, delta: { type: 'text_delta', text } });

export const messageDelta = (outputTokens: number): string =>
  frame('content_block_stop', { index: 0 }) +
  frame('message_delta', { delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: outputTokens } });

export const messageStop = frame('message_stop', {});

/** A whole answer of 1,000 input and 200 output tokens. */
export const wholeStream = messageStart() + blockStart + delta('Hello') + delta(' there') + messageDelta(200) + messageStop;

export const streamHead = { 'content-type': 'text/event-stream; charset=utf-8', 'request-id': 'req_provider' } as const;

/** Answers with an event stream, whole. */
export const answerStream =
  (text = wholeStream) =>
  (response: ServerResponse): void => {
    response.writeHead(200, streamHead).end(text);
  };

export const wholeMessage = JSON.stringify({
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'claude-served',
  content: [{ type: 'text', text: 'Hello' }],
  stop_reason: 'end_turn',
  usage: { input_tokens: 1_000, output_tokens: 200 },
});

/** Answers in the Anthropic error form. */
export const answerError =
  (status: number, type = 'api_error', headers: Readonly<Record<string, string>> = {}) =>
  (response: ServerResponse): void => {
    const body = { type: 'error', error: { type, message: `provider says ${status}` } };
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  };

/** A request body; extra fields and odd spacing show whether bytes are kept. */
export const requestBody = (over: object = {}): string =>
  JSON.stringify(
    {
      model: 'claude-test',
      max_tokens: 64,
      stream: true,
      messages: [{ role: 'user', content: 'hi' }],
      unknown_field: { kept: true },
      ...over,
    },
    null,
    1,
  );
