import type { RepositoryFile } from './repository.ts';
import { lineAt } from './rule.ts';

/** One import or re-export of a file. */
export interface Import {
  /** As written: `./x.ts`, `@lurus/base/ids`, `node:fs`, `pg`. */
  readonly specifier: string;
  readonly line: number;
}

const STATIC = /\b(?:import|export)\s(?:[^'"`;]*?\sfrom\s*)?['"]([^'"\n]+)['"]/g;
const DYNAMIC = /\bimport\s*\(\s*['"]([^'"\n]+)['"]/g;

/** Every import of a file, type imports and dynamic ones included, in the order of their lines. */
export function importsOf(file: RepositoryFile): Import[] {
  const found = [STATIC, DYNAMIC].flatMap((pattern) =>
    Array.from(file.statements.matchAll(pattern))
      // Inside a string the word is no statement: there the code is blank.
      .filter((match) => file.code.charAt(match.index) !== ' ')
      .map((match) => ({ specifier: match[1] ?? '', line: lineAt(file.statements, match.index + match[0].length) })),
  );
  return found.toSorted((a, b) => a.line - b.line);
}

/** The package that an import names: `@lurus/base` of `@lurus/base/ids`, `pg` of `pg/lib/x`; undefined for relative paths and `node:`. */
export function packageOf(specifier: string): string | undefined {
  if (specifier.startsWith('.') || specifier.startsWith('node:')) return undefined;
  const [first = '', second = ''] = specifier.split('/');
  return specifier.startsWith('@') ? `${first}/${second}` : first;
}
