import { isTest, isTypeScript, type RepositoryFile } from '../repository.ts';
import { lineAt, type Finding, type Rule } from '../rule.ts';

const CAST = /\bas\s+(?!const\b)[\w{([]/g;
/** `import { a as b }`, `export { a as b }`, `export * as c`: no casts. */
const RENAMING = /\b(?:import|export)\s+(?:type\s+)?(?:\*[^;\n]*|[\w\s,]*\{[^}]*\})/g;
/** `{ [Name in Names as Other]: … }` */
const MAPPED_KEY = /\[\s*\w+\s+in\s[^\]]*$/;

/** A cast switches the compiler off: whoever does it says why it is right. */
export const castsExplained: Rule = {
  name: 'casts-explained',
  says: 'A cast has its reason in a comment on its line, or on the line above it.',
  check: ({ files }) => files.filter((file) => isTypeScript(file.path) && !isTest(file.path)).flatMap((file) => unexplained(file)),
};

function unexplained(file: RepositoryFile): Finding[] {
  const code = file.code.replaceAll(RENAMING, (text) => text.replaceAll(/[^\n]/g, ' '));
  const comments = file.comments.split('\n');
  return Array.from(code.matchAll(CAST)).flatMap((match) => {
    if (MAPPED_KEY.test(code.slice(0, match.index))) return [];
    const line = lineAt(code, match.index);
    const hasReason = [line, line - 1].some((at) => (comments[at - 1] ?? '').trim() !== '');
    if (hasReason) return [];
    return [{ path: file.path, line, message: 'this cast says no reason: write behind it why the value is of that type, or parse it' }];
  });
}
