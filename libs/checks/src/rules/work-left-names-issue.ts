import type { RepositoryFile } from '../repository.ts';
import { findAll, type Rule } from '../rule.ts';

const MARK = /\b(?:TODO|FIXME|XXX|HACK)\b(?!\s*\(?#\d)/g;

/** Work that is left over is written down where somebody will find it. */
export const workLeftNamesIssue: Rule = {
  name: 'work-left-names-issue',
  says: 'A mark for work that is left names an issue.',
  check: ({ files }) =>
    files.flatMap((file) =>
      findAll({
        file: markable(file),
        within: 'comments',
        pattern: MARK,
        message: (match) => `${match[0]} names no issue: do it now, or open an issue and write ${match[0]}(#12)`,
      }),
    ),
};

/** In SQL and shell every line may hold a comment; prose is left alone. */
function markable(file: RepositoryFile): RepositoryFile {
  return /\.(?:sql|sh|ya?ml)$/.test(file.path) ? { ...file, comments: file.text } : file;
}
