/**
 * The vendors' own SDKs against the whole product: gateway, projectors and back ends as `npm start` runs them, the simulator behind it. After
 * each turn the books agree: what the SDK saw, what the simulator charged, the events, Postgres, KV and ClickHouse.
 */
import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import { promptTokens } from '@lurus/base/token-usage';
import { useSystem } from '@lurus/testkit/use-system';
import OpenAI, { AuthenticationError, BadRequestError, RateLimitError } from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Books, openBooks } from './books.ts';
import { makePoorKey } from './poor-key.ts';

const system = useSystem();
let books: Books;

beforeAll(async () => {
  books = await openBooks({ ready: system.ready(), home: system.home() });
});
beforeEach(() => books.clear());
afterAll(() => books.close());

const openai = (apiKey = system.ready().demo_key) => new OpenAI({ baseURL: `${system.ready().gateway}/v1`, apiKey, maxRetries: 0 });
const anthropic = (apiKey = system.ready().demo_key) => new Anthropic({ baseURL: system.ready().gateway, apiKey, maxRetries: 0 });
const gemini = (apiKey = system.ready().demo_key) => new GoogleGenAI({ apiKey, httpOptions: { baseUrl: system.ready().gateway } });

const HELLO = 'Hello from the simulator of Lurus Switch.';
const schema = { type: 'object' as const, properties: { city: { type: 'string' as const } }, required: ['city'] };

/** What the provider charged for everything since the test began, and that every other book says the same. */
async function charged(): Promise<{ readonly prompt: number; readonly output: number; readonly requests: number }> {
  expect(await books.differences()).toEqual([]);
  const entries = (await books.provider()).filter(({ operation }) => operation === 'generate');
  return {
    prompt: entries.reduce((sum, entry) => sum + promptTokens(entry.charged), 0),
    output: entries.reduce((sum, entry) => sum + entry.charged.outputTokens, 0),
    requests: entries.length,
  };
}

describe('@anthropic-ai/sdk', () => {
  const ask = { model: 'claude-sonnet-5', max_tokens: 2_000, messages: [{ role: 'user' as const, content: 'Say hello' }] };
  const saw = ({ usage }: Anthropic.Message) => ({
    prompt: usage.input_tokens + (usage.cache_read_input_tokens ?? 0) + (usage.cache_creation_input_tokens ?? 0),
    output: usage.output_tokens,
  });

  test('a plain answer', async () => {
    const message = await anthropic().messages.create(ask);
    expect(message.content).toEqual([{ type: 'text', text: HELLO }]);
    expect(await charged()).toEqual({ ...saw(message), requests: 1 });
  });

  test('a streamed answer with thinking and cache marks', async () => {
    const system = [
      { type: 'text' as const, text: 'word '.repeat(2_000), cache_control: { type: 'ephemeral' as const, ttl: '1h' as const } },
    ];
    const message = await anthropic()
      .messages.stream({ ...ask, system, thinking: { type: 'enabled', budget_tokens: 1_024 } })
      .finalMessage();
    expect(message.content.map((block) => block.type)).toEqual(['thinking', 'text']);
    expect(message.usage.cache_creation_input_tokens).toBeGreaterThan(2_000);
    expect(await charged()).toEqual({ ...saw(message), requests: 1 });
  });

  test('a tool turn', async () => {
    const tools = [{ name: 'get_weather', input_schema: schema }];
    const messages: Anthropic.MessageParam[] = [{ role: 'user', content: 'USE_TOOL please' }];
    const first = await anthropic()
      .messages.stream({ ...ask, messages, tools })
      .finalMessage();
    const call = first.content.find((block) => block.type === 'tool_use');
    expect(call?.input).toEqual({ city: 'simulated' });
    messages.push({ role: 'assistant', content: first.content as Anthropic.ContentBlockParam[] }); // What was received is what is sent back.
    messages.push({ role: 'user', content: [{ type: 'tool_result', tool_use_id: call?.id ?? '', content: 'Sunny' }] });
    const second = await anthropic()
      .messages.stream({ ...ask, messages, tools })
      .finalMessage();
    expect(second.content).toEqual([{ type: 'text', text: 'The tool answered: Sunny Done.' }]);
    expect(await charged()).toEqual({
      prompt: saw(first).prompt + saw(second).prompt,
      output: saw(first).output + saw(second).output,
      requests: 2,
    });
  });

  test('counted tokens cost nothing', async () => {
    const counted = await anthropic().messages.countTokens({ model: ask.model, messages: ask.messages });
    expect(counted.input_tokens).toBeGreaterThan(10);
    expect(await charged()).toEqual({ prompt: 0, output: 0, requests: 0 });
  });

  test('an error in the middle of a stream reaches it as an error, and what came before is charged', async () => {
    const stream = anthropic().messages.stream({ ...ask, model: 'sim-tokens-400-fault-error-mid' });
    await expect(stream.finalMessage()).rejects.toThrow('overloaded');
    const [entry] = await books.provider();
    const ending = await books.endingOf(entry?.id ?? '');
    expect(ending).toMatchObject({ reason: 'upstream_failed_during_answer', settled: { isEstimated: true, inputTokens: 0 } });
    expect(ending.settled?.outputTokens).toBe(entry?.charged.outputTokens);
  });
});

