import { identityCatalogue } from '@lurus/events/catalogue/identity';
import { defineStream } from '@lurus/events/stream';

export const identityEvents = defineStream({
  name: 'IDENTITY_EVENTS',
  says: 'Users and their API keys.',
  domain: 'identity',
  subjectTokens: 3,
  isPartitioned: true,
  carries: identityCatalogue,
  keepDays: 'for ever', // Keys are rebuilt from here.
  sizeBytesMax: null,
  eventBytesMax: 16_384,
  whenFull: 'refuse',
  dedupeForMs: 600_000,
  durability: 'truth',
});
