import { projectorCatalogue } from '@lurus/events/catalogue/projector';
import { defineStream } from '@lurus/events/stream';

export const projectorEvents = defineStream({
  name: 'PROJECTOR_EVENTS',
  says: 'What projectors report about themselves: parked events, frozen wallets, stops.',
  domain: 'projector',
  subjectTokens: 2,
  isPartitioned: false,
  carries: projectorCatalogue,
  keepDays: 90,
  sizeBytesMax: null,
  eventBytesMax: 16_384,
  whenFull: 'drop the oldest',
  dedupeForMs: 120_000,
  durability: 'truth',
});