describe('openai, Chat Completions', () => {
  const ask = { model: 'gpt-5.5', messages: [{ role: 'user' as const, content: 'Say hello' }] };

  test('a plain answer', async () => {
    const completion = await openai().chat.completions.create(ask);
    expect(completion.choices[0]?.message.content).toBe(HELLO);
    expect(await charged()).toEqual({ prompt: completion.usage?.prompt_tokens, output: completion.usage?.completion_tokens, requests: 1 });
  });

  test('a streamed answer that did not ask for usage shows none, and is charged all the same', async () => {
    const stream = await openai().chat.completions.create({ ...ask, stream: true });
    let text = '';
    const usages: unknown[] = [];
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? '';
      if (chunk.usage) usages.push(chunk.usage);
    }
    expect(text).toBe(HELLO);
    expect(usages).toEqual([]);
    expect(await charged()).toMatchObject({ output: 11, requests: 1 });
  });

  test('a tool turn, streamed with usage', async () => {
    const tools = [{ type: 'function' as const, function: { name: 'get_weather', parameters: schema } }];
    const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: 'USE_TOOL please' }];
    const usage = { stream_options: { include_usage: true } };
    const first = await openai()
      .chat.completions.stream({ ...ask, ...usage, messages, tools })
      .finalChatCompletion();
    const call = first.choices[0]?.message.tool_calls?.[0];
    messages.push(first.choices[0]?.message ?? { role: 'assistant', content: '' });
    messages.push({ role: 'tool', tool_call_id: call?.id ?? '', content: 'Sunny' });
    const second = await openai()
      .chat.completions.stream({ ...ask, ...usage, messages, tools })
      .finalChatCompletion();
    expect(second.choices[0]?.message.content).toBe('The tool answered: Sunny Done.');
    expect(await charged()).toEqual({
      prompt: (first.usage?.prompt_tokens ?? 0) + (second.usage?.prompt_tokens ?? 0),
      output: (first.usage?.completion_tokens ?? 0) + (second.usage?.completion_tokens ?? 0),
      requests: 2,
    });
  });

  test('a client that leaves is charged for the whole answer, which is read to its end without it', async () => {
    const stream = await openai().chat.completions.create({ ...ask, model: 'sim-tokens-300-rate-600', stream: true });
    for await (const chunk of stream) if (chunk.choices[0]?.delta.content) break;
    expect(await charged()).toMatchObject({ output: 300, requests: 1 });
  });

  test('models are listed', async () => expect((await openai().models.list()).data.length).toBeGreaterThan(0));
});

describe('openai, Responses', () => {
  test('a plain answer', async () => {
    const response = await openai().responses.create({ model: 'gpt-5.5', input: 'Say hello' });
    expect(response.output_text).toBe(HELLO);
    expect(await charged()).toEqual({ prompt: response.usage?.input_tokens, output: response.usage?.output_tokens, requests: 1 });
  });

  test('a streamed answer with reasoning and a cache', async () => {
    const stream = openai().responses.stream({
      model: 'gpt-5.5',
      input: 'word '.repeat(2_000),
      reasoning: { effort: 'low' },
      prompt_cache_key: 'conversation',
    });
    const response = await stream.finalResponse();
    expect(response.output.map((item) => item.type)).toEqual(['reasoning', 'message']);
    expect(response.usage?.input_tokens_details.cached_tokens).toBeGreaterThan(1_000);
    expect(await charged()).toEqual({ prompt: response.usage?.input_tokens, output: response.usage?.output_tokens, requests: 1 });
  });

  test('a tool turn', async () => {
    const tools = [{ type: 'function' as const, name: 'get_weather', parameters: schema, strict: false }];
    const first = await openai().responses.stream({ model: 'gpt-5.5', input: 'USE_TOOL please', tools }).finalResponse();
    const call = first.output.find((item) => item.type === 'function_call');
    const input: OpenAI.Responses.ResponseInput = [
      { role: 'user', content: 'USE_TOOL please' },
      { type: 'function_call', call_id: call?.call_id ?? '', name: 'get_weather', arguments: call?.arguments ?? '' },
      { type: 'function_call_output', call_id: call?.call_id ?? '', output: 'Sunny' },
    ];
    const second = await openai().responses.stream({ model: 'gpt-5.5', input, tools }).finalResponse();
    expect(second.output_text).toBe('The tool answered: Sunny Done.');
    expect(await charged()).toEqual({
      prompt: (first.usage?.input_tokens ?? 0) + (second.usage?.input_tokens ?? 0),
      output: (first.usage?.output_tokens ?? 0) + (second.usage?.output_tokens ?? 0),
      requests: 2,
    });
  });
});

