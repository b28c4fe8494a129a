import type { ModelEntry } from './dialect.ts';

/** The list of models in OpenAI's form. `created` is 0: when a model came into being is not ours to know. */
export const renderOpenAiModels = (models: readonly ModelEntry[]): unknown => ({
  object: 'list',
  data: models.map(({ id, ownedBy }) => ({ id, object: 'model', created: 0, owned_by: ownedBy })),
});
