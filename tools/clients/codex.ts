import { z } from 'zod';
import type { ClientSaw, Retries, Target } from './client-cases.ts';
import { lastLineOf } from './json-lines.ts';
import type { ClientCommand, ClientRun } from './run-client.ts';

/** How Codex is run. */
export interface CodexInput {
  readonly program: string;
  readonly target: Target;
  readonly model: string;
  /** `/v1` or nothing: both forms are in use. */
  readonly basePath: string;
  readonly prompt: string;
  readonly provider: 'custom' | 'built-in';
  readonly retries: Retries;
}

const customProvider = (baseUrl: string, retries: Retries): string => `model_provider = "switch"
[model_providers.switch]
name = "Lurus Switch"
base_url = "${baseUrl}"
env_key = "SWITCH_KEY"
wire_api = "responses"
${retries === 'few' ? 'request_max_retries = 0\nstream_max_retries = 0' : ''}
`;

const configOf = ({ target, basePath, model, provider, retries }: CodexInput): string => {
  const baseUrl = target.url + basePath;
  return `model = "${model}"
check_for_update_on_startup = false
${provider === 'custom' ? customProvider(baseUrl, retries) : `openai_base_url = "${baseUrl}"\n`}
[analytics]
enabled = false
`;
};

/** One headless turn of Codex. */
export const codexCommand = (input: CodexInput): ClientCommand => ({
  program: input.program,
  args: ['exec', '--skip-git-repo-check', '-s', 'danger-full-access', '--json', input.prompt],
  env: { [input.provider === 'custom' ? 'SWITCH_KEY' : 'CODEX_API_KEY']: input.target.key },
  homeFiles: { '.codex/config.toml': configOf(input) },
});

const Completed = z.looseObject({
  type: z.literal('turn.completed'),
  usage: z.looseObject({ input_tokens: z.number(), output_tokens: z.number() }),
});
const Message = z.looseObject({
  type: z.literal('item.completed'),
  item: z.looseObject({ type: z.literal('agent_message'), text: z.string() }),
});

/** Reads its last message and the usage of the turn. Throws an Error where the turn was not completed. */
export function codexSaw(run: ClientRun): ClientSaw {
  const { usage } = lastLineOf(run.stdout, Completed);
  return { text: lastLineOf(run.stdout, Message).item.text, promptTokens: usage.input_tokens, outputTokens: usage.output_tokens };
}
