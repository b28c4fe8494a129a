/** The small views, dropped and folded again in other batches and sessions: the same byte for byte, states read back included. */
import { type EventId, unchecked } from '@lurus/base/ids';
import { keyIssued, keyLimited, keyRevoked, userCreated } from '@lurus/events/catalogue/identity';
import { pricePublished, priceWithdrawn, providerChanged, providerRegistered, providerRemoved } from '@lurus/events/catalogue/provider';
import { exampleOf } from '@lurus/events/examples';
import { replayedDump } from '@lurus/projection/replay';
import { createSeededNumbers } from '@lurus/projection/seeded';
import { told, type Told } from '@lurus/projection/told';
import { usePostgres } from '@lurus/testkit/use-postgres';
import { expect, test } from 'vitest';
import { keys } from './keys/projection.ts';
import { prices } from './prices/projection.ts';
import { routes } from './routes/projection.ts';

const postgres = usePostgres();
const EVENTS = 120;

/** Any of the events, again and again, some under an id that was used before. */
function history(seed: number, choices: readonly ((number: number) => Told)[]): Told[] {
  const next = createSeededNumbers(seed);
  return Array.from({ length: EVENTS }, (_, number) => {
    const choice = choices[Math.floor(next() * choices.length)];
    if (!choice) throw new Error('there is no choice');
    return choice(number);
  });
}

const awkward = 'a "quoted", {braced} \\ back\\slashed, comma\'d näme\n';
const repeated = (number: number) => (number % 17 === 0 ? { id: unchecked<EventId>('01KAQ4V0H0EVENT00000000001') } : {});

const histories = {
  keys: [
    (number: number) => told(userCreated, { ...exampleOf(userCreated), userName: `${awkward}${number}` }, repeated(number)),
    (number: number) =>
      told(keyIssued, { ...exampleOf(keyIssued), label: awkward, models: [awkward, 'a,b', '', 'NULL'] }, repeated(number)),
    (number: number) =>
      told(keyLimited, { ...exampleOf(keyLimited), keyId: exampleOf(keyIssued).keyId, requestsPerMinute: number + 1 }, repeated(number)),
    (number: number) => told(keyRevoked, { ...exampleOf(keyRevoked), keyId: exampleOf(keyIssued).keyId }, repeated(number)),
  ],
  providers: [
    (number: number) =>
      told(providerRegistered, { ...exampleOf(providerRegistered), provider: awkward, weight: number + 1 }, repeated(number)),
    (number: number) =>
      told(
        providerChanged,
        { ...exampleOf(providerChanged), sealedCredential: null, modelMapping: [{ pattern: awkward, target: '"' }], priority: number },
        repeated(number),
      ),
    (number: number) =>
      told(providerRemoved, { ...exampleOf(providerRemoved), providerId: exampleOf(providerRegistered).providerId }, repeated(number)),
    (number: number) =>
      told(pricePublished, { ...exampleOf(pricePublished), model: number % 2 === 0 ? awkward : 'claude *' }, repeated(number)),
    (number: number) =>
      told(priceWithdrawn, { ...exampleOf(priceWithdrawn), model: number % 2 === 0 ? awkward : 'claude *' }, repeated(number)),
  ],
};

test.each([
  [keys, histories.keys],
  [routes, histories.providers],
  [prices, histories.providers],
] as const)('$name, dropped and folded again, is the same byte for byte', async (projection, choices) => {
  for (const seed of [1, 2]) {
    const input = { url: postgres.url, projection, events: history(seed, choices) };
    const plain = await replayedDump({ ...input, seed: 1, batchEventsMax: EVENTS * 2 });
    expect(plain).toContain('näme');
    expect(await replayedDump({ ...input, seed: 3, batchEventsMax: 4 })).toBe(plain);
    expect(await replayedDump({ ...input, seed: 5, batchEventsMax: 40 })).toBe(plain);
  }
});
