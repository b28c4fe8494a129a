/** Checks of this machine that need nothing to run. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { isPortFree } from '@lurus/stack/free-ports';
import { shiftedPorts } from '@lurus/stack/ports';
import type { CheckResult } from './check-result.ts';

const NODE_MAJOR_MIN = 24; // Older ones cannot run TypeScript as it is.

/** Whether this Node runs TypeScript as it is. */
export function checkNode(version: string): CheckResult {
  const major = Number(version.split('.')[0]);
  if (major >= NODE_MAJOR_MIN) return { name: 'node', state: 'ok', says: `Node ${version}` };
  const fix = 'Start it as "npx lurus", which brings its own Node, after "npm start" has installed it.';
  return { name: 'node', state: 'fail', says: `Node ${version} is too old, ${NODE_MAJOR_MIN} or newer is needed.`, fix };
}

/** Whether nobody else can read the file that holds the admin token. Undefined where there is no file. */
export function checkSecretFiles(home: string): CheckResult[] {
  return ['ready.json', 'secrets.json'].flatMap((file): CheckResult[] => {
    const path = join(home, file);
    const mode = statSync(path, { throwIfNoEntry: false })?.mode;
    if (mode === undefined) return [];
    const name = `file ${file}`;
    if ((mode & 0o077) === 0) return [{ name, state: 'ok' as const, says: 'is readable for its owner alone' }];
    return [{ name, state: 'fail' as const, says: 'holds secrets and can be read by others.', fix: `chmod 600 ${path}` }];
  });
}

/** Where nothing runs: whether `npm start` would find its ports free. */
export async function checkPorts(input: { readonly shift: number }): Promise<CheckResult> {
  const entries = Object.entries(shiftedPorts(input.shift));
  const states = await Promise.all(entries.map(async ([name, port]) => ({ name, port, isFree: await isPortFree(port) })));
  const taken = states.filter((state) => !state.isFree);
  if (taken.length === 0) return { name: 'ports', state: 'ok', says: `all ${entries.length} ports of "npm start" are free` };
  const list = taken.map(({ name, port }) => `${port} (${name})`).join(', ');
  const fix = 'Stop the program that has them (ss -ltnp), or move every port: LURUS_PORT_SHIFT=100 npm start';
  return { name: 'ports', state: 'fail', says: `in use by something else: ${list}.`, fix };
}

/** Variables that make a client choose another credential or address than the one it was set up with. */
export function checkEnvironment(environment: Readonly<Record<string, string | undefined>>): CheckResult[] {
  if (environment['ANTHROPIC_BASE_URL'] === undefined || environment['ANTHROPIC_API_KEY'] === undefined) return [];
  return [
    {
      name: 'environment',
      state: 'warn',
      says: 'ANTHROPIC_API_KEY is set beside ANTHROPIC_BASE_URL.',
      why: 'With two credentials Claude Code warns and may send the one that the gateway does not know.',
      fix: 'unset ANTHROPIC_API_KEY, and take it out of your shell profile',
    },
  ];
}
