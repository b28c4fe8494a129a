import { type ProviderId, unchecked } from '@lurus/base/ids';
import { pricePublished, providerChanged, providerRegistered, providerRemoved } from '@lurus/events/catalogue/provider';
import { exampleOf } from '@lurus/events/examples';
import { given, told } from '@lurus/projection/spec';
import { test } from 'vitest';
import { routes } from './projection.ts';

const { providerId } = exampleOf(providerRegistered);
const registered = () => told(providerRegistered, exampleOf(providerRegistered));
const removed = () => told(providerRemoved, { ...exampleOf(providerRemoved), providerId });

test('a registered provider is a row with everything that a request needs', () =>
  given(routes)
    .when([registered(), told(pricePublished, exampleOf(pricePublished))])
    .then({
      states: [{ kind: 'known', providerId, isRemoved: false }],
      rows: { providers: [{ provider_id: providerId, base_url: exampleOf(providerRegistered).baseUrl, is_removed: false, sequence: 1 }] },
    }));

test('a change replaces everything, a removal only marks', () =>
  given(routes, [registered()])
    .when([told(providerChanged, { ...exampleOf(providerChanged), providerId, priority: 77, models: ['gpt-*'] }), removed()])
    .then([{ priority: 77, models: ['gpt-*'], isRemoved: true, sequence: 3 }]));

test('a provider that is registered again after its removal is routed to again', () =>
  given(routes, [registered(), removed()])
    .when([registered()])
    .then([{ isRemoved: false, sequence: 3 }]));

test('the removal of an unknown provider is set aside', () =>
  given(routes, [registered()])
    .when([told(providerRemoved, { ...exampleOf(providerRemoved), providerId: unchecked<ProviderId>('01KAQ4V0H0PR0V1DER00000009') })])
    .then({ states: [{ isRemoved: false }], parked: [2] }));

test('the bucket has every provider under its tenant, removed ones marked', () =>
  given(routes, [registered()])
    .when([removed()])
    .then({
      bucket: { [`main.${providerId}`]: { providerId, baseUrl: exampleOf(providerRegistered).baseUrl, isRemoved: true, sequence: 2 } },
    }));
