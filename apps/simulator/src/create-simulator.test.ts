/** The simulator over real sockets, read by the vendors' own SDKs. After an answer the book must say what the reader saw. */
import { request } from 'node:http';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import { promptTokens } from '@lurus/base/token-usage';
import OpenAI from 'openai';
import { describe, expect, test } from 'vitest';
import { chat, useSimulator } from './simulator.fixture.ts';

const simulator = useSimulator();
const openai = () => new OpenAI({ baseURL: `${simulator.url()}/v1`, apiKey: 'any', maxRetries: 0 });
const anthropic = () => new Anthropic({ baseURL: simulator.url(), apiKey: 'any', maxRetries: 0 });
const gemini = () => new GoogleGenAI({ apiKey: 'any', httpOptions: { baseUrl: simulator.url() } });

const HELLO = 'Hello from the simulator of Lurus Switch.';
const weather = {
  name: 'get_weather',
  description: 'Weather',
  schema: { type: 'object' as const, properties: { city: { type: 'string' as const } }, required: ['city'] },
};

describe('Anthropic Messages', () => {
  const ask = { model: 'claude-sonnet-5', max_tokens: 500, messages: [{ role: 'user' as const, content: 'Say hello' }] };

  test('answers whole, and the book says what the SDK saw', async () => {
    const message = await anthropic().messages.create(ask);
    const entry = await simulator.onlyEntry();
    expect(message.content).toEqual([{ type: 'text', text: HELLO }]);
    expect(message.stop_reason).toBe('end_turn');
    expect(message.usage).toEqual(entry.reported);
    expect([message.usage.input_tokens, message.usage.output_tokens]).toEqual([entry.charged.inputTokens, entry.charged.outputTokens]);
    expect(entry).toMatchObject({ dialect: 'anthropic', status: 200, ending: 'finished', isStream: false });
  });

  test('streams thinking and text, and the book says what the SDK added up', async () => {
    const message = await anthropic()
      .messages.stream({ ...ask, model: 'sim-tokens-40', thinking: { type: 'enabled', budget_tokens: 1024 }, max_tokens: 2000 })
      .finalMessage();
    const entry = await simulator.onlyEntry();
    expect(message.content.map((block) => block.type)).toEqual(['thinking', 'text']);
    expect(message.usage.output_tokens).toBe(entry.charged.outputTokens);
    expect(entry.charged).toMatchObject({ outputTokens: 52, reasoningTokens: 12 });
  });

  test('counts cache marks: read up to the last but one, written up to the last, for as long as that one says', async () => {
    const mark = (ttl: '5m' | '1h') => ({ cache_control: { type: 'ephemeral' as const, ttl } });
    const long = 'word '.repeat(200);
    const message = await anthropic().messages.create({
      ...ask,
      system: [
        { type: 'text', text: long, ...mark('5m') },
        { type: 'text', text: long, ...mark('1h') },
      ],
    });
    const { charged, requestBytes } = await simulator.onlyEntry();
    expect(charged.cacheReadTokens).toBeGreaterThan(200);
    expect(charged.cacheWrite1hTokens).toBeGreaterThan(200);
    expect(charged.cacheWrite5mTokens).toBe(0);
    expect(promptTokens(charged)).toBe(Math.ceil(requestBytes / 4));
    expect(message.usage.cache_creation).toEqual({ ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: charged.cacheWrite1hTokens });
    expect(message.usage.cache_read_input_tokens).toBe(charged.cacheReadTokens);
  });

  test('calls a tool and speaks about its result', async () => {
    const tools = [{ name: weather.name, description: weather.description, input_schema: weather.schema }];
    const messages: Anthropic.MessageParam[] = [{ role: 'user', content: 'USE_TOOL please' }];
    const first = await anthropic().messages.create({ ...ask, messages, tools });
    const call = first.content.find((block) => block.type === 'tool_use');
    expect(call).toMatchObject({ name: 'get_weather', input: { city: 'simulated' } });
    expect(first.stop_reason).toBe('tool_use');
    messages.push({ role: 'assistant', content: first.content as Anthropic.ContentBlockParam[] }); // What was received is what is sent back.
    messages.push({ role: 'user', content: [{ type: 'tool_result', tool_use_id: call?.id ?? '', content: 'Sunny' }] });
    const second = await anthropic().messages.create({ ...ask, messages, tools });
    expect(second.content).toEqual([{ type: 'text', text: 'The tool answered: Sunny Done.' }]);
  });

  test('counts tokens for nothing', async () => {
    const counted = await anthropic().messages.countTokens({ model: ask.model, messages: ask.messages });
    const entry = await simulator.onlyEntry();
    expect(counted.input_tokens).toBe(Math.ceil(entry.requestBytes / 4));
    expect(entry).toMatchObject({ operation: 'count_tokens', charged: { inputTokens: 0, outputTokens: 0 } });
  });

  test('gives every event its name, and a title that follows its schema', async () => {
    const format = { type: 'json_schema', schema: { type: 'object', properties: { title: { type: 'string' } } } };
    const response = await simulator.post('/v1/messages?beta=true', { ...ask, stream: true, tools: [], output_config: { format } });
    const text = await response.text();
    expect(text.match(/^event: /gm)?.length).toBe(text.match(/^data: /gm)?.length);
    const pieces = Array.from(text.matchAll(/"text_delta","text":("(?:[^"\\]|\\.)*")/g), (match) => JSON.parse(match[1] ?? '""') as string); // A string literal.
    expect(JSON.parse(pieces.join(''))).toEqual({ title: 'simulated' });
  });
});

describe('OpenAI Chat Completions', () => {
  test('answers whole with several choices', async () => {
    const completion = await openai().chat.completions.create(chat('gpt-5.5', { n: 2 }));
    const entry = await simulator.onlyEntry();
    expect(completion.choices.map((choice) => choice.message.content)).toEqual([HELLO, HELLO]);
    expect(completion.usage).toMatchObject({ completion_tokens: 22, prompt_tokens: promptTokens(entry.charged) });
    expect(entry.charged.outputTokens).toBe(22);
  });

  test('streams to the SDK, with usage where it was asked for', async () => {
    const stream = openai().chat.completions.stream({ ...chat('sim-tokens-30-reasoning-5'), stream_options: { include_usage: true } });
    const completion = await stream.finalChatCompletion();
    const entry = await simulator.onlyEntry();
    expect(completion.choices[0]?.finish_reason).toBe('stop');
    expect(completion.usage).toEqual(entry.reported);
    expect(completion.usage?.completion_tokens_details?.reasoning_tokens).toBe(5);
    expect(entry.charged.outputTokens).toBe(35);
  });

  test('reports no usage in a stream that was not asked for it, and still charges', async () => {
    const text = await (await simulator.post('/v1/chat/completions', chat('m', { stream: true }))).text();
    const entry = await simulator.onlyEntry();
    expect(text).not.toContain('usage');
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
    expect(entry.reported).toBeNull();
    expect(entry.charged.outputTokens).toBe(11);
  });

  test('stops at the length that the request allows', async () => {
    const completion = await openai().chat.completions.create(chat('sim-tokens-100', { max_completion_tokens: 20 }));
    expect(completion.choices[0]?.finish_reason).toBe('length');
    expect(completion.usage?.completion_tokens).toBe(20);
  });

  test('calls a tool in pieces that the SDK puts together', async () => {
    const tools = [{ type: 'function' as const, function: { name: weather.name, parameters: weather.schema } }];
    const stream = openai().chat.completions.stream({ ...chat('m'), messages: [{ role: 'user', content: 'USE_TOOL:get_weather' }], tools });
    const completion = await stream.finalChatCompletion();
    expect(completion.choices[0]?.finish_reason).toBe('tool_calls');
    expect(completion.choices[0]?.message.tool_calls?.[0]).toMatchObject({
      function: { name: 'get_weather', arguments: '{"city":"simulated"}' },
    });
  });
});

describe('OpenAI Responses', () => {
  test('answers whole', async () => {
    const response = await openai().responses.create({ model: 'gpt-5.5', input: 'Say hello' });
    const entry = await simulator.onlyEntry();
    expect(response.output_text).toBe(HELLO);
    expect(response.usage).toEqual(entry.reported);
  });

  test('streams reasoning and text under rising numbers, every item done, the terminal event whole', async () => {
    const stream = openai().responses.stream({ model: 'gpt-5.5', input: 'Say hello', reasoning: { effort: 'low' } });
    const numbers: number[] = [];
    for await (const event of stream) numbers.push(event.sequence_number);
    const response = await stream.finalResponse();
    const entry = await simulator.onlyEntry();
    expect(numbers).toEqual(numbers.map((_, index) => index));
    expect(response.output.map((item) => item.type)).toEqual(['reasoning', 'message']);
    expect(response.output_text).toBe(HELLO);
    expect(response.usage).toEqual(entry.reported);
    expect(entry.charged.reasoningTokens).toBe(12);
  });

  test('reads a cache where the request names a key', async () => {
    await openai().responses.create({ model: 'gpt-5.5', input: 'word '.repeat(1_000), prompt_cache_key: 'k' });
    const { charged } = await simulator.onlyEntry();
    expect(charged.cacheReadTokens % 128).toBe(0);
    expect(charged.cacheReadTokens).toBeGreaterThan(500);
  });

  test('finds tools in an additional_tools item and calls the grammar tool with its namespace', async () => {
    const tools = [{ type: 'namespace', name: 'functions', tools: [{ type: 'custom', name: 'exec' }] }];
    const input = [
      { type: 'additional_tools', role: 'developer', tools },
      { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'USE_TOOL now' }] },
    ];
    const response = await simulator.post('/responses', { model: 'gpt-6.1-sol', stream: false, input });
    const body: unknown = await response.json();
    expect(body).toMatchObject({
      status: 'completed',
      output: [
        { type: 'message' },
        { type: 'custom_tool_call', name: 'exec', namespace: 'functions', input: expect.stringContaining('tools.exec_command') as string },
      ],
    });
  });

  test('compacts when the input ends with the trigger', async () => {
    const body: unknown = await (await simulator.post('/v1/responses', { model: 'm', input: [{ type: 'compaction_trigger' }] })).json();
    expect(body).toMatchObject({ output: [{ type: 'compaction' }] });
  });

  test('refuses WebSocket with the status that Codex falls back on', async () => {
    const response = await new Promise<number>((resolve, reject) => {
      const headers = { connection: 'Upgrade', upgrade: 'websocket' };
      request(`${simulator.url()}/v1/responses`, { headers }, (answer) => resolve(answer.statusCode ?? 0))
        .on('error', reject)
        .end();
    });
    expect(response).toBe(426);
  });
});

