/** Surroundings for tests: services are a table of answers, what is written is kept. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExitCode } from './cli-failure.ts';
import { runCommandLine } from './program.ts';
import type { Surroundings } from './surroundings.ts';

/** One request that a command sent. */
export interface SentRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

export interface FakeAnswer {
  readonly status?: number;
  readonly body: unknown;
}

export interface TestRun {
  readonly exit: ExitCode;
  readonly data: string;
  readonly notes: string;
  readonly sent: readonly SentRequest[];
}

export const NOW_MS = Date.parse('2026-11-23T08:00:00.000Z');

/** Environment of a system elsewhere, so that no file is needed. */
export const ELSEWHERE = {
  LURUS_ADMIN_TOKEN: 'lurus-admin-for-these-tests',
  LURUS_GATEWAY_URL: 'http://gateway.test',
  LURUS_PROVIDER_URL: 'http://provider.test',
  LURUS_BILLING_URL: 'http://billing.test',
  LURUS_LOG_URL: 'http://log.test',
  LURUS_PROJECTOR_URL: 'http://projector.test',
};

export interface TestInput {
  /** By `METHOD /path` without the query. */
  readonly answers?: Readonly<Record<string, FakeAnswer>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly standardInput?: string;
  readonly userHome?: string;
}

/** Runs one command line. An unexpected request is answered like a service that is not there. */
export async function run(args: readonly string[], input: TestInput = {}): Promise<TestRun> {
  const sent: SentRequest[] = [];
  const written = { data: '', notes: '' };
  const exit = await runCommandLine(args, testSurroundings({ ...input, sent, written }));
  return { exit, ...written, sent };
}

/** Surroundings that keep what is sent and written in the given places. */
export function testSurroundings(
  input: TestInput & { readonly sent: SentRequest[]; readonly written: { data: string; notes: string } },
): Surroundings {
  const { sent, written } = input;
  const folder = mkdtempSync(join(tmpdir(), 'lurus-cli-'));
  return {
    environment: input.environment ?? ELSEWHERE,
    workingFolder: folder,
    repositoryRoot: folder,
    userHome: input.userHome ?? folder,
    writeData: (text) => void (written.data += text),
    writeNote: (text) => void (written.notes += text),
    readInput: () => Promise.resolve(input.standardInput ?? ''),
    fetch: fakeFetch(sent, input.answers ?? {}),
    clock: { nowMs: () => NOW_MS },
    sleep: () => Promise.reject(new Error('nothing waits in these tests')),
    signal: new AbortController().signal,
  };
}

function fakeFetch(sent: SentRequest[], answers: Readonly<Record<string, FakeAnswer>>): typeof fetch {
  return (target, init) => {
    const url = new URL(target instanceof Request ? target.url : target);
    const method = init?.method ?? 'GET';
    const body: unknown = typeof init?.body === 'string' ? JSON.parse(init.body) : undefined;
    sent.push({ method, path: url.pathname + url.search, headers: Object.fromEntries(new Headers(init?.headers)), body });
    const answer = answers[`${method} ${url.pathname}`];
    if (!answer) return Promise.reject(new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') }));
    return Promise.resolve(new Response(JSON.stringify(answer.body), { status: answer.status ?? 200 }));
  };
}
