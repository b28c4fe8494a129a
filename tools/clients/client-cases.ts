/** Which CLI is run how: each case is one headless turn of a real client, set up as its users set it up. */
import { randomUUID } from 'node:crypto';
import type { ClientPrograms } from './install-clients.ts';
import type { ClientCommand, ClientRun } from './run-client.ts';
import { claudeCodeCommand, claudeCodeSaw } from './claude-code.ts';
import { codexCommand, codexSaw } from './codex.ts';
import { geminiCommand, geminiSaw } from './gemini-cli.ts';

/** What the client is pointed at. */
export interface Target {
  readonly url: string;
  readonly key: string;
}

/** `few` keeps a test short; `default` is what users have, and what storms are counted with. */
export type Retries = 'few' | 'default';

/** What a client reports of its turn: totals over all of the turn's requests, in the classes that its own figures have. */
export interface ClientSaw {
  readonly text: string;
  /** The whole prompt, cached parts included. */
  readonly promptTokens: number;
  readonly outputTokens: number;
}

/** One turn of one client. */
export interface ClientCase {
  readonly client: 'claude-code' | 'codex' | 'gemini-cli';
  readonly title: string;
  readonly isToolTurn: boolean;
  /** Requests that the turn takes; more are retries, and a fault. */
  readonly requests: number;
  readonly command: (programs: ClientPrograms, target: Target) => ClientCommand;
  readonly saw: (run: ClientRun) => ClientSaw;
}

const PLAIN_PROMPT = 'Say hello';
const TOOL_PROMPT = 'USE_TOOL please';

const claudeCases = (
  [
    ['sonnet', 'ANTHROPIC_AUTH_TOKEN'],
    ['claude-sonnet-4-5-20250929', 'ANTHROPIC_API_KEY'],
  ] as const
).flatMap(([model, keyVariable]) =>
  bothTurns((isToolTurn) => ({
    client: 'claude-code',
    title: `${model}, ${keyVariable}`,
    isToolTurn,
    requests: isToolTurn ? 2 : 1,
    command: (programs, target) =>
      claudeCodeCommand({
        program: programs.claudeCode,
        target,
        model,
        keyVariable,
        prompt: promptOf(isToolTurn),
        sessionId: randomUUID(),
        retries: 'few',
      }),
    saw: claudeCodeSaw,
  })),
);

const codexCases = (
  [
    ['gpt-5.5', '/v1'],
    ['gpt-6.1-sol', ''],
    ['my-own-model', '/v1'],
  ] as const
).flatMap(([model, basePath]) =>
  bothTurns((isToolTurn) => ({
    client: 'codex',
    title: `${model}, base URL ${basePath === '' ? 'without /v1' : 'with /v1'}`,
    isToolTurn,
    requests: isToolTurn ? 2 : 1,
    command: (programs, target) =>
      codexCommand({ program: programs.codex, target, model, basePath, prompt: promptOf(isToolTurn), provider: 'custom', retries: 'few' }),
    saw: codexSaw,
  })),
);

/** The built-in provider tries WebSocket first; answered with 426 it falls back at once and says nothing. */
const codexBuiltIn: ClientCase = {
  client: 'codex',
  title: 'gpt-5.5, built-in provider, WebSocket refused',
  isToolTurn: false,
  requests: 1,
  command: (programs, target) =>
    codexCommand({
      program: programs.codex,
      target,
      model: 'gpt-5.5',
      basePath: '/v1',
      prompt: PLAIN_PROMPT,
      provider: 'built-in',
      retries: 'few',
    }),
  saw: codexSaw,
};

const geminiCases = bothTurns((isToolTurn) => ({
  client: 'gemini-cli',
  title: 'gemini-2.5-flash',
  isToolTurn,
  requests: isToolTurn ? 2 : 1,
  command: (programs, target) =>
    geminiCommand({ script: programs.geminiCli, target, model: 'gemini-2.5-flash', prompt: promptOf(isToolTurn), retries: 'few' }),
  saw: geminiSaw,
}));

/** Without a model of the user's choice a router is asked first which one fits the prompt. */
const geminiRouter: ClientCase = {
  client: 'gemini-cli',
  title: 'model chosen by its router',
  isToolTurn: false,
  requests: 2,
  command: (programs, target) =>
    geminiCommand({ script: programs.geminiCli, target, model: undefined, prompt: PLAIN_PROMPT, retries: 'few' }),
  saw: geminiSaw,
};

/** Every case, in the order in which they run. */
export const clientCases: readonly ClientCase[] = [...claudeCases, ...codexCases, codexBuiltIn, ...geminiCases, geminiRouter];

function bothTurns(make: (isToolTurn: boolean) => ClientCase): ClientCase[] {
  return [make(false), make(true)];
}

function promptOf(isToolTurn: boolean): string {
  return isToolTurn ? TOOL_PROMPT : PLAIN_PROMPT;
}
