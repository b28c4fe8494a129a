/** The list of models that a key can ask for, in the form of the client that asks. */
import type { DialectName } from '@lurus/base/dialect-name';
import type { Dialect } from '@lurus/dialects/dialect';
import type { Exchange } from './exchange.ts';
import type { Gateway } from './gateway.ts';
import { identify } from './identify.ts';
import { knownModels } from './plan.ts';

/** Which models a form lists: those that a client of that form can call. Both of OpenAI's dialects share one list. */
const LISTED: Readonly<Record<DialectName, readonly DialectName[]>> = {
  anthropic: ['anthropic'],
  gemini: ['gemini'],
  'openai-chat': ['openai-chat', 'openai-responses'],
  'openai-responses': ['openai-chat', 'openai-responses'],
};

/** Answers with the list. Throws an authentication Problem where the caller is unknown. */
export function listModels(exchange: Exchange, dialect: Dialect, gateway: Gateway): void {
  const { tenantId, models } = identify(exchange, gateway.keys);
  const names = knownModels({ tenantId, allowedModels: models, dialects: LISTED[dialect.name] }, gateway.tables);
  const body = dialect.renderModels(names.map((id) => ({ id, ownedBy: tenantId })));
  exchange.send(200, { 'content-type': 'application/json' }, JSON.stringify(body));
}
