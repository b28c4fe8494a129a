import type { RepositoryFile } from '../repository.ts';
import { lineAt, type Finding, type Rule } from '../rule.ts';

const TABLE = /\bcreate\s+table\s+(?:if\s+not\s+exists\s+)?([\w."]+)/gi;
const INDEX = /\bcreate\s+(?:unique\s+)?index\s+(?:concurrently\s+)?(?:if\s+not\s+exists\s+)?([\w."]+)|^\s*index\s+(\w+)\s/gim;

/** A table says what one row is, an index which question it answers. */
export const sqlComments: Rule = {
  name: 'sql-comments',
  says: 'Every table and every index in a .sql file has a comment: what one row is, which question it answers.',
  check: ({ files }) =>
    files
      .filter((file) => file.path.endsWith('.sql'))
      .flatMap((file) => [
        ...uncommented({ file, pattern: TABLE, what: 'table', advice: 'say what one row is' }),
        ...uncommented({ file, pattern: INDEX, what: 'index', advice: 'say which question it answers' }),
      ]),
};

function uncommented(input: {
  readonly file: RepositoryFile;
  readonly pattern: RegExp;
  readonly what: string;
  readonly advice: string;
}): Finding[] {
  const { file, pattern, what, advice } = input;
  // Comments are blanked so that a commented-out statement does not count; places stay the same.
  const statements = file.text.replaceAll(/--[^\n]*/g, (comment) => ' '.repeat(comment.length));
  return Array.from(statements.matchAll(pattern)).flatMap((match) => {
    const name = match[1] ?? match[2] ?? '';
    const start = match.index + match[0].length - match[0].trimStart().length;
    if (hasComment({ text: file.text, start, what, name })) return [];
    return [
      {
        path: file.path,
        line: lineAt(file.text, start),
        message: `${what} ${name} has no comment: ${advice}, in a "--" line above it or COMMENT ON`,
      },
    ];
  });
}

function hasComment(input: { readonly text: string; readonly start: number; readonly what: string; readonly name: string }): boolean {
  const { text, start, what, name } = input;
  const lineStart = text.lastIndexOf('\n', start) + 1;
  const above =
    text
      .slice(0, Math.max(0, lineStart - 1))
      .split('\n')
      .at(-1) ?? '';
  const lineEnd = text.indexOf('\n', start);
  const ownLine = text.slice(start, lineEnd < 0 ? undefined : lineEnd);
  if (above.trimStart().startsWith('--') || ownLine.includes('--')) return true;
  const quoted = name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  if (new RegExp(`comment\\s+on\\s+${what}\\s+${quoted}\\s+is`, 'i').test(text)) return true;
  // ClickHouse: the table's comment is the last clause of its own statement.
  const statement = text.slice(start, text.indexOf(';', start) < 0 ? undefined : text.indexOf(';', start));
  return what === 'table' && /\)[^)]*\bcomment\s+'/is.test(statement.slice(statement.lastIndexOf('\n)')));
}
