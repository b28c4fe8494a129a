/**
 * `npm run test:clients`: the real Claude Code, Codex and Gemini CLI, each for a plain answer and a tool turn, through the gateway against the
 * simulator; after each, every book is compared. `--direct` points them at the simulator itself, which tells whose fault a failure is.
 * Other arguments choose cases by a part of their name. Ends with a table and the line `N passed, N failed`.
 */
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readSettings } from '@lurus/base/setting';
import { anyFreePorts } from '@lurus/stack/ports';
import { type RunningSystem, startSystem } from '@lurus/stack/system';
import { type Books, openBooks } from './clients/books.ts';
import { type ClientCase, clientCases, type ClientSaw, type Target } from './clients/client-cases.ts';
import { type ClientPrograms, installClients } from './clients/install-clients.ts';
import { type OutsideTraffic, watchOutsideTraffic } from './clients/outside-traffic.ts';
import { type ClientRun, runClient } from './clients/run-client.ts';
import { promptTokens } from '@lurus/base/token-usage';
import { readSimulatorBook, type SimulatorEntry } from './clients/simulator-book.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const say = (message: string): void => console.log(message);

interface Outcome {
  readonly clientCase: ClientCase;
  readonly faults: readonly string[];
  readonly durationMs: number;
  readonly requests: number;
  readonly tokens: string;
  readonly outsideHosts: readonly string[];
}

interface Bench {
  readonly programs: ClientPrograms;
  readonly target: Target;
  readonly simulatorUrl: string;
  readonly books: Books;
  readonly isDirect: boolean;
  readonly outside: OutsideTraffic;
  readonly folder: string;
}

/** Everything that must be true of a turn, as sentences about what is not. */
async function faultsOf(
  bench: Bench,
  input: { readonly clientCase: ClientCase; readonly run: ClientRun; readonly entries: readonly SimulatorEntry[] },
): Promise<string[]> {
  const { clientCase, run, entries } = input;
  const faults: string[] = [];
  if (run.exitCode !== 0) faults.push(`it ended with ${run.exitCode}: ${(run.stderr || run.stdout).trim().slice(-600)}`);
  const paths = entries.map(({ status, ending, path }) => `${status} ${ending} ${path}`).join(', ');
  if (entries.length !== clientCase.requests) faults.push(`it made ${entries.length} requests instead of ${clientCase.requests}: ${paths}`);
  if (entries.some(({ status, ending }) => status !== 200 || ending !== 'finished'))
    faults.push(`not every request was answered whole: ${paths}`);
  faults.push(...sawFaults(clientCase, { run, entries }));
  if (clientCase.isToolTurn) faults.push(...toolFaults(run, entries));
  if (!bench.isDirect) faults.push(...(await bench.books.differences()));
  return faults;
}

