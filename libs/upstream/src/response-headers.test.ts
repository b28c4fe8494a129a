import { expect, test } from 'vitest';
import { responseHeaders } from './response-headers.ts';

test('what clients use is passed on', () => {
  const received = {
    'content-type': 'text/event-stream',
    'request-id': 'req_1',
    'retry-after': '3',
    'x-codex-turn-state': 'opaque',
    'openai-processing-ms': '12',
  };
  expect(responseHeaders(received)).toEqual(received);
});

test('what tells of the account, the machines or another model stays here', () => {
  const received = {
    'openai-model': 'other',
    'openai-organization': 'org-1',
    'set-cookie': ['a=b', 'c=d'],
    server: 'cloudflare',
    'cf-ray': '1',
    'anthropic-ratelimit-requests-remaining': '3',
    'anthropic-organization-id': 'org',
    'x-ratelimit-remaining-tokens': '3',
    'content-length': '12',
    'transfer-encoding': 'chunked',
    'content-encoding': 'gzip',
    authorization: 'Bearer leaked',
  };
  expect(responseHeaders(received)).toEqual({});
});
