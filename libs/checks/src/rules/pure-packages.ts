import { importsOf } from '../imports.ts';
import { isTest, isTypeScript, type RepositoryFile } from '../repository.ts';
import { findAll, type Finding, type Rule } from '../rule.ts';

const PURE = ['libs/events/', 'libs/dialects/', 'libs/pricing/', 'streams/', 'projections/'];

const BANNED: readonly { readonly pattern: RegExp; readonly instead: string }[] = [
  { pattern: /\bDate\.now\b/g, instead: 'take the time as an argument, or read it from the event' },
  { pattern: /\bnew Date\(\s*\)/g, instead: 'take the time as an argument, or read it from the event' },
  { pattern: /\bperformance\.now\b/g, instead: 'take the time as an argument' },
  { pattern: /\bMath\.random\b/g, instead: 'take the chance as an argument' },
  { pattern: /\brandomUUID\b/g, instead: 'take the id as an argument' },
  { pattern: /\bprocess\.\w+/g, instead: 'take the value as an argument; only apps read their environment' },
  { pattern: /\b(?:setTimeout|setInterval|setImmediate)\b/g, instead: 'return what should happen later; the caller owns the clock' },
  { pattern: /(?<![.\w])fetch\(/g, instead: 'return what should be sent; the caller owns the network' },
];

/** What the truth is folded with gives the same result every time it is run. */
export const purePackages: Rule = {
  name: 'pure-packages',
  says: 'Events, dialects, pricing, streams and projections know no clock, no chance, no environment and no network.',
  check: ({ files }) => files.filter((file) => isPure(file.path)).flatMap((file) => [...bannedNames(file), ...nodeImports(file)]),
};

const isPure = (path: string): boolean => isTypeScript(path) && !isTest(path) && PURE.some((folder) => path.startsWith(folder));

const bannedNames = (file: RepositoryFile): Finding[] =>
  BANNED.flatMap(({ pattern, instead }) =>
    findAll({ file, within: 'code', pattern, message: (match) => `${match[0]} is banned in this package: ${instead}` }),
  );

const nodeImports = (file: RepositoryFile): Finding[] =>
  importsOf(file)
    .filter(({ specifier }) => specifier.startsWith('node:'))
    .map(({ specifier, line }) => ({
      path: file.path,
      line,
      message: `${specifier} is banned in this package: use what every runtime has (Uint8Array, TextEncoder, URL) or take it as an argument`,
    }));
