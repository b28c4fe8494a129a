import { expect, test } from 'vitest';
import { hasLastFrame, usageOf } from './ask.ts';

const stream = (...frames: object[]): string => frames.map((frame) => `data: ${JSON.stringify(frame)}\n\n`).join('');

test('the last word of a Messages stream counts, cached parts are of the prompt', () => {
  const text =
    stream({ type: 'message_start', message: { usage: { input_tokens: 20, cache_read_input_tokens: 3, output_tokens: 1 } } }) +
    stream({ type: 'message_delta', usage: { output_tokens: 11 } });
  expect(usageOf('anthropic', { text, isStream: true })).toEqual({ prompt: 23, output: 11 });
});

test.each([
  ['openai-chat', { usage: { prompt_tokens: 23, completion_tokens: 11 } }],
  ['openai-responses', { response: { usage: { input_tokens: 23, output_tokens: 11 } } }],
  ['gemini', { usageMetadata: { promptTokenCount: 23, candidatesTokenCount: 7, thoughtsTokenCount: 4 } }],
] as const)('%s reports its usage in its own words', (dialect, value) => {
  expect(usageOf(dialect, { text: stream(value), isStream: true })).toEqual({ prompt: 23, output: 11 });
  expect(usageOf(dialect, { text: JSON.stringify(value), isStream: false })).toEqual({ prompt: 23, output: 11 });
});

test('a frame that was cut is no usage, and an answer without usage has none', () => {
  expect(usageOf('openai-chat', { text: 'data: {"usage":{"prompt_tokens":23', isStream: true })).toBeUndefined();
});

test.each([
  ['anthropic', 'event: message_stop\ndata: {"type":"message_stop"}\n\n', 'event: message_sto'],
  ['openai-chat', 'data: [DONE]\n\n', 'data: {"choices":[]}\n\n'],
  ['openai-responses', 'event: response.completed\ndata: {}\n\n', 'event: response.failed\ndata: {}\n\n'],
  ['gemini', 'data: {"candidates":[{"finishReason":"STOP"}]}\n\n', 'data: {"candidates":[{}]}\n\n'],
] as const)('%s ends with its own last frame', (dialect, last, other) => {
  expect(hasLastFrame(dialect, last)).toBe(true);
  expect(hasLastFrame(dialect, other)).toBe(false);
});
