/**
 * `npm test`: the checks, then every test. Arguments go on to vitest: `npm test -- libs/dialects`.
 *
 * All checks run even when one fails, so that one run shows everything. The last line says how many tests passed and failed, alone on its
 * line, for whoever reads it by program; the exit code is 0 only when every check and every test passed.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readSettings } from '@lurus/base/setting';
import { countTests, type TestCount } from './test-count.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Each is what `package.json` calls by the same name; they are started directly, since npm itself takes longer than some of them. */
const CHECKS: readonly (readonly [name: string, program: string, ...args: string[]])[] = [
  ['types', 'tsc', '-p', '.'],
  ['lint', 'oxlint', '--type-aware', '--deny-warnings'],
  ['format', 'oxfmt', '--check', '.'],
  ['rules', 'node', 'libs/checks/src/main.ts'],
  ['lock file', 'node', 'tools/complete-lock.ts', '--check'],
];

function run(program: string, args: readonly string[]): number {
  const result = spawnSync(program, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  if (result.error) console.error(`${program} could not be run: ${result.error.message}`);
  return result.status ?? 1;
}

function passes([name, program, ...args]: (typeof CHECKS)[number]): boolean {
  const startedAt = performance.now();
  const isGood = run(program, args) === 0;
  console.log(`check ${name}: ${isGood ? 'passed' : 'FAILED'} (${((performance.now() - startedAt) / 1000).toFixed(1)} s)`);
  return isGood;
}

function runTests(filters: readonly string[]): TestCount {
  const folder = mkdtempSync(join(tmpdir(), 'lurus-report-'));
  const report = join(folder, 'report.json');
  try {
    const exitCode = run('vitest', ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...filters]);
    return countTests({ exitCode, report: existsSync(report) ? readFileSync(report, 'utf8') : undefined });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const { LURUS_FIXTURES } = readSettings(process.env, ['LURUS_FIXTURES']);
const failedChecks = CHECKS.filter((check) => !passes(check)).map(([name]) => name);
const count = runTests(process.argv.slice(2));

if (!existsSync(resolve(root, LURUS_FIXTURES))) {
  console.log(`The corpus of recorded provider traffic was absent (${LURUS_FIXTURES}): only the repository's own fixtures were tested.`);
}
if (failedChecks.length > 0) console.log(`Checks that failed: ${failedChecks.join(', ')}.`);
if (count.note !== undefined) console.log(count.note);
console.log(`${count.passed} passed, ${count.failed} failed`);
process.exitCode = failedChecks.length === 0 && count.failed === 0 ? 0 : 1;
