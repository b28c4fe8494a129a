import type { ReadyFile } from '@lurus/stack/ready-file';
import { expect, test } from 'vitest';
import { banner } from './banner.ts';

const ready: ReadyFile = {
  gateway: 'http://127.0.0.1:18100',
  provider: 'http://127.0.0.1:18101',
  billing: 'http://127.0.0.1:18103',
  log: 'http://127.0.0.1:18102',
  simulator: 'http://127.0.0.1:18200',
  projector: 'http://127.0.0.1:18105',
  nats: 'nats://127.0.0.1:14222',
  nats_ws: 'ws://127.0.0.1:18222',
  postgres: 'postgres://analyst:p@127.0.0.1:15432/lurus',
  clickhouse: 'http://analyst:c@127.0.0.1:18123/lurus',
  admin_token: 'lurus-admin-example',
  demo_key: 'sk-lurus-example',
};

const text = banner({ ready, home: '/srv/ada/switch/.lurus', startedMs: 2_345 });

test('it shows every address and secret that ready.json holds', () => {
  for (const value of Object.values(ready)) expect(text).toContain(value);
});

test('it says what to paste for each of the three CLIs', () => {
  expect(text).toContain('ANTHROPIC_BASE_URL=http://127.0.0.1:18100 ANTHROPIC_AUTH_TOKEN=sk-lurus-example claude');
  expect(text).toContain('base_url="http://127.0.0.1:18100/v1"');
  expect(text).toContain('GOOGLE_GEMINI_BASE_URL=http://127.0.0.1:18100 GEMINI_API_KEY=sk-lurus-example gemini');
});

test('it says how long the start took', () => {
  expect(text).toContain('ready (2.3 s)');
});
