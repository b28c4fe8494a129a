/** Requests that the gateway refuses, sent by real clients with their own number of retries: none of them may storm. */
import { randomUUID } from 'node:crypto';
import { claudeCodeCommand } from './claude-code.ts';
import type { ClientCase, Target } from './client-cases.ts';
import { codexCommand } from './codex.ts';
import { geminiCommand } from './gemini-cli.ts';
import type { ClientPrograms } from './install-clients.ts';
import type { ClientCommand } from './run-client.ts';

/** One refused turn of one client. */
export interface RefusalCase {
  readonly client: ClientCase['client'];
  /** Which key it comes with. */
  readonly key: 'of nobody' | 'without money';
  /** Requests that the client makes of its own accord, as measured; more is a storm. */
  readonly requestsMax: number;
  readonly command: (programs: ClientPrograms, target: Target) => ClientCommand;
}

const PROMPT = 'Say hello';

const claude: RefusalCase['command'] = ({ claudeCode: program }, target) =>
  claudeCodeCommand({
    program,
    target,
    model: 'sonnet',
    keyVariable: 'ANTHROPIC_AUTH_TOKEN',
    prompt: PROMPT,
    sessionId: randomUUID(),
    retries: 'default',
  });
const codex: RefusalCase['command'] = ({ codex: program }, target) =>
  codexCommand({ program, target, model: 'gpt-5.5', basePath: '/v1', prompt: PROMPT, provider: 'custom', retries: 'default' });
const gemini: RefusalCase['command'] = ({ geminiCli: script }, target) =>
  geminiCommand({ script, target, model: 'gemini-2.5-flash', prompt: PROMPT, retries: 'default' });

/** Every refusal. */
export const refusalCases: readonly RefusalCase[] = [
  { client: 'claude-code', key: 'without money', requestsMax: 1, command: claude },
  { client: 'codex', key: 'without money', requestsMax: 1, command: codex },
  { client: 'gemini-cli', key: 'without money', requestsMax: 1, command: gemini },
  { client: 'claude-code', key: 'of nobody', requestsMax: 1, command: claude },
  { client: 'codex', key: 'of nobody', requestsMax: 6, command: codex }, // It has no signal to stop at a 401; refusing is cheap.
  { client: 'gemini-cli', key: 'of nobody', requestsMax: 1, command: gemini },
];
