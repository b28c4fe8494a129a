import { instantOf } from '@lurus/base/clock';
import { type EventId, unchecked } from '@lurus/base/ids';
import { picosPerToken } from '@lurus/base/money';
import { pricePublished, priceWithdrawn, providerRegistered } from '@lurus/events/catalogue/provider';
import { keyToken } from '@lurus/events/bucket';
import { exampleOf } from '@lurus/events/examples';
import { toWire } from '@lurus/events/wire';
import { given, told } from '@lurus/projection/spec';
import { test } from 'vitest';
import { prices } from './projection.ts';

const firstVersion = unchecked<EventId>('01KAQ4V0H0PR1CE00000000001');
const secondVersion = unchecked<EventId>('01KAQ4V0H0PR1CE00000000002');
const firstAt = instantOf(Date.UTC(2026, 10, 23));
const secondAt = instantOf(Date.UTC(2026, 10, 24));
const thirdAt = instantOf(Date.UTC(2026, 10, 25));

const published = (id: EventId, at = firstAt, inputPicos = 3_000_000n) => {
  const data = exampleOf(pricePublished);
  return told(pricePublished, { ...data, rates: { ...data.rates, inputPicos: picosPerToken(inputPicos) } }, { id, at });
};
const withdrawn = (at = thirdAt) => told(priceWithdrawn, { ...exampleOf(priceWithdrawn), model: exampleOf(pricePublished).model }, { at });

test('the version of a price is the id of its event, in force until the next one', () =>
  given(prices, [published(firstVersion)])
    .when([published(secondVersion, secondAt, 4_000_000n), told(providerRegistered, exampleOf(providerRegistered))])
    .then({
      states: [{ priceVersion: secondVersion, rates: { inputPicos: 4_000_000n }, withdrawnAt: null }],
      rows: {
        prices: [
          { price_version: firstVersion, published_at: firstAt, superseded_at: secondAt, sequence: 1 },
          { price_version: secondVersion, published_at: secondAt, superseded_at: null, sequence: 2 },
        ],
      },
    }));

test('a withdrawn price is in force no more, and a price that follows it does not change when it ended', () =>
  given(prices, [published(firstVersion), withdrawn(secondAt)])
    .when([published(secondVersion, thirdAt)])
    .then({
      states: [{ priceVersion: secondVersion, withdrawnAt: null }],
      rows: { prices: [{ superseded_at: secondAt }, { superseded_at: null }] },
    }));

test('withdrawing twice keeps the first end; withdrawing what never was is set aside', () =>
  given(prices, [withdrawn(), published(firstVersion)])
    .when([withdrawn(secondAt), withdrawn(thirdAt)])
    .then({ states: [{ withdrawnAt: secondAt }], parked: [1] }));

test('rates stand in the row as in the event: snake_case names and decimal strings', async () => {
  const { model, rates } = exampleOf(pricePublished);
  await given(prices)
    .when([published(firstVersion)])
    .then({ rows: { prices: [{ model, tenant_id: 'main', rates: JSON.stringify(toWire({ ...rates, inputPicos: 3_000_000n })) }] } });
});

test('the bucket has the latest price of each pattern under its tenant, a withdrawn one marked', () => {
  const { model } = exampleOf(pricePublished);
  return given(prices, [published(firstVersion), published(secondVersion, secondAt)])
    .when([withdrawn()])
    .then({ bucket: { [`main.${keyToken(model)}`]: { model, priceVersion: secondVersion, isWithdrawn: true, sequence: 3 } } });
});
