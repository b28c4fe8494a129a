/** The whole catalogue, for decoding and for the generated reference. */
import type { Catalogue } from '../codec.ts';
import type { EventDefinition } from '../event.ts';
import { billingCatalogue } from './billing.ts';
import { identityCatalogue } from './identity.ts';
import { llmCatalogue } from './llm.ts';
import { logCatalogue } from './log.ts';
import { projectorCatalogue } from './projector.ts';
import { providerCatalogue } from './provider.ts';

const definitions: readonly EventDefinition[] = [
  ...billingCatalogue,
  ...llmCatalogue,
  ...identityCatalogue,
  ...providerCatalogue,
  ...logCatalogue,
  ...projectorCatalogue,
];

/** Every event that exists, by name. No version has been superseded yet, so there are no upcasters. */
export const catalogue: Catalogue = {
  definitions: new Map(definitions.map((definition) => [definition.name, definition])),
  upcasters: new Map(),
};
