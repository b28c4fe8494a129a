/** Reads the errors that providers send, in whatever shape. */
import type { TapReport } from './dialect.ts';
import { reported } from './token-count.ts';

/** Longest error text that is kept, in characters: some providers quote the whole request. */
const MESSAGE_CHARACTERS_MAX = 2_000;

const asText = (value: unknown): string | undefined => {
  if (typeof value === 'string') return value === '' ? undefined : value;
  return typeof value === 'number' ? String(value) : undefined;
};

/** An `error` member: an object with type or status, code and message; or a bare text. Anthropic, OpenAI and Google forms alike. */
export function providerError(value: unknown): NonNullable<TapReport['error']> {
  if (typeof value === 'string') return { type: undefined, code: undefined, message: value.slice(0, MESSAGE_CHARACTERS_MAX) };
  const error = reported(value) ?? {};
  return {
    type: asText(error['type']) ?? asText(error['status']),
    code: asText(error['code']),
    message: (asText(error['message']) ?? 'The provider reported an error without a message.').slice(0, MESSAGE_CHARACTERS_MAX),
  };
}
