/** What clients ask, in all four dialects, and how each dialect says that an answer is whole and what it used. */
import { unreachable } from '@lurus/base/assert';
import type { DialectName } from '@lurus/base/dialect-name';

/** One request of a client, ready to be sent. */
export interface Ask {
  readonly dialect: DialectName;
  readonly isStream: boolean;
  readonly path: string;
  readonly body: string;
}

/** Tokens as the answer itself reported them, cached parts included in the prompt, reasoning in the output. */
export interface SeenUsage {
  readonly prompt: number;
  readonly output: number;
}

type Json = Readonly<Record<string, unknown>>;
type Pick = (sides: number) => number;

const WORDS = 'tell me about streams that never lose a charge and wallets that add up'.split(' ');
const DIALECTS: readonly DialectName[] = ['anthropic', 'openai-chat', 'openai-responses', 'gemini'];

/** What the provider does wrong now and then. Nothing that makes the gateway leave it alone for a while: the load would go with it. */
const PROVIDER_FAULTS = ['status-400', 'error-mid', 'end-after-300'];
const FAULT_EVERY = 12;

/** The model's name turns the simulator's dials: short and at once, or slower than a pause of the gateway, or wrong. */
function modelOf(pick: Pick): string {
  const tokens = 1 + pick(120);
  if (pick(FAULT_EVERY) === 0) return `sim-tokens-${tokens}-fault-${PROVIDER_FAULTS[pick(PROVIDER_FAULTS.length)]}`;
  const speed = pick(3) === 0 ? `-rate-${20 + pick(60)}` : '';
  const delay = pick(6) === 0 ? `-delay-${pick(1_500)}` : '';
  return `sim-tokens-${tokens}${speed}${delay}`;
}

/** Draws one request. */
export function drawAsk(pick: Pick): Ask {
  const dialect = DIALECTS[pick(DIALECTS.length)] ?? 'anthropic';
  const isStream = pick(3) > 0;
  const model = modelOf(pick);
  const content = Array.from({ length: 1 + pick(60) }, () => WORDS[pick(WORDS.length)]).join(' ');
  const messages = [{ role: 'user', content }];
  const of = (path: string, body: Json): Ask => ({ dialect, isStream, path, body: JSON.stringify(body) });
  switch (dialect) {
    case 'anthropic':
      return of('/v1/messages', { model, max_tokens: 200, stream: isStream, messages });
    case 'openai-chat':
      return of('/v1/chat/completions', {
        model,
        stream: isStream,
        messages,
        ...(isStream ? { stream_options: { include_usage: true } } : {}),
      });
    case 'openai-responses':
      return of('/v1/responses', { model, stream: isStream, input: content });
    case 'gemini': {
      const verb = isStream ? 'streamGenerateContent?alt=sse' : 'generateContent';
      return of(`/v1beta/models/${model}:${verb}`, { contents: [{ role: 'user', parts: [{ text: content }] }] });
    }
    default:
      return unreachable(dialect, 'dialect');
  }
}

const LAST_FRAMES: Readonly<Record<DialectName, RegExp>> = {
  anthropic: /event: message_stop\r?\ndata: .*\n/,
  'openai-chat': /data: \[DONE\]/,
  'openai-responses': /event: response\.(?:completed|incomplete)\r?\ndata: .*\n/,
  gemini: /"finishReason"/,
};

/** Whether the last frame of a streamed answer is in this text. */
export const hasLastFrame = (dialect: DialectName, text: string): boolean => LAST_FRAMES[dialect].test(text);

/** The JSON values of an answer: its frames, or itself. Frames that are cut are left out. */
function valuesOf(text: string, isStream: boolean): readonly Json[] {
  const texts = isStream ? text.split(/\r?\n/).flatMap((line) => (line.startsWith('data:') ? [line.slice('data:'.length)] : [])) : [text];
  return texts.flatMap((one) => {
    try {
      return [JSON.parse(one) as Json]; // Looked at field by field below.
    } catch {
      return []; // `[DONE]`, or a frame that was cut.
    }
  });
}

const object = (value: unknown): Json => (typeof value === 'object' && value !== null ? (value as Json) : {}); // Checked to be one.
const count = (value: unknown): number => (typeof value === 'number' ? value : 0);

/** The usage that a whole answer reports, undefined where it reports none. */
export function usageOf(dialect: DialectName, answer: { readonly text: string; readonly isStream: boolean }): SeenUsage | undefined {
  let seen: Json = {};
  for (const value of valuesOf(answer.text, answer.isStream)) {
    const found = [value['usage'], value['usageMetadata'], object(value['message'])['usage'], object(value['response'])['usage']];
    for (const usage of found) seen = { ...seen, ...object(usage) };
  }
  if (Object.keys(seen).length === 0) return undefined;
  switch (dialect) {
    case 'anthropic':
      return {
        prompt: count(seen['input_tokens']) + count(seen['cache_read_input_tokens']) + count(seen['cache_creation_input_tokens']),
        output: count(seen['output_tokens']),
      };
    case 'openai-chat':
      return { prompt: count(seen['prompt_tokens']), output: count(seen['completion_tokens']) };
    case 'openai-responses':
      return { prompt: count(seen['input_tokens']), output: count(seen['output_tokens']) };
    case 'gemini':
      return { prompt: count(seen['promptTokenCount']), output: count(seen['candidatesTokenCount']) + count(seen['thoughtsTokenCount']) };
    default:
      return unreachable(dialect, 'dialect');
  }
}
