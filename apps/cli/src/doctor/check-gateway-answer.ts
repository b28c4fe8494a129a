/** Sends one small request through the gateway, as a client would: the proof that key, price, route, hold and provider fit together. */
import { z } from 'zod';
import type { Surroundings } from '../surroundings.ts';
import type { CheckResult } from './check-result.ts';

const ANSWER_TIMEOUT_MS = 30_000;
const ModelsSchema = z.object({ data: z.array(z.object({ id: z.string() })) });
const ErrorSchema = z.object({ error: z.union([z.string(), z.object({ message: z.string() }).transform((error) => error.message)]) });

/** Asks the gateway with `key` for its models and the first of them for a few words. `model` overrides the choice. */
export async function checkGatewayAnswer(input: {
  readonly gateway: string;
  readonly key: string;
  readonly model: string | undefined;
  readonly surroundings: Pick<Surroundings, 'fetch' | 'clock'>;
}): Promise<CheckResult> {
  const { fetch, clock } = input.surroundings;
  const headers = { authorization: `Bearer ${input.key}`, 'content-type': 'application/json' };
  const name = 'key';
  try {
    const model = input.model ?? (await firstModel({ gateway: input.gateway, headers, fetch }));
    if (model === undefined) {
      return {
        name,
        state: 'fail',
        says: 'The key may use no model.',
        fix: 'Add a provider and a price in the tenant of the key, or allow models: "lurus key limit".',
      };
    }
    const startedMs = clock.nowMs();
    const body = JSON.stringify({ model, max_tokens: 16, messages: [{ role: 'user', content: 'Say hello.' }] });
    const url = `${input.gateway}/v1/chat/completions`;
    const response = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) });
    const text = await response.text();
    if (response.ok) return { name, state: 'ok', says: `${model} answered through the gateway in ${clock.nowMs() - startedMs} ms` };
    return {
      name,
      state: 'fail',
      says: `${model} answered ${response.status}.`,
      why: messageOf(text),
      fix: 'Do what the message says; "lurus requests" shows the attempt.',
    };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { name, state: 'fail', says: 'The gateway gave no answer.', why, fix: 'See .lurus/logs/gateway.log' };
  }
}

async function firstModel(input: {
  readonly gateway: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly fetch: typeof fetch;
}): Promise<string | undefined> {
  const response = await input.fetch(`${input.gateway}/v1/models`, {
    headers: input.headers,
    signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`/v1/models answered ${response.status}: ${messageOf(text)}`);
  return ModelsSchema.parse(JSON.parse(text)).data[0]?.id;
}

function messageOf(text: string): string {
  try {
    return ErrorSchema.parse(JSON.parse(text)).error;
  } catch {
    // Not our own form of an error: its beginning says more than nothing.
    return text.slice(0, 200);
  }
}
