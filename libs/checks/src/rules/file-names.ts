import type { RepositoryFile } from '../repository.ts';
import type { Finding, Rule } from '../rule.ts';

const CATCH_ALL = new Set(['util', 'utils', 'helper', 'helpers', 'common', 'misc', 'manager', 'managers', 'stuff', 'tools']);
const CODE = /^(?:apps|libs|streams|projections|tools)\/.*\.(?:ts|mjs|sql)$/;
const KEBAB = /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9]+(?:-[a-z0-9]+)*)*$/;

/** A name says what is inside. */
export const fileNames: Rule = {
  name: 'file-names',
  says: 'Files are kebab-case and named after what they export; no catch-all names, no barrel files.',
  check: ({ files }) => files.filter((file) => CODE.test(file.path)).flatMap((file) => judge(file)),
};

function judge(file: RepositoryFile): Finding[] {
  const finding = (message: string): Finding[] => [{ path: file.path, line: 1, message }];
  const [, ...inner] = file.path.split('/');
  const name = inner.at(-1) ?? '';
  const catchAll = inner.find((part) => CATCH_ALL.has(part.split('.')[0] ?? ''));
  if (catchAll) return finding(`"${catchAll}" says nothing about its content: name it after the one thing that it exports`);
  if (/^index\.(?:ts|mjs)$/.test(name)) return finding('index files hide where things are: import the file itself, as @lurus/<lib>/<file>');
  // `projection_name` folders are named after their view, which SQL writes with an underscore.
  if (!KEBAB.test(name)) return finding(`"${name}" is not kebab-case: write it like rate-usage.ts`);
  if (isBarrel(file)) return finding('this file only passes on the exports of others: import them where they are');
  return [];
}

function isBarrel(file: RepositoryFile): boolean {
  if (!file.path.endsWith('.ts')) return false;
  const rest = file.statements.replaceAll(/export\s+(?:type\s+)?(?:\*(?:\s+as\s+\w+)?|\{[^}]*\})\s*from\s*['"][^'"]+['"];?/g, '');
  return rest !== file.statements && rest.trim() === '';
}
