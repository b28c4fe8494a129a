import { providerCatalogue } from '@lurus/events/catalogue/provider';
import { defineStream } from '@lurus/events/stream';

export const providerEvents = defineStream({
  name: 'PROVIDER_EVENTS',
  says: 'Providers, their sealed credentials, and prices.',
  domain: 'provider',
  subjectTokens: 3,
  isPartitioned: true,
  carries: providerCatalogue,
  keepDays: 'for ever', // Old prices re-rate old requests.
  sizeBytesMax: null,
  eventBytesMax: 65_536, // A provider may serve 200 models under 200 mapped names.
  whenFull: 'refuse',
  dedupeForMs: 600_000,
  durability: 'truth',
});
