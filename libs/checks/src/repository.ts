import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { splitSource } from './split-source.ts';

/** One file of the repository. For files that are no TypeScript or JavaScript, `code` and `statements` are the text and `comments` is empty. */
export interface RepositoryFile {
  /** From the repository's root, with `/`. */
  readonly path: string;
  readonly text: string;
  readonly code: string;
  readonly statements: string;
  readonly comments: string;
}

/** What the rules look at. */
export interface Repository {
  readonly files: readonly RepositoryFile[];
}

/** A repository of the given texts by path, for tests and for `readRepository`. */
export function repositoryOf(texts: Readonly<Record<string, string>>): Repository {
  return { files: Object.entries(texts).map(([path, text]) => ({ path, text, ...partsOf(path, text) })) };
}

/** Reads what git tracks or would track under `root`, text files only. Throws an Error when git cannot list it. */
export function readRepository(root: string): Repository {
  const listing = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], { cwd: root, encoding: 'utf8' });
  // A file that was removed but not yet committed is still listed.
  const paths = listing.split('\0').filter((path) => path !== '' && existsSync(join(root, path)));
  const texts = paths.map((path) => [path, readFileSync(join(root, path), 'utf8')] as const);
  return repositoryOf(Object.fromEntries(texts.filter(([, text]) => !text.includes('\0'))));
}

function partsOf(path: string, text: string): Pick<RepositoryFile, 'code' | 'statements' | 'comments'> {
  return /\.(?:ts|mts|js|mjs)$/.test(path) ? splitSource(text) : { code: text, statements: text, comments: '' };
}

/** Whether the file is a test or a suite that tests share: it may import what the package itself must not. */
export const isTest = (path: string): boolean => /(?:\.test|-suite|\.fixture)\.ts$/.test(path);

/** TypeScript that we write, wherever it lies. */
export const isTypeScript = (path: string): boolean => path.endsWith('.ts') && !path.endsWith('.d.ts');
