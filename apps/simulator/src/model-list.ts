/** The models that the simulator names in its lists. It answers for every name; these are what clients look for and what shows the dials. */
const MODELS = [
  'claude-opus-5-5',
  'claude-sonnet-5',
  'claude-haiku-4-5',
  'gpt-5.5',
  'gpt-6.1-sol',
  'gpt-5-mini',
  'gemini-3.8-flash',
  'gemini-3.1-pro-preview',
  'gemini-2.5-flash',
  'sim-tokens-200-rate-50',
  'sim-fault-status-503-retry-2',
] as const;

const CREATED_SECONDS = 1_795_392_000; // 23 November 2026: constant, so that the list is.

/** Whether a request asks for the list of models. */
export const isModelListPath = (path: string): boolean => ['/v1/models', '/models', '/v1beta/models'].includes(path);

/** The list in the form of the dialect that the request speaks: Gemini by its path or key header, Anthropic by its version header, else OpenAI. */
export function modelList(input: { readonly path: string; readonly headers: Readonly<Record<string, string | undefined>> }): object {
  if (input.path === '/v1beta/models' || input.headers['x-goog-api-key'] !== undefined) return geminiList();
  return input.headers['anthropic-version'] === undefined ? openaiList() : anthropicList();
}

const openaiList = () => ({
  object: 'list',
  data: MODELS.map((id) => ({ id, object: 'model', created: CREATED_SECONDS, owned_by: 'lurus-simulator' })),
});

const anthropicList = () => ({
  data: MODELS.map((id) => ({ type: 'model', id, display_name: id, created_at: new Date(CREATED_SECONDS * 1_000).toISOString() })),
  first_id: MODELS[0],
  last_id: MODELS.at(-1),
  has_more: false,
});

const geminiList = () => ({
  models: MODELS.map((id) => ({
    name: `models/${id}`,
    version: '001',
    displayName: id,
    description: 'A model of the simulator.',
    inputTokenLimit: 1_048_576,
    outputTokenLimit: 65_536,
    supportedGenerationMethods: ['generateContent', 'countTokens'],
  })),
});
