/** Errors of Chat Completions. */
import { encode } from '../bytes.ts';
import type { Dialect } from '../dialect.ts';
import { openAiError, renderOpenAiError } from '../openai-error.ts';

/** See `Dialect.renderError`. */
export const renderError: Dialect['renderError'] = (details, requestId) => renderOpenAiError(details, requestId);

/** See `Dialect.renderStreamError`. Without it a cut stream looks like success to OpenAI's SDK. No `[DONE]` follows: it would say success. */
export const renderStreamError: Dialect['renderStreamError'] = (details) =>
  encode(`data: ${JSON.stringify({ error: openAiError(details) })}\n\n`);
