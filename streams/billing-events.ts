import { billingCatalogue } from '@lurus/events/catalogue/billing';
import { defineStream } from '@lurus/events/stream';

export const billingEvents = defineStream({
  name: 'BILLING_EVENTS',
  says: 'Every fact about money. Wallets are a fold of this stream.',
  domain: 'billing',
  subjectTokens: 4, // entity, fact, tenant, wallet: partitioned by wallet, so that one wallet has one order and one writer.
  isPartitioned: true,
  carries: billingCatalogue,
  keepDays: 'for ever', // A wallet that cannot be rebuilt is a mutable number.
  sizeBytesMax: null,
  eventBytesMax: 16_384,
  whenFull: 'refuse', // Losing a charge silently is worse than refusing a request loudly.
  dedupeForMs: 600_000, // Longer than a gateway's whole retry budget, so that a retried append is dropped.
  durability: 'truth',
});
