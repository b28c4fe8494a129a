import { createAnswerTap } from '../answer-tap.ts';
import { encode } from '../bytes.ts';
import { countReader } from '../count-reader.ts';
import type { Dialect } from '../dialect.ts';
import { createStreamFilter } from '../stream-filter.ts';
import { createGeminiReader } from './answer.ts';
import { prepare, readAsk, serves } from './ask.ts';
import { renderError, renderStreamError } from './error.ts';

/** Google Gemini generateContent. */
export const gemini: Dialect = {
  name: 'gemini',
  serves,
  readAsk,
  prepare,
  createTap: ({ isStream, operation }) => createAnswerTap(operation === 'count_tokens' ? countReader : createGeminiReader(), isStream),
  createFilter: () => createStreamFilter(() => false),
  renderError,
  renderStreamError,
  // Gemini CLI's parser dies of comments and `event:` lines; an empty object it steps over.
  keepAlive: encode('data: {}\n\n'),
  renderModels: (models) => ({
    models: models.map(({ id }) => ({
      name: `models/${id}`,
      displayName: id,
      supportedGenerationMethods: ['generateContent', 'streamGenerateContent', 'countTokens'],
    })),
  }),
};
