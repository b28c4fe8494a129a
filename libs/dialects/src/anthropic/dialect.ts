import { countReader } from '../count-reader.ts';
import { createAnswerTap } from '../answer-tap.ts';
import { encode } from '../bytes.ts';
import type { Dialect } from '../dialect.ts';
import { createStreamFilter } from '../stream-filter.ts';
import { createAnthropicReader } from './answer.ts';
import { prepare, readAsk, serves } from './ask.ts';
import { renderError, renderStreamError } from './error.ts';

/** Anthropic Messages. */
export const anthropic: Dialect = {
  name: 'anthropic',
  serves,
  readAsk,
  prepare,
  createTap: ({ isStream, operation }) => createAnswerTap(operation === 'count_tokens' ? countReader : createAnthropicReader(), isStream),
  createFilter: () => createStreamFilter(() => false),
  renderError,
  renderStreamError,
  keepAlive: encode('event: ping\ndata: {"type":"ping"}\n\n'),
  renderModels: (models) => ({
    data: models.map(({ id }) => ({ type: 'model', id, display_name: id, created_at: UNKNOWN_TIME })),
    has_more: false,
    first_id: models[0]?.id ?? null,
    last_id: models.at(-1)?.id ?? null,
  }),
};

/** Anthropic's own value for a release date that it does not know. */
const UNKNOWN_TIME = '1970-01-01T00:00:00Z';
