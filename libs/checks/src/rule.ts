import type { Repository, RepositoryFile } from './repository.ts';

/** One place where a rule does not hold. */
export interface Finding {
  readonly path: string;
  /** From 1. */
  readonly line: number;
  /** What is wrong here and what to do instead. */
  readonly message: string;
}

/** One house rule. */
export interface Rule {
  /** As it is printed before each finding. */
  readonly name: string;
  /** What it demands, in one sentence. */
  readonly says: string;
  readonly check: (repository: Repository) => readonly Finding[];
}

/** The line, from 1, of an offset in a text. */
export const lineAt = (text: string, offset: number): number => text.slice(0, offset).split('\n').length;

/** One finding for each place where `pattern` (with the `g` flag) occurs in one of a file's texts. */
export function findAll(input: {
  readonly file: RepositoryFile;
  readonly within: 'text' | 'code' | 'statements' | 'comments';
  readonly pattern: RegExp;
  readonly message: (match: RegExpExecArray) => string;
}): Finding[] {
  const text = input.file[input.within];
  return Array.from(text.matchAll(input.pattern), (match) => ({
    path: input.file.path,
    line: lineAt(text, match.index),
    message: input.message(match),
  }));
}
