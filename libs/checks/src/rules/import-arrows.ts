import { posix } from 'node:path';
import { importsOf } from '../imports.ts';
import { isTest, isTypeScript, type RepositoryFile } from '../repository.ts';
import type { Finding, Rule } from '../rule.ts';

/** What each part may import of the others. `docs/architecture.md` draws the same arrows. */
export const ARROWS: Readonly<Record<string, readonly string[]>> = {
  'libs/base': [],
  'libs/events': ['libs/base'],
  'libs/pricing': ['libs/base'],
  'libs/dialects': ['libs/base'],
  'libs/service': ['libs/base'],
  'libs/checks': ['libs/base'],
  'libs/upstream': ['libs/base', 'libs/dialects'],
  'libs/journal': ['libs/base', 'libs/events'],
  'libs/projection': ['libs/base', 'libs/events', 'libs/journal'],
  'libs/stack': ['libs/base', 'libs/events', 'libs/journal', 'streams'],
  'libs/ledger': ['libs/base', 'libs/events', 'libs/journal', 'libs/projection', 'streams'],
  streams: ['libs/base', 'libs/events'],
  projections: ['libs/base', 'libs/events', 'libs/projection', 'streams'],
};

/** Parts that only tests and tools may import. */
const FOR_TESTS = ['libs/testkit', 'libs/checks'];

/** Every app, lib, stream and projection imports only what lies below it. */
export const importArrows: Rule = {
  name: 'import-arrows',
  says: 'Imports follow the arrows of docs/architecture.md; no app imports another app.',
  check: ({ files }) =>
    files
      .filter((file) => isTypeScript(file.path))
      .flatMap((file) => importsOf(file).flatMap((one) => judge(file, one.specifier, one.line))),
};

function judge(file: RepositoryFile, specifier: string, line: number): Finding[] {
  const from = partOf(file.path);
  const to = targetOf(file.path, specifier);
  if (!from || !to) return [];
  if (from === to) return [];
  const finding = (message: string): Finding[] => [{ path: file.path, line, message }];
  if (specifier.startsWith('.')) return finding(`${specifier} leaves the package: import ${nameOf(to)}/<file> instead`);
  if (isAllowed({ from, to, isTestFile: isTest(file.path) })) return [];
  if (to.startsWith('apps/')) return finding(`no app is imported by another part: move what is shared into a lib below ${from}`);
  if (FOR_TESTS.includes(to)) return finding(`${to} is for tests and tools: move what ${from} needs out of it`);
  const allowed = ARROWS[from] ?? [];
  return finding(
    `${from} must not import ${to} (it may import ${allowed.join(', ') || 'nothing'}): take it as an argument or move it down`,
  );
}

function isAllowed(input: { readonly from: string; readonly to: string; readonly isTestFile: boolean }): boolean {
  const { from, to, isTestFile } = input;
  if (from === 'tools') return true;
  if (to.startsWith('apps/')) return false;
  if (isTestFile || from === 'libs/testkit') return true;
  if (from.startsWith('apps/')) return !FOR_TESTS.includes(to);
  return (ARROWS[from] ?? []).includes(to);
}

/** `libs/base` of `libs/base/src/ids.ts`, `streams` of `streams/all.ts`; undefined for what the arrows do not speak of. */
function partOf(path: string): string | undefined {
  const [first = '', second = ''] = path.split('/');
  if (first === 'apps' || first === 'libs') return `${first}/${second}`;
  return ['streams', 'projections', 'tools'].includes(first) ? first : undefined;
}

function targetOf(path: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return partOf(posix.join(posix.dirname(path), specifier));
  const name = /^@lurus\/([^/]+)/.exec(specifier)?.[1];
  if (!name) return undefined;
  if (name === 'streams' || name === 'projections') return name;
  return APPS.has(name) ? `apps/${name}` : `libs/${name}`;
}

const APPS = new Set(['gateway', 'provider', 'log', 'billing', 'projector', 'simulator', 'cli', 'sync', 'portal']);

const nameOf = (part: string): string => `@lurus/${part.split('/').at(-1) ?? part}`;
