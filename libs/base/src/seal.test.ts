import { expect, test } from 'vitest';
import { seal, unseal } from './seal.ts';

const masterKey = 'a master key for tests';

test('what was sealed for an owner opens for that owner alone', () => {
  const sealed = seal({ secret: 'sk-upstream-ü', owner: 'P1', masterKey });
  expect(unseal({ sealed, owner: 'P1', masterKey })).toBe('sk-upstream-ü');
  expect(sealed).not.toContain('upstream');
  expect(() => unseal({ sealed, owner: 'P2', masterKey })).toThrow('does not open');
  expect(() => unseal({ sealed, owner: 'P1', masterKey: 'another' })).toThrow('does not open');
});

test('an altered or foreign text is refused', () => {
  const sealed = seal({ secret: 'secret', owner: 'P1', masterKey });
  const altered = sealed.slice(0, -2) + (sealed.endsWith('AA') ? 'BB' : 'AA');
  expect(() => unseal({ sealed: altered, owner: 'P1', masterKey })).toThrow('does not open');
  expect(() => unseal({ sealed: 'plain text', owner: 'P1', masterKey })).toThrow('unknown form');
});

test('sealing twice never gives the same text', () => {
  const input = { secret: 'secret', owner: 'P1', masterKey };
  expect(seal(input)).not.toBe(seal(input));
});