describe('Gemini', () => {
  const ask = { model: 'gemini-2.5-flash', contents: 'Say hello' };

  test('answers whole', async () => {
    const response = await gemini().models.generateContent(ask);
    const entry = await simulator.onlyEntry();
    expect(response.text).toBe(HELLO);
    expect(response.usageMetadata).toEqual(entry.reported);
  });

  test('streams thoughts only to those who ask, and charges for them all the same', async () => {
    const shown = await gemini().models.generateContentStream({ ...ask, config: { thinkingConfig: { includeThoughts: true } } });
    const parts: unknown[] = [];
    for await (const chunk of shown) parts.push(...(chunk.candidates?.[0]?.content?.parts ?? []));
    expect(parts).toContainEqual(expect.objectContaining({ thought: true }));
    expect((await simulator.onlyEntry()).charged.reasoningTokens).toBe(12);
    simulator.book.clear();
    const hidden = await gemini().models.generateContent({ ...ask, model: 'sim-reasoning-30' });
    expect(hidden.text).toBe(HELLO);
    expect(hidden.usageMetadata?.thoughtsTokenCount).toBe(30);
  });

  test('calls a function, and counts tokens', async () => {
    const functionDeclarations = [{ name: weather.name, parametersJsonSchema: weather.schema }];
    const response = await gemini().models.generateContent({ ...ask, contents: 'USE_TOOL', config: { tools: [{ functionDeclarations }] } });
    expect(response.functionCalls?.[0]).toMatchObject({ name: 'get_weather', args: { city: 'simulated' } });
    expect((await gemini().models.countTokens(ask)).totalTokens).toBeGreaterThan(3);
  });

  test('ends lines with CR LF, names no events, and sends one JSON array to those who do not ask for events', async () => {
    const body = { contents: [{ role: 'user', parts: [{ text: 'hi' }] }] };
    const events = await (await simulator.post('/v1beta/models/m:streamGenerateContent?alt=sse', body)).text();
    expect(events).toMatch(/^data: \{.*\}\r\n\r\n/);
    expect(events).not.toMatch(/^(event|:)/m);
    const array: unknown = await (await simulator.post('/v1/models/m:streamGenerateContent', body)).json();
    expect(array).toHaveLength(3);
  });
});