function sawFaults(
  clientCase: ClientCase,
  { run, entries }: { readonly run: ClientRun; readonly entries: readonly SimulatorEntry[] },
): string[] {
  let saw: ClientSaw;
  try {
    saw = clientCase.saw(run);
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
  const words = clientCase.isToolTurn ? 'The tool answered:' : 'Hello from the simulator';
  const prompt = entries.reduce((sum, { charged }) => sum + promptTokens(charged), 0);
  const output = entries.reduce((sum, { charged }) => sum + charged.outputTokens, 0);
  return [
    ...(saw.text.includes(words) ? [] : [`it showed "${saw.text.slice(0, 200)}", which lacks "${words}"`]),
    ...(saw.promptTokens === prompt ? [] : [`it counted ${saw.promptTokens} prompt tokens, the provider ${prompt}`]),
    ...(saw.outputTokens === output ? [] : [`it counted ${saw.outputTokens} output tokens, the provider ${output}`]),
  ];
}

function toolFaults(run: ClientRun, entries: readonly SimulatorEntry[]): string[] {
  const file = join(run.project, 'tool_out.txt');
  const wrote = existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;
  return [
    ...(wrote === 'hello-from-tool' ? [] : [`the tool wrote ${wrote === undefined ? 'no file' : `"${wrote}"`}`]),
    ...(entries.some(({ calledTool }) => calledTool !== null) ? [] : ['it was asked to call no tool']),
    ...(entries.at(-1)?.hadToolResult === true ? [] : ['its last request carried no tool result']),
  ];
}

async function runCase(bench: Bench, clientCase: ClientCase): Promise<Outcome> {
  await bench.books.clear();
  const folder = mkdtempSync(join(bench.folder, 'turn-'));
  const command = clientCase.command(bench.programs, bench.target);
  const run = await runClient({ command, folder, proxyUrl: bench.outside.url });
  const entries = await readSimulatorBook(bench.simulatorUrl);
  const faults = await faultsOf(bench, { clientCase, run, entries });
  const tokens = `${entries.reduce((sum, { charged }) => sum + promptTokens(charged), 0)} + ${entries.reduce((sum, { charged }) => sum + charged.outputTokens, 0)}`;
  return { clientCase, faults, durationMs: run.durationMs, requests: entries.length, tokens, outsideHosts: bench.outside.takeHosts() };
}

const kindOf = ({ isToolTurn }: ClientCase): string => (isToolTurn ? 'tool turn' : 'plain answer');
const nameOf = (clientCase: ClientCase): string => `${clientCase.client}: ${clientCase.title}, ${kindOf(clientCase)}`;

function table(outcomes: readonly Outcome[]): string {
  const rows = [
    ['client', 'set-up', 'turn', 'result', 'requests', 'tokens in + out', 'seconds', 'asked elsewhere'],
    ...outcomes.map(({ clientCase, faults, requests, tokens, durationMs, outsideHosts }) => [
      clientCase.client,
      clientCase.title,
      kindOf(clientCase),
      faults.length === 0 ? 'passed' : 'FAILED',
      String(requests),
      tokens,
      (durationMs / 1_000).toFixed(1),
      outsideHosts.join(' '),
    ]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const startFresh = async (home: string): Promise<RunningSystem> =>
  startSystem({
    root,
    home,
    host: '127.0.0.1',
    ports: await anyFreePorts(),
    portShift: 0,
    choice: { LURUS_STACK: 'embedded', ...readSettings(process.env, ['LURUS_NATS_SERVER']) },
    env: process.env,
    isDurable: true,
    onProgress: say,
    onCrash: say,
  });

async function runAll(bench: Bench, filters: readonly string[]): Promise<readonly Outcome[]> {
  const chosen = clientCases.filter((clientCase) => filters.every((filter) => nameOf(clientCase).includes(filter)));
  const outcomes: Outcome[] = [];
  for (const clientCase of chosen) {
    const outcome = await runCase(bench, clientCase);
    outcomes.push(outcome);
    say(`${outcome.faults.length === 0 ? 'passed' : 'FAILED'}  ${nameOf(clientCase)}`);
    for (const fault of outcome.faults) say(`        ${fault}`);
  }
  return outcomes;
}

const { LURUS_HOME } = readSettings(process.env, ['LURUS_HOME']);
const isDirect = process.argv.includes('--direct');
const programs = await installClients({ folder: resolve(root, LURUS_HOME, 'clients'), npmrc: join(root, '.npmrc'), onProgress: say });
const folder = mkdtempSync(join(tmpdir(), 'lurus-clients-'));
chmodSync(folder, 0o755); // As root, Postgres runs as another user who has to get in.
const home = join(folder, '.lurus');
const system = await startFresh(home);
const outside = await watchOutsideTraffic();
const books = await openBooks({ ready: system.ready, home });
let outcomes: readonly Outcome[] = [];
try {
  const target = { url: isDirect ? system.ready.simulator : system.ready.gateway, key: system.ready.demo_key };
  const bench = { programs, target, simulatorUrl: system.ready.simulator, books, isDirect, outside, folder };
  outcomes = await runAll(
    bench,
    process.argv.slice(2).filter((argument) => argument !== '--direct'),
  );
} finally {
  outside.close();
  await books.close();
  await system.stop();
  rmSync(folder, { recursive: true, force: true });
}
const failed = outcomes.filter(({ faults }) => faults.length > 0).length;
say(`\n${table(outcomes)}\n`);
say(`${outcomes.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 && outcomes.length > 0 ? 0 : 1;
