import { expect, test } from 'vitest';
import { closestDialect, isGreeting, modelListDialect, unservedProblem } from './endpoints.ts';

test.each([
  ['/v1beta/nothing', {}, 'gemini'],
  ['/v1/models/m:nothing', {}, 'gemini'],
  ['/nothing', { 'x-goog-api-key': 'k' }, 'gemini'],
  ['/v1/messages/nothing', {}, 'anthropic'],
  ['/nothing', { 'anthropic-version': '2023-06-01' }, 'anthropic'],
  ['/v1/responses/x', {}, 'openai-responses'],
  ['/nothing', {}, 'openai-chat'],
])('an error about %s takes the form that its client understands', (path, headers, dialect) => {
  expect(closestDialect({ path, headers })).toBe(dialect);
});

test.each([
  ['GET', '/v1/models', {}, 'openai-chat'],
  ['GET', '/models', {}, 'openai-chat'],
  ['GET', '/v1/models', { 'anthropic-version': '2023-06-01' }, 'anthropic'],
  ['GET', '/v1/models', { 'x-goog-api-key': 'k' }, 'gemini'],
  ['GET', '/v1beta/models', {}, 'gemini'],
  ['POST', '/v1/models', {}, undefined],
  ['GET', '/v1/messages', {}, undefined],
])('%s %s is the list of models in its form', (method, path, headers, dialect) => {
  expect(modelListDialect({ method, path, headers })).toBe(dialect);
});

test('warm-ups are greeted', () => {
  expect([isGreeting({ method: 'HEAD', path: '/' }), isGreeting({ method: 'HEAD', path: '/api/hello' })]).toEqual([true, true]);
  expect(isGreeting({ method: 'POST', path: '/' })).toBe(false);
});

test('an unknown path is told which ones there are', () => {
  const { details } = unservedProblem({ method: 'POST', path: '/v1/embeddings' }, () => false);
  expect(details).toMatchObject({ code: 'path_unknown', status: 404, isRetryable: false });
  expect(details.fix).toContain('POST /v1/messages');
});

test('a known path with the wrong method is told the right one', () => {
  const { details } = unservedProblem({ method: 'GET', path: '/v1/messages' }, (method) => method === 'POST');
  expect(details).toMatchObject({ code: 'method_not_allowed', status: 405 });
  expect(details.fix).toContain('POST');
});
