import { seal } from '@lurus/base/seal';
import { expect, test } from 'vitest';
import { createCredentials } from './credentials.ts';

const masterKey = 'a master key for tests';

test('a sealed credential opens for its own provider, again and again', () => {
  const credentials = createCredentials(masterKey);
  const provider = { providerId: 'P1', sealedCredential: seal({ secret: 'sk-provider', owner: 'P1', masterKey }) };
  expect([credentials.open(provider), credentials.open(provider)]).toEqual(['sk-provider', 'sk-provider']);
});

test('a credential moved to another provider does not open', () => {
  const sealedCredential = seal({ secret: 'sk-provider', owner: 'P1', masterKey });
  const credentials = createCredentials(masterKey);
  credentials.open({ providerId: 'P1', sealedCredential });
  expect(() => credentials.open({ providerId: 'P2', sealedCredential })).toThrow(/does not open/);
});

test('a provider without a credential has none', () => {
  expect(createCredentials(masterKey).open({ providerId: 'P1', sealedCredential: null })).toBeUndefined();
});
