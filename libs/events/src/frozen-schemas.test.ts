/**
 * Published schemas are frozen: streams hold their events for ever, so a changed schema would make old events unreadable or, worse, readable
 * as something else. `frozen-schemas.json` pins the hash of the JSON schema of each version that was ever published.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { jsonSchemaOf } from '@lurus/base/json-schema';
import { z } from 'zod';
import { expect, test } from 'vitest';
import { catalogue } from './catalogue/all.ts';
import type { EventDefinition } from './event.ts';

const frozen = z.record(z.string(), z.string()).parse(JSON.parse(readFileSync(new URL('./frozen-schemas.json', import.meta.url), 'utf8')));

/** What is accepted from the wire. */
const hashOf = (definition: EventDefinition): string =>
  createHash('sha256')
    .update(JSON.stringify(jsonSchemaOf(definition.data)))
    .digest('hex');

const howTo = (key: string, hash: string): string => `${key} is not what was published.
  If ${key} has never been released: pin its new hash in libs/events/src/frozen-schemas.json:
    "${key}": "${hash}"
  If it has: put its schema back, and publish the change as a new version instead:
    1. raise \`version\` of its definition in libs/events/src/catalogue and change the schema there;
    2. add a pure upcaster for "${key}" to \`upcasters\` in libs/events/src/catalogue/all.ts, with a test of an old event;
    3. leave the line of ${key} where it is and add one for the new version.
  `;

test.each([...catalogue.definitions.values()].map((definition) => [`${definition.name}@${definition.version}`, definition] as const))(
  '%s has the schema that was published',
  (key, definition) => {
    const hash = hashOf(definition);
    if (frozen[key] !== hash) expect.fail(howTo(key, hash));
  },
);

test('every version ever published can still be read', () => {
  const unreadable = Object.keys(frozen).filter((key) => {
    const [name = '', version = ''] = key.split('@');
    const current = catalogue.definitions.get(name)?.version ?? 0;
    if (Number(version) === current) return false;
    const steps = Array.from({ length: Math.max(0, current - Number(version)) }, (_, step) => `${name}@${Number(version) + step}`);
    return steps.length === 0 || steps.some((step) => !catalogue.upcasters.has(step));
  });
  expect(unreadable).toEqual([]);
});
