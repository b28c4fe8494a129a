import { expect, test } from 'vitest';
import { readSettings, SettingsError } from './setting.ts';

test('absent settings take their defaults and numbers are numbers', () => {
  expect(readSettings({ LURUS_GATEWAY_PORT: '19000', LURUS_HOST: '' }, ['LURUS_GATEWAY_PORT', 'LURUS_HOST'])).toEqual({
    LURUS_GATEWAY_PORT: 19_000,
    LURUS_HOST: '127.0.0.1',
  });
});

test('every fault is named at once, unknown variables among them', () => {
  const environment = { LURUS_GATWAY_PORT: '1', LURUS_GATEWAY_PORT: 'many', LURUS_ADMIN_TOKEN: 'short' };
  const read = () => readSettings(environment, ['LURUS_GATEWAY_PORT', 'LURUS_ADMIN_TOKEN', 'LURUS_NATS_URL']);
  expect(read).toThrow(SettingsError);
  for (const fault of [
    'LURUS_GATWAY_PORT is no setting',
    'LURUS_GATEWAY_PORT: must be',
    'LURUS_ADMIN_TOKEN',
    'LURUS_NATS_URL: is required',
  ]) {
    expect(read).toThrow(fault);
  }
});

test('variables of others are none of our business', () => {
  expect(readSettings({ PATH: '/bin', LURUSX: '1' }, [])).toEqual({});
});
