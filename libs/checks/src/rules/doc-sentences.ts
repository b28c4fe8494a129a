import { isTest, isTypeScript, type RepositoryFile } from '../repository.ts';
import { lineAt, type Finding, type Rule } from '../rule.ts';

const EXPORT = /^export (?:declare |abstract )?(?:default )?(async function\*?|function\*?|class|const|let|interface|type|enum) (\w+)/gm;

/** A caller learns from the doc sentence what to hand in, what comes back and what is thrown. */
export const docSentences: Rule = {
  name: 'doc-sentences',
  says: 'Every export of a lib opens with a doc sentence, its declaration’s own `says`, or stands under the one it is the type of.',
  check: ({ files }) => files.filter((file) => isOfLib(file.path)).flatMap((file) => undocumented(file)),
};

const isOfLib = (path: string): boolean => path.startsWith('libs/') && isTypeScript(path) && !isTest(path);

function undocumented(file: RepositoryFile): Finding[] {
  const matches = Array.from(file.code.matchAll(EXPORT));
  return matches.flatMap((match) => {
    const name = match[2] ?? '';
    const isMain = matches.length === 1 || kebabCase(name) === fileName(file);
    if (isDocumented(file, match) || (isMain && opensWithDoc(file))) return [];
    return [
      {
        path: file.path,
        line: lineAt(file.code, match.index),
        message: `${name} has no doc sentence: say above it what a caller needs (shape, units, errors)`,
      },
    ];
  });
}

const kebabCase = (name: string): string => name.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, '-').toLowerCase();

const fileName = (file: RepositoryFile): string => file.path.split('/').at(-1)?.replace(/\.ts$/, '') ?? '';

/** The sentence that opens a file is about the one thing that the file is named after. */
const opensWithDoc = (file: RepositoryFile): boolean => file.text.startsWith('/**');

function isDocumented(file: RepositoryFile, match: RegExpExecArray): boolean {
  if (file.text.slice(0, match.index).trimEnd().endsWith('*/')) return true;
  const body = declaration(file.statements, match.index);
  // Events, streams and settings say it in their own field, which the reference page is made from.
  if (/\bsays:/.test(body)) return true;
  // The list of a catalogue's events, and the inferred type of a schema, repeat what stands in the same file.
  return /^export type \w+ =\s*\(?(?:z\.(?:infer|output|input)<|typeof )/.test(body) || /^export const \w+Catalogue\b/.test(body);
}

/** The text of a declaration: up to the next one that starts a line. */
function declaration(text: string, start: number): string {
  const next = text.slice(start + 1).search(/\n(?:export|const|function|interface|type|class) /);
  return next < 0 ? text.slice(start) : text.slice(start, start + 1 + next);
}
