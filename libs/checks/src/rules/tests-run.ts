import { isTest } from '../repository.ts';
import { findAll, type Rule } from '../rule.ts';

/** A test that does not run proves nothing and looks as if it did. */
export const testsRun: Rule = {
  name: 'tests-run',
  says: 'No test is skipped, singled out or left for later.',
  check: ({ files }) =>
    files
      .filter((file) => isTest(file.path))
      .flatMap((file) =>
        findAll({
          file,
          within: 'code',
          pattern: /\.(?:skip|skipIf|runIf|only|todo|fails)\b/g,
          message: (match) => `${match[0]}: make the test pass or remove it; a missing need must fail, not skip`,
        }),
      ),
};
