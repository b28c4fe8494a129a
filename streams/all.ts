import type { StreamDefinition } from '@lurus/events/stream';
import { billingEvents } from './billing-events.ts';
import { identityEvents } from './identity-events.ts';
import { llmEvents } from './llm-events.ts';
import { logEvents } from './log-events.ts';
import { projectorEvents } from './projector-events.ts';
import { providerEvents } from './provider-events.ts';

/** Every stream that exists. */
export const allStreams: readonly StreamDefinition[] = [
  billingEvents,
  llmEvents,
  identityEvents,
  providerEvents,
  logEvents,
  projectorEvents,
];
