import { z } from 'zod';
import type { ClientSaw, Retries, Target } from './client-cases.ts';
import { lastLineOf } from './json-lines.ts';
import type { ClientCommand, ClientRun } from './run-client.ts';

/** How Claude Code is run. */
export interface ClaudeCodeInput {
  readonly program: string;
  readonly target: Target;
  readonly model: string;
  /** The token goes out as a bearer, the key as `x-api-key`. */
  readonly keyVariable: 'ANTHROPIC_AUTH_TOKEN' | 'ANTHROPIC_API_KEY';
  readonly prompt: string;
  readonly sessionId: string;
  readonly retries: Retries;
}

/** One headless turn of Claude Code. */
export const claudeCodeCommand = ({ program, target, model, keyVariable, prompt, sessionId, retries }: ClaudeCodeInput): ClientCommand => ({
  program,
  args: [
    '-p',
    prompt,
    '--model',
    model,
    '--allowedTools',
    'Bash',
    '--session-id',
    sessionId,
    '--output-format',
    'stream-json',
    '--verbose',
  ],
  env: {
    ANTHROPIC_BASE_URL: target.url,
    [keyVariable]: target.key,
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    DISABLE_AUTOUPDATER: '1',
    ...(retries === 'few' ? { CLAUDE_CODE_MAX_RETRIES: '1' } : {}),
  },
  homeFiles: {},
});

const Result = z.looseObject({
  type: z.literal('result'),
  is_error: z.literal(false),
  result: z.string(),
  usage: z.looseObject({
    input_tokens: z.number(),
    cache_creation_input_tokens: z.number(),
    cache_read_input_tokens: z.number(),
    output_tokens: z.number(),
  }),
});

/** Reads its result line. Throws an Error where there is none, or it reports an error. */
export function claudeCodeSaw(run: ClientRun): ClientSaw {
  const { result, usage } = lastLineOf(run.stdout, Result);
  return {
    text: result,
    promptTokens: usage.input_tokens + usage.cache_creation_input_tokens + usage.cache_read_input_tokens,
    outputTokens: usage.output_tokens,
  };
}
