/** What projectors report about themselves. */
import { EventIdSchema, WalletIdSchema } from '@lurus/base/ids';
import { z } from 'zod';
import { defineEvent } from '../event.ts';
import { Text } from './fields.ts';

const about = {
  projection: Text,
  projectionVersion: z.number().int().positive(),
  stream: Text,
  sequence: z.number().int().positive(),
};

export const eventParked = defineEvent({
  name: 'event.parked',
  version: 1,
  domain: 'projector',
  says: 'A projection could not apply this event, set it aside and went on.',
  data: z.strictObject({ ...about, eventId: EventIdSchema.nullable(), error: Text }),
});

export const walletFrozen = defineEvent({
  name: 'wallet.frozen',
  version: 1,
  domain: 'projector',
  says: 'An event about money could not be applied: its wallet admits no requests and its later events wait in order. Other wallets go on.',
  data: z.strictObject({ ...about, walletId: WalletIdSchema, error: Text }),
});

export const projectionStopped = defineEvent({
  name: 'projection.stopped',
  version: 1,
  domain: 'projector',
  says: 'A projection stopped, because going on could make its view wrong.',
  data: z.strictObject({ projection: Text, projectionVersion: z.number().int().positive(), error: Text }),
});

export const projectorCatalogue = [eventParked, walletFrozen, projectionStopped] as const;
