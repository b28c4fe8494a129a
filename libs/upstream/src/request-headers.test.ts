import { expect, test } from 'vitest';
import type { ProviderCall } from './provider-call.ts';
import { requestHeaders } from './request-headers.ts';

const call = (over: Partial<ProviderCall>): ProviderCall => ({
  method: 'POST',
  baseUrl: 'http://provider.test',
  path: '/v1/messages',
  query: '',
  headers: {},
  body: new Uint8Array(),
  authStyle: 'x-api-key',
  credential: 'provider-secret',
  requestId: 'R1',
  ...over,
});

test('what the client says about its call goes on, known or unknown', () => {
  const headers = {
    'anthropic-version': '2026-10-21',
    'anthropic-beta': 'a,b',
    'x-codex-turn-state': 'opaque',
    'user-agent': 'claude-cli/2.1.330',
    accept: 'text/event-stream',
    'content-type': 'application/json',
    'x-some-new-thing': 'kept',
  };
  expect(requestHeaders(call({ headers }))).toMatchObject(headers);
});

test('keys, cookies, hop-by-hop headers and where it came from stay here', () => {
  const headers = {
    authorization: 'Bearer sk-lurus-client',
    'x-goog-api-key': 'sk-lurus-client',
    cookie: 'a=b',
    host: 'gateway.test',
    connection: 'keep-alive, x-private-hop',
    'x-private-hop': '1',
    'transfer-encoding': 'chunked',
    'content-length': '12',
    'content-encoding': 'zstd',
    'accept-encoding': 'gzip, br',
    'x-forwarded-for': '192.0.2.1',
    'cf-ray': '1',
    'sec-fetch-mode': 'cors',
    'x-lurus-request-id': 'forged',
  };
  expect(requestHeaders(call({ headers }))).toEqual({
    'accept-encoding': 'identity',
    'x-api-key': 'provider-secret',
    'x-lurus-request-id': 'R1',
  });
});

test.each([
  ['bearer', 'authorization', 'Bearer provider-secret'],
  ['x-api-key', 'x-api-key', 'provider-secret'],
  ['x-goog-api-key', 'x-goog-api-key', 'provider-secret'],
] as const)('the credential is sent as %s', (authStyle, name, value) => {
  expect(requestHeaders(call({ authStyle }))[name]).toBe(value);
});

test('a provider without credentials gets none', () => {
  const sent = requestHeaders(call({ authStyle: 'none', credential: undefined }));
  expect(Object.keys(sent).sort()).toEqual(['accept-encoding', 'x-lurus-request-id']);
});
