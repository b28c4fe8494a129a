import { expect, test } from 'vitest';
import { targetUrl } from './target-url.ts';

const rows: readonly [baseUrl: string, path: string, query: string, origin: string, sent: string][] = [
  ['https://api.anthropic.com', '/v1/messages', '?beta=true', 'https://api.anthropic.com', '/v1/messages?beta=true'],
  ['https://api.openai.com/v1', '/v1/chat/completions', '', 'https://api.openai.com', '/v1/chat/completions'],
  ['https://api.openai.com/v1/', '/v1/responses', '', 'https://api.openai.com', '/v1/responses'],
  ['https://open.example.cn/api/paas/v4', '/v1/chat/completions', '', 'https://open.example.cn', '/api/paas/v4/chat/completions'],
  ['https://g.example.com/v1beta', '/v1/models/m:generateContent', '', 'https://g.example.com', '/v1beta/models/m:generateContent'],
  ['http://127.0.0.1:18200/prefix', '/v1/messages', '', 'http://127.0.0.1:18200', '/prefix/v1/messages'],
];

test.each(rows)('%s and %s%s meet', (baseUrl, path, query, origin, sent) => {
  expect(targetUrl({ baseUrl, path, query })).toEqual({ origin, path: sent });
});

test('a base that is no URL is refused', () => {
  expect(() => targetUrl({ baseUrl: 'nowhere', path: '/v1/messages', query: '' })).toThrow(TypeError);
});