describe('@google/genai', () => {
  const ask = { model: 'gemini-2.5-flash', contents: 'Say hello' };
  const saw = (usage: { promptTokenCount?: number; candidatesTokenCount?: number; thoughtsTokenCount?: number } | undefined) => ({
    prompt: usage?.promptTokenCount,
    output: (usage?.candidatesTokenCount ?? 0) + (usage?.thoughtsTokenCount ?? 0),
  });

  test('a plain answer', async () => {
    const response = await gemini().models.generateContent(ask);
    expect(response.text).toBe(HELLO);
    expect(await charged()).toEqual({ ...saw(response.usageMetadata), requests: 1 });
  });

  test('a streamed answer with thoughts', async () => {
    const stream = await gemini().models.generateContentStream({ ...ask, config: { thinkingConfig: { includeThoughts: true } } });
    let last: Awaited<ReturnType<ReturnType<typeof gemini>['models']['generateContent']>> | undefined;
    for await (const chunk of stream) last = chunk;
    expect(last?.usageMetadata?.thoughtsTokenCount).toBe(12);
    expect(await charged()).toEqual({ ...saw(last?.usageMetadata), requests: 1 });
  });

  test('a tool turn', async () => {
    const config = { tools: [{ functionDeclarations: [{ name: 'get_weather', parametersJsonSchema: schema }] }] };
    const question = { role: 'user', parts: [{ text: 'USE_TOOL please' }] };
    const first = await gemini().models.generateContent({ ...ask, contents: [question], config });
    const functionResponse = { name: 'get_weather', response: { output: 'Sunny' } };
    const call = first.candidates?.[0]?.content ?? { role: 'model', parts: [] };
    const second = await gemini().models.generateContent({
      ...ask,
      contents: [question, call, { role: 'user', parts: [{ functionResponse }] }],
      config,
    });
    expect(second.text).toBe('The tool answered: {"output":"Sunny"} Done.');
    const [one, two] = [saw(first.usageMetadata), saw(second.usageMetadata)];
    expect(await charged()).toEqual({ prompt: (one.prompt ?? 0) + (two.prompt ?? 0), output: one.output + two.output, requests: 2 });
  });
});

describe('errors', () => {
  const chat = (model: string) => ({ model, messages: [{ role: 'user' as const, content: 'Say hello' }] });
  const message = (model: string) => ({ ...chat(model), max_tokens: 500 });

  test('a key that nobody issued is refused in every dialect, and neither the provider nor the books of money hear of it', async () => {
    const before = await books.moneyEvents();
    const invented = 'sk-lurus-00000000000000000000000000000000000000000000000';
    await expect(openai(invented).chat.completions.create(chat('gpt-5.5'))).rejects.toBeInstanceOf(AuthenticationError);
    await expect(anthropic(invented).messages.create(message('claude-sonnet-5'))).rejects.toMatchObject({
      status: 401,
      error: { error: { type: 'authentication_error' } },
    });
    await expect(gemini(invented).models.generateContent({ model: 'gemini-2.5-flash', contents: 'hi' })).rejects.toMatchObject({
      status: 401,
    });
    expect(await books.provider()).toEqual([]);
    expect(await books.moneyEvents()).toBe(before);
  });

  test('a key without money is refused in the words that each client stops at', async () => {
    const key = await makePoorKey(system.ready());
    const before = await books.moneyEvents();
    const refused = openai(key).chat.completions.create(chat('gpt-5.5'));
    await expect(refused).rejects.toBeInstanceOf(RateLimitError);
    await expect(refused).rejects.toMatchObject({ code: 'insufficient_quota' });
    await expect(anthropic(key).messages.create(message('claude-sonnet-5'))).rejects.toMatchObject({
      status: 429,
      error: { error: { type: 'billing_error' } },
    });
    await expect(gemini(key).models.generateContent({ model: 'gemini-2.5-flash', contents: 'hi' })).rejects.toThrow('QuotaFailure');
    expect(await books.provider()).toEqual([]);
    expect(await books.moneyEvents()).toBe(before);
  });

  test("a provider's refusal passes on unchanged and costs nothing", async () => {
    const refused = openai().chat.completions.create(chat('sim-fault-status-400'));
    await expect(refused).rejects.toBeInstanceOf(BadRequestError);
    await expect(refused).rejects.toThrow('The simulated provider was told to answer with status 400.');
    const [entry] = await books.provider();
    expect(await books.endingOf(entry?.id ?? '')).toEqual({
      events: ['hold.placed', 'hold.released'],
      reason: 'upstream_refused',
      settled: undefined,
    });
  });
});
