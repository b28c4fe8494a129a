import type { DialectName } from '@lurus/base/dialect-name';
import { type AskInput, type SimulatedAsk } from './ask.ts';
import { readAnthropicAsk } from './ask/anthropic.ts';
import { isGeminiPath, readGeminiAsk } from './ask/gemini.ts';
import { readChatAsk } from './ask/openai-chat.ts';
import { readResponsesAsk } from './ask/openai-responses.ts';
import { anthropicWire } from './wire/anthropic.ts';
import { geminiWire } from './wire/gemini.ts';
import { chatWire } from './wire/openai-chat.ts';
import { responsesWire } from './wire/openai-responses.ts';
import type { Wire } from './wire/wire.ts';

/** How a dialect is read and written. */
export interface Endpoint {
  readonly dialect: DialectName;
  readonly readAsk: (input: AskInput) => SimulatedAsk;
  readonly wire: Wire;
}

const endpoints: Readonly<Record<DialectName, Endpoint>> = {
  anthropic: { dialect: 'anthropic', readAsk: readAnthropicAsk, wire: anthropicWire },
  'openai-chat': { dialect: 'openai-chat', readAsk: readChatAsk, wire: chatWire },
  'openai-responses': { dialect: 'openai-responses', readAsk: readResponsesAsk, wire: responsesWire },
  gemini: { dialect: 'gemini', readAsk: readGeminiAsk, wire: geminiWire },
};

const DIALECTS: Readonly<Record<string, DialectName>> = {
  '/v1/messages': 'anthropic',
  '/v1/messages/count_tokens': 'anthropic',
  '/v1/chat/completions': 'openai-chat',
  '/chat/completions': 'openai-chat',
  '/v1/responses': 'openai-responses',
  '/responses': 'openai-responses',
};

/** The endpoint that serves a path, or undefined where none does. */
export function endpointAt(path: string): Endpoint | undefined {
  const dialect = isGeminiPath(path) ? 'gemini' : DIALECTS[path];
  return dialect && endpoints[dialect];
}
