import { Problem } from '@lurus/base/problem';
import { describe, expect, test } from 'vitest';
import { NO_DIALS, readDials } from './dials.ts';
import { faultForms, readFault } from './faults.ts';

const ofModel = (model: string) => readDials({ headers: {}, model });
const ofHeaders = (headers: Record<string, string>) => readDials({ headers, model: 'gpt-5.5' });

test('a model of another name turns no dial', () => expect(ofModel('claude-simple')).toEqual(NO_DIALS));

describe('the name of a model', () => {
  test('sets several dials at once', () =>
    expect(ofModel('sim-tokens-200-rate-50-delay-300-chunk-7-reasoning-9')).toEqual({
      ...NO_DIALS,
      tokens: 200,
      rate: 50,
      delayMs: 300,
      chunkBytes: 7,
      reasoningTokens: 9,
    }));

  test('holds a fault with its arguments between other dials', () =>
    expect(ofModel('sim-tokens-5-fault-status-503-retry-2-delay-10')).toEqual({
      ...NO_DIALS,
      tokens: 5,
      delayMs: 10,
      fault: { kind: 'status', status: 503, retryAfterSeconds: 2 },
    }));

  test('asks for a tool turn', () => expect(ofModel('sim-tool-rate-5')).toEqual({ ...NO_DIALS, tool: true, rate: 5 }));

  test('names a recorded answer and its delivery', () =>
    expect(ofModel('sim-fixture-openai-chat/kimi-stream@2').fixture).toEqual({ name: 'openai-chat/kimi-stream', delivery: 2 }));

  test.each(['sim-foo', 'sim-tokens-many', 'sim-fault-nonsense', 'sim-tokens-999999999', 'sim-fixture-../../etc/passwd'])(
    'is refused where a dial cannot be read: %s',
    (model) => expect(() => ofModel(model)).toThrow(Problem),
  );
});

describe('headers', () => {
  test('set the same dials', () =>
    expect(ofHeaders({ 'x-sim-tokens': '7', 'x-sim-fault': 'reset-after-100', 'x-sim-tool': 'get_weather' })).toEqual({
      ...NO_DIALS,
      tokens: 7,
      fault: { kind: 'reset', afterBytes: 100 },
      tool: 'get_weather',
    }));

  test('count more than the name of the model', () =>
    expect(readDials({ headers: { 'x-sim-tokens': '7' }, model: 'sim-tokens-9-rate-3' })).toEqual({ ...NO_DIALS, tokens: 7, rate: 3 }));

  test('say which of them could not be read', () =>
    expect(() => ofHeaders({ 'x-sim-rate': 'fast' })).toThrow('The simulator does not know the dial "fast" in the header x-sim-rate.'));
});

describe('faults', () => {
  test('are all reached by the form that documentation shows', () => {
    const examples = faultForms.map(({ form }) =>
      form.replace('<code>', '429').replace('[-retry-<seconds>]', '-retry-3').replace('<bytes>', '12'),
    );
    expect(examples.map((example) => readFault(example)?.length)).toEqual(examples.map((example) => example.length));
  });

  test('are whole words', () => expect(readFault('modelling')).toBeUndefined());
});
