/** All dialects, by name and by request. */
import type { DialectName } from '@lurus/base/dialect-name';
import { anthropic } from './anthropic/dialect.ts';
import type { Dialect } from './dialect.ts';
import { gemini } from './gemini/dialect.ts';
import { openAiChat } from './openai-chat/dialect.ts';
import { openAiResponses } from './openai-responses/dialect.ts';

/** The four dialects by name. */
export const DIALECTS: Readonly<Record<DialectName, Dialect>> = {
  anthropic,
  'openai-chat': openAiChat,
  'openai-responses': openAiResponses,
  gemini,
};

/** The dialect whose relay endpoint a request is for, or undefined where it is for none. */
export const dialectOf = (request: { readonly method: string; readonly path: string }): Dialect | undefined =>
  Object.values(DIALECTS).find((dialect) => dialect.serves(request));
