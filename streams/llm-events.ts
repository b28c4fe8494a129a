import { llmCatalogue } from '@lurus/events/catalogue/llm';
import { defineStream } from '@lurus/events/stream';

export const llmEvents = defineStream({
  name: 'LLM_EVENTS',
  says: 'What happened to each request: attempts, ending, tokens, times. Never prompts or answers.',
  domain: 'llm',
  subjectTokens: 3, // entity, fact, tenant. No request ids: each distinct subject costs the server about 310 bytes of memory.
  isPartitioned: true,
  carries: llmCatalogue,
  keepDays: 7, // What matters to money stands in BILLING_EVENTS as well.
  sizeBytesMax: null,
  eventBytesMax: 16_384,
  whenFull: 'drop the oldest',
  dedupeForMs: 120_000,
  durability: 'truth',
});
