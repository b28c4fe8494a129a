import type { Rule } from '../rule.ts';
import { castsExplained } from './casts-explained.ts';
import { dependenciesListed } from './dependencies-listed.ts';
import { docsCodeIsReal } from './docs-code-is-real.ts';
import { docsLinksResolve } from './docs-links-resolve.ts';
import { docSentences } from './doc-sentences.ts';
import { driversInOneFolder } from './drivers-in-one-folder.ts';
import { fileLength } from './file-length.ts';
import { fileNames } from './file-names.ts';
import { generatedCurrent } from './generated-current.ts';
import { importArrows } from './import-arrows.ts';
import { moneyWithoutFloats } from './money-without-floats.ts';
import { noMachinePaths } from './no-machine-paths.ts';
import { purePackages } from './pure-packages.ts';
import { settingsDeclared } from './settings-declared.ts';
import { sqlComments } from './sql-comments.ts';
import { testsRun } from './tests-run.ts';
import { workLeftNamesIssue } from './work-left-names-issue.ts';

/** Every house rule, in the order in which findings are printed. `root` is the repository's folder. */
export const allRules = (root: string): readonly Rule[] => [
  importArrows,
  dependenciesListed,
  driversInOneFolder,
  purePackages,
  moneyWithoutFloats,
  settingsDeclared,
  castsExplained,
  fileNames,
  fileLength,
  docSentences,
  sqlComments,
  testsRun,
  workLeftNamesIssue,
  noMachinePaths,
  docsLinksResolve,
  docsCodeIsReal,
  generatedCurrent(root),
];
