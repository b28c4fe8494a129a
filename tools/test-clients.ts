/**
 * `npm run test:clients`: the real Claude Code, Codex and Gemini CLI, each for a plain answer and a tool turn, through the gateway against the
 * simulator; after each, every book is compared. Then each with keys that are refused and with its own number of retries, which must not
 * storm. `--direct` points them at the simulator itself, which tells whose fault a failure is. Other arguments choose cases by a part of
 * their name. Ends with a table and the line `N passed, N failed`.
 */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readSettings } from '@lurus/base/setting';
import { anyFreePorts } from '@lurus/stack/ports';
import { type RunningSystem, startSystem } from '@lurus/stack/system';
import { type Bench, nameOf, type Outcome, outcomeTable } from './clients/bench.ts';
import { openBooks } from './clients/books.ts';
import { clientCases } from './clients/client-cases.ts';
import { installClients } from './clients/install-clients.ts';
import { watchOutsideTraffic } from './clients/outside-traffic.ts';
import { makePoorKey } from './clients/poor-key.ts';
import { runRefusal } from './clients/refusal.ts';
import { refusalCases } from './clients/refusal-cases.ts';
import { countRequests } from './clients/request-counter.ts';
import { runTurn, turnOf } from './clients/turn.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const say = (message: string): void => console.log(message);

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

/** Every case whose name has all of the filters in it, as something to run. */
async function casesOf(bench: Bench, system: RunningSystem, filters: readonly string[]) {
  const isChosen = (name: string): boolean => filters.every((filter) => name.includes(filter));
  const turns = clientCases
    .filter((clientCase) => isChosen(nameOf({ ...clientCase, turn: turnOf(clientCase) })))
    .map((clientCase) => () => runTurn(bench, clientCase));
  const refusals = refusalCases.filter(({ client, key }) => !bench.isDirect && isChosen(`${client}: a key ${key}, refused`));
  if (refusals.length === 0) return { cases: turns, close: () => undefined };
  const counter = await countRequests(system.ready.gateway);
  const poorKey = await makePoorKey(system.ready);
  return {
    cases: [...turns, ...refusals.map((refusal) => () => runRefusal(bench, { refusal, poorKey, counter }))],
    close: counter.close,
  };
}

async function runAll(cases: readonly (() => Promise<Outcome>)[]): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const run of cases) {
    const outcome = await run();
    outcomes.push(outcome);
    say(`${outcome.faults.length === 0 ? 'passed' : 'FAILED'}  ${nameOf(outcome)}`);
    for (const fault of outcome.faults) say(`        ${fault}`);
  }
  return outcomes;
}

async function main(): Promise<readonly Outcome[]> {
  const { LURUS_HOME } = readSettings(process.env, ['LURUS_HOME']);
  const isDirect = process.argv.includes('--direct');
  const filters = process.argv.slice(2).filter((argument) => argument !== '--direct');
  const programs = await installClients({ folder: resolve(root, LURUS_HOME, 'clients'), npmrc: join(root, '.npmrc'), onProgress: say });
  const folder = mkdtempSync(join(tmpdir(), 'lurus-clients-'));
  chmodSync(folder, 0o755); // As root, Postgres runs as another user who has to get in.
  const home = join(folder, '.lurus');
  const system = await startFresh(home);
  const outside = await watchOutsideTraffic();
  const books = await openBooks({ ready: system.ready, home });
  try {
    const target = { url: isDirect ? system.ready.simulator : system.ready.gateway, key: system.ready.demo_key };
    const bench = { programs, target, simulatorUrl: system.ready.simulator, books, isDirect, outside, folder };
    const { cases, close } = await casesOf(bench, system, filters);
    const outcomes = await runAll(cases);
    close();
    return outcomes;
  } finally {
    outside.close();
    await books.close();
    await system.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

const outcomes = await main();
const failed = outcomes.filter(({ faults }) => faults.length > 0).length;
say(`\n${outcomeTable(outcomes)}\n`);
say(`${outcomes.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 && outcomes.length > 0 ? 0 : 1;
