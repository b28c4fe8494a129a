import { copyFileSync, existsSync, mkdirSync, readFileSync, realpathSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CliFailure, EXIT } from '../cli-failure.ts';
import type { SetupFile } from './client-setup.ts';

/** What happened to one file. */
export interface WrittenFile {
  readonly path: string;
  /** Copy of what stood there before; null where nothing did. */
  readonly backup: string | null;
  readonly is_changed: boolean;
}

/**
 * Writes the files of a set-up under the user's home folder: merged, the former text kept beside it, all or nothing a file, readable for
 * the owner alone since they hold a key. Every file is merged before any is written. Throws a CliFailure where one cannot be.
 */
export function writeSetup(input: {
  readonly userHome: string;
  readonly files: readonly SetupFile[];
  readonly nowMs: number;
}): WrittenFile[] {
  const merged = input.files.map((file) => {
    const path = linkTarget(join(input.userHome, file.path));
    const current = existsSync(path) ? readFileSync(path, 'utf8') : undefined;
    return { path, current, text: mergeOrRefuse({ file, path, current }) };
  });
  return merged.map(({ path, current, text }) => {
    if (current === text) return { path, backup: null, is_changed: false };
    const backup = current === undefined ? null : `${path}.before-lurus-${input.nowMs}`;
    if (backup !== null) copyFileSync(path, backup);
    replaceFile(path, text);
    return { path, backup, is_changed: true };
  });
}

function mergeOrRefuse(input: { readonly file: SetupFile; readonly path: string; readonly current: string | undefined }): string {
  try {
    return input.file.merge(input.current);
  } catch (cause) {
    throw new CliFailure(
      {
        exit: EXIT.failed,
        code: 'setup_file_unmergeable',
        what: `${input.path} was left as it is.`,
        why: cause instanceof Error ? cause.message : String(cause),
        fix: 'Add the lines by hand: run the command again without --write.',
      },
      { cause },
    );
  }
}

/** A link into a folder of dotfiles stays a link: what it points to is replaced. */
const linkTarget = (path: string): string => (existsSync(path) ? realpathSync(path) : path);

function replaceFile(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.lurus-draft`;
  writeFileSync(draft, text, { mode: 0o600 });
  renameSync(draft, path);
}
