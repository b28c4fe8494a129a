import { createAnswerTap } from '../answer-tap.ts';
import { encode } from '../bytes.ts';
import type { Dialect } from '../dialect.ts';
import { renderOpenAiModels } from '../openai-models.ts';
import { createStreamFilter } from '../stream-filter.ts';
import { chatReader, isUsageOnly } from './answer.ts';
import { prepare, readAsk, serves } from './ask.ts';
import { renderError, renderStreamError } from './error.ts';

/** OpenAI Chat Completions. */
export const openAiChat: Dialect = {
  name: 'openai-chat',
  serves,
  readAsk,
  prepare,
  createTap: ({ isStream }) => createAnswerTap(chatReader, isStream),
  createFilter: ({ dropsUsage }) => createStreamFilter(dropsUsage ? isUsageOnly : () => false),
  renderError,
  renderStreamError,
  keepAlive: encode(': keep-alive\n\n'),
  renderModels: renderOpenAiModels,
};