describe('model lists', () => {
  test('come in the form of each dialect', async () => {
    expect((await openai().models.list()).data.map(({ id }) => id)).toContain('gpt-5.5');
    expect((await anthropic().models.list()).data.map(({ id }) => id)).toContain('claude-sonnet-5');
    const pager = await gemini().models.list();
    expect(pager.page.map(({ name }) => name)).toContain('models/gemini-2.5-flash');
  });
});

describe('requests', () => {
  test.each([
    ['gzip', gzipSync],
    ['zstd', zstdCompressSync],
  ])('may be compressed with %s', async (encoding, compress) => {
    const body = new Uint8Array(compress(JSON.stringify(chat('m'))));
    const response = await fetch(`${simulator.url()}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-encoding': encoding },
      body,
    });
    expect(response.status).toBe(200);
  });

  test.each([
    ['/v1/messages', '{"broken', 400, { type: 'error', error: { type: 'invalid_request_error' } }],
    ['/v1/chat/completions', '[]', 400, { error: { type: 'invalid_request_error' } }],
    ['/v1/responses', '{}', 400, { error: { type: 'invalid_request_error' } }],
    ['/v1beta/models/m:generateContent', 'x', 400, { error: { status: 'INVALID_ARGUMENT' } }],
    ['/v1/nothing', '{}', 404, { error: { code: 'model_not_found' } }],
    ['/v1/messages', '{"model":"sim-fixture-anthropic/none"}', 404, { error: { type: 'not_found_error' } }],
  ])('%s refuses %s in its own form', async (path, body, status, form) => {
    const response = await fetch(simulator.url() + path, { method: 'POST', body });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject(form);
  });
});

describe('the book', () => {
  test('is read by the id that the caller gave, attempts together, and can be emptied', async () => {
    const send = (model: string) =>
      simulator.post('/v1/chat/completions', chat(model), { 'x-lurus-request-id': 'r1', authorization: 'Bearer secret' });
    await (await send('sim-fault-status-503')).text();
    await (await send('gpt-5.5')).text();
    const body = (await (await fetch(`${simulator.url()}/book/r1`)).json()) as { entries: unknown[] }; // Our own form, looked at below.
    expect(body.entries).toMatchObject([
      { id: 'r1', model: 'sim-fault-status-503', status: 503, credentials: ['authorization'] },
      { id: 'r1', model: 'gpt-5.5', status: 200, ending: 'finished', charged: { output_tokens: 11 } },
    ]);
    expect(JSON.stringify(body)).not.toContain('secret');
    expect((await fetch(`${simulator.url()}/book`, { method: 'DELETE' })).status).toBe(204);
    expect(await (await fetch(`${simulator.url()}/book`)).json()).toMatchObject({ entries: [] });
    expect((await fetch(`${simulator.url()}/book/r1`)).status).toBe(404);
  });

  test('keeps no key that stands in a URL', async () => {
    await (await simulator.post('/v1beta/models/m:generateContent?key=AIzaSecret', { contents: [] })).text();
    expect((await simulator.onlyEntry()).path).toBe('/v1beta/models/m:generateContent?key=redacted');
  });
});
