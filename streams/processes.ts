/** Which process appends which events, mirrors and writes which buckets, and reads which streams. The one list; permissions come from it. */
import { holdExpired, holdPlaced, holdReleased, usageSettled, walletAdjusted, walletCredited } from '@lurus/events/catalogue/billing';
import { identityCatalogue } from '@lurus/events/catalogue/identity';
import { llmCatalogue } from '@lurus/events/catalogue/llm';
import { logCatalogue } from '@lurus/events/catalogue/log';
import { projectorCatalogue } from '@lurus/events/catalogue/projector';
import { providerCatalogue } from '@lurus/events/catalogue/provider';
import { defineProcess, type ProcessDefinition } from '@lurus/events/process';
import { allStreams } from './all.ts';
import { billingEvents } from './billing-events.ts';
import { allBuckets, balancesBucket, keysBucket, pricesBucket, routesBucket } from './buckets.ts';
import { identityEvents } from './identity-events.ts';
import { llmEvents } from './llm-events.ts';
import { providerEvents } from './provider-events.ts';

export const gatewayProcess = defineProcess({
  name: 'gateway',
  says: 'Relays requests. Reserves and charges money, but can neither give any nor write a view.',
  appends: [...llmCatalogue, holdPlaced, holdReleased, usageSettled, ...logCatalogue],
  mirrors: [keysBucket, routesBucket, pricesBucket, balancesBucket],
  writes: [],
  consumes: [],
  reads: [],
  role: 'process',
});

export const billingProcess = defineProcess({
  name: 'billing',
  says: 'Takes commands about users, keys and money.',
  appends: [walletCredited, walletAdjusted, ...identityCatalogue, ...logCatalogue],
  mirrors: [keysBucket, balancesBucket], // To answer a command only when the gateways can see what it did.
  writes: [],
  consumes: [],
  reads: [billingEvents, identityEvents],
  role: 'process',
});

export const providerProcess = defineProcess({
  name: 'provider',
  says: 'Takes commands about providers and prices.',
  appends: [...providerCatalogue, ...logCatalogue],
  mirrors: [routesBucket, pricesBucket], // To answer a command only when the gateways can see what it did.
  writes: [],
  consumes: [],
  reads: [providerEvents],
  role: 'process',
});

export const logProcess = defineProcess({
  name: 'log',
  says: 'Answers questions about requests, usage and receipts.',
  appends: logCatalogue,
  mirrors: [],
  writes: [],
  consumes: [],
  reads: allStreams, // A receipt shows the very events that it came from.
  role: 'process',
});

export const projectorProcess = defineProcess({
  name: 'projector',
  says: 'Folds streams into views. The only process that writes buckets; expires holds whose gateway died.',
  appends: [holdExpired, ...projectorCatalogue, ...logCatalogue],
  mirrors: [],
  writes: allBuckets,
  consumes: [billingEvents, llmEvents, identityEvents, providerEvents],
  reads: allStreams,
  role: 'process',
});

export const operatorProcess = defineProcess({
  name: 'operator',
  says: 'People with the nats CLI: read everything, change nothing but consumers.',
  appends: [],
  mirrors: allBuckets,
  writes: [],
  consumes: [],
  reads: allStreams,
  role: 'operator',
});

export const deployerProcess = defineProcess({
  name: 'deployer',
  says: 'Creates and changes streams and buckets, at system start and by `lurus streams apply`. The only one that could delete any.',
  appends: [],
  mirrors: [],
  writes: [],
  consumes: [],
  reads: allStreams,
  role: 'deployer',
});

/** Every process that has a NATS user. */
export const allProcesses: readonly ProcessDefinition[] = [
  deployerProcess,
  gatewayProcess,
  providerProcess,
  billingProcess,
  logProcess,
  projectorProcess,
  operatorProcess,
];
