import { createApiKey } from '@lurus/base/api-key';
import { expect, test } from 'vitest';
import { createLogger } from './logger.ts';

function capture(secrets: readonly string[] = []) {
  const lines: string[] = [];
  const logger = createLogger({ name: 'test', instance: '2', level: 'info', secrets, output: { write: (line) => void lines.push(line) } });
  return { logger, text: () => lines.join('') };
}

test('a line is JSON with process, instance, level name and time', () => {
  const { logger, text } = capture();
  logger.info({ requestId: 'r1' }, 'answered');
  expect(JSON.parse(text())).toMatchObject({ level: 'info', process: 'test', instance: '2', requestId: 'r1', msg: 'answered' });
  expect(JSON.parse(text()).time).toMatch(/^\d{4}-\d\d-\d\dT/);
});

test.each([
  ['authorization', { headers: { authorization: 'Bearer abcdefghijkl' } }],
  ['x-api-key', { request: { headers: { 'x-api-key': 'abcdefghijkl' } } }],
  ['credential', { provider: { credential: 'abcdefghijkl' } }],
  ['password', { password: 'abcdefghijkl' }],
])('the field %s is never printed', (_name, fields) => {
  const { logger, text } = capture();
  logger.info(fields, 'line');
  expect(text()).not.toContain('abcdefghijkl');
  expect(text()).toContain('[redacted]');
});

test('secrets are recognised by their shape wherever they stand, errors included', () => {
  const { secret, keyId } = createApiKey();
  const { logger, text } = capture();
  logger.info({ deep: { deeper: { deepest: { anything: secret } } } }, `refused ${secret}`);
  logger.error({ err: new Error('connect postgres://lurus:hunter2hunter2@127.0.0.1:15432/lurus failed') }, 'away');
  logger.info('upstream said: invalid key sk-ant-api03-abcdefghijklmnopqrstuvwxyz');
  expect(text()).not.toContain(secret);
  expect(text()).toContain(keyId);
  expect(text()).not.toContain('hunter2');
  expect(text()).not.toContain('abcdefghijklmnop');
  expect(text()).toContain('127.0.0.1:15432');
});

test('values named as secrets are taken out of every line, text and errors alike', () => {
  const { logger, text } = capture(['the-admin-token-itself', 'short']);
  logger.info({ note: 'used the-admin-token-itself here' }, 'a short line');
  logger.error({ err: new Error('the-admin-token-itself was wrong') }, 'refused');
  expect(text()).not.toContain('the-admin-token-itself');
  expect(text()).toContain('a short line');
});
