import { settings } from '@lurus/base/settings';
import { isTest, isTypeScript, type RepositoryFile } from '../repository.ts';
import { findAll, type Finding, type Rule } from '../rule.ts';

/** Settings are read once, where a process begins, and only those that are declared. */
export const settingsDeclared: Rule = {
  name: 'settings-declared',
  says: 'LURUS_ variables are declared in libs/base/src/settings.ts and read in main files, tools and the testkit only.',
  check: ({ files }) => files.flatMap((file) => [...readElsewhere(file), ...undeclared(file)]),
};

const mayRead = (path: string): boolean => /(?:^|\/)main\.ts$|^tools\/|^libs\/testkit\//.test(path) || isTest(path);

function readElsewhere(file: RepositoryFile): Finding[] {
  if (!isTypeScript(file.path) || mayRead(file.path)) return [];
  return findAll({
    file,
    within: 'statements',
    pattern: /process\.env(?:\.|\[\s*['"])LURUS_\w+/g,
    message: (match) => `${match[0]} is read here: read it with readSettings in the app's main.ts and pass it down`,
  });
}

/** A name that is not declared is a typo that would do nothing; the tests of settings invent some on purpose. */
function undeclared(file: RepositoryFile): Finding[] {
  if (isTest(file.path) || !/\.(?:ts|mjs|md|sh|ya?ml|json)$/.test(file.path)) return [];
  return findAll({
    file,
    within: 'statements',
    pattern: /\bLURUS_[A-Z0-9]+(?:_[A-Z0-9]+)*\b/g,
    message: (match) => match[0],
  })
    .filter((finding) => !(finding.message in settings))
    .map((finding) => ({
      ...finding,
      message: `${finding.message} is no setting: declare it in libs/base/src/settings.ts or correct the name`,
    }));
}
