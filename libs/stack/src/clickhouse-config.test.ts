import { expect, test } from 'vitest';
import { containerUsers, embeddedConfig, embeddedUsers } from './clickhouse-config.ts';

const users = { ownerPassword: 'owner-secret', analystPassword: 'analyst-secret', databases: ['lurus'] };

test('passwords stand in the files as digests alone', () => {
  for (const text of [embeddedUsers(users), containerUsers(users)]) {
    expect(text).not.toContain('owner-secret');
    expect(text).not.toContain('analyst-secret');
    expect(text.match(/<password_sha256_hex>[0-9a-f]{64}</g)).toHaveLength(2);
  }
});

test('the passwordless session of the embedded engine may open listeners and wait, nothing else', () => {
  const [, grants = ''] = /<default>\s*<password>[^]*?<grants>(.*?)<\/grants>/.exec(embeddedUsers(users)) ?? [];
  expect(grants).toBe('<query>GRANT SYSTEM LISTEN ON *.*</query><query>GRANT SELECT ON system.numbers</query>');
});

test('a container has no passwordless user at all', () => {
  expect(containerUsers(users)).toContain('<default remove="remove"/>');
});

test('the analyst reads the named databases and nothing else', () => {
  expect(embeddedUsers(users)).toContain('<grants><query>GRANT SELECT ON lurus.*</query></grants>');
});

test('a folder with markup in its name stays text', () => {
  expect(embeddedConfig({ usersPath: '/a & b/<users>.xml' })).toContain('/a &amp; b/&lt;users&gt;.xml');
});
