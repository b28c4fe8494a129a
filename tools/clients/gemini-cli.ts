import { z } from 'zod';
import type { ClientSaw, Retries, Target } from './client-cases.ts';
import { lastLineOf, linesOf } from './json-lines.ts';
import type { ClientCommand, ClientRun } from './run-client.ts';

/** How Gemini CLI is run. */
export interface GeminiInput {
  /** Run by Node. */
  readonly script: string;
  readonly target: Target;
  /** Undefined lets its router choose. */
  readonly model: string | undefined;
  readonly prompt: string;
  readonly retries: Retries;
}

const settingsOf = (retries: Retries) => ({
  // With a base URL set, the CLI otherwise picks an auth type of its own that fails headless.
  security: { auth: { selectedType: 'gemini-api-key' } },
  privacy: { usageStatisticsEnabled: false },
  telemetry: { enabled: false },
  general: { enableAutoUpdate: false, enableAutoUpdateNotification: false, ...(retries === 'few' ? { maxAttempts: 2 } : {}) },
});

/** One headless turn of Gemini CLI. */
export const geminiCommand = ({ script, target, model, prompt, retries }: GeminiInput): ClientCommand => ({
  program: process.execPath,
  args: [script, '-p', prompt, '--skip-trust', '--yolo', ...(model === undefined ? [] : ['-m', model]), '-o', 'stream-json'],
  env: { GOOGLE_GEMINI_BASE_URL: target.url, GEMINI_API_KEY: target.key, GEMINI_CLI_NO_RELAUNCH: 'true' },
  homeFiles: { '.gemini/settings.json': JSON.stringify(settingsOf(retries)) },
});

const Result = z.looseObject({
  type: z.literal('result'),
  status: z.literal('success'),
  stats: z.looseObject({ input_tokens: z.number(), output_tokens: z.number(), total_tokens: z.number() }),
});
const Message = z.looseObject({ type: z.literal('message'), role: z.literal('assistant'), content: z.string() });

/** Joins its message lines and reads the totals of the turn. Throws an Error where the turn failed. */
export function geminiSaw(run: ClientRun): ClientSaw {
  const { stats } = lastLineOf(run.stdout, Result);
  return {
    text: linesOf(run.stdout, Message)
      .map((line) => line.content)
      .join(''),
    promptTokens: stats.input_tokens,
    outputTokens: stats.total_tokens - stats.input_tokens,
  };
}
