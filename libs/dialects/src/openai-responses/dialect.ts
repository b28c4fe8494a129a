import { createAnswerTap } from '../answer-tap.ts';
import { encode } from '../bytes.ts';
import type { Dialect } from '../dialect.ts';
import { renderOpenAiModels } from '../openai-models.ts';
import { createStreamFilter } from '../stream-filter.ts';
import { createResponsesReader } from './answer.ts';
import { prepare, readAsk, serves } from './ask.ts';
import { renderError, renderStreamError } from './error.ts';

/** OpenAI Responses. */
export const openAiResponses: Dialect = {
  name: 'openai-responses',
  serves,
  readAsk,
  prepare,
  createTap: ({ isStream }) => createAnswerTap(createResponsesReader(), isStream),
  createFilter: () => createStreamFilter(() => false),
  renderError,
  renderStreamError,
  // A real event: Codex's idle timer does not count comments.
  keepAlive: encode('event: keepalive\ndata: {"type":"keepalive"}\n\n'),
  renderModels: renderOpenAiModels,
};
