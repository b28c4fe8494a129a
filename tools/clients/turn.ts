/** Runs one turn of one client and finds everything that is not as it must be: its answer, its tool, its figures, every book. */
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promptTokens } from '@lurus/base/token-usage';
import type { Bench, Outcome } from './bench.ts';
import type { ClientCase, ClientSaw } from './client-cases.ts';
import { type ClientRun, runClient } from './run-client.ts';
import { readSimulatorBook, type SimulatorEntry } from './simulator-book.ts';

/** What a case is called in tables. */
export const turnOf = ({ isToolTurn }: ClientCase): string => (isToolTurn ? 'tool turn' : 'plain answer');

/** Runs the case. Never rejects for what the client or the product did. */
export async function runTurn(bench: Bench, clientCase: ClientCase): Promise<Outcome> {
  await bench.books.clear();
  const command = clientCase.command(bench.programs, bench.target);
  const run = await runClient({ command, folder: mkdtempSync(join(bench.folder, 'turn-')), proxyUrl: bench.outside.url });
  const entries = await readSimulatorBook(bench.simulatorUrl);
  const { prompt, output } = chargedFor(entries);
  return {
    client: clientCase.client,
    title: clientCase.title,
    turn: turnOf(clientCase),
    faults: await faultsOf(bench, { clientCase, run, entries }),
    requests: entries.length,
    tokens: `${prompt} + ${output}`,
    durationMs: run.durationMs,
    outsideHosts: bench.outside.takeHosts(),
  };
}

const chargedFor = (entries: readonly SimulatorEntry[]) => ({
  prompt: entries.reduce((sum, { charged }) => sum + promptTokens(charged), 0),
  output: entries.reduce((sum, { charged }) => sum + charged.outputTokens, 0),
});

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
  const { prompt, output } = chargedFor(entries);
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
