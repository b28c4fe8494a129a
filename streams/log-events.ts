import { logCatalogue } from '@lurus/events/catalogue/log';
import { defineStream } from '@lurus/events/stream';

export const logEvents = defineStream({
  name: 'LOG_EVENTS',
  says: 'Notices for operators. May be lossy.',
  domain: 'log',
  subjectTokens: 2,
  isPartitioned: false,
  carries: logCatalogue,
  keepDays: 1,
  sizeBytesMax: 1_073_741_824,
  eventBytesMax: 65_536,
  whenFull: 'drop the oldest',
  dedupeForMs: 120_000,
  durability: 'derived', // A notice is not worth an fsync.
});
