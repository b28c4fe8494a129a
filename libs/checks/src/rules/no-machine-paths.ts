import { findAll, type Rule } from '../rule.ts';

const MACHINE_PATH = /(?<![\w.~/:@$}-])\/(?:work|root|home\/\w+|Users\/\w+)(?=[/\s'"`)]|$)/gm;
const REGISTRY = /"resolved":\s*"https?:[^"]*|^\s*(?:@[\w-]+:)?registry\s*=.*$/gm;

/** The repository works wherever it is cloned to, and with whatever registry the machine has. */
export const noMachinePaths: Rule = {
  name: 'no-machine-paths',
  says: 'No tracked file names a folder of one machine or the address of a package registry.',
  check: ({ files }) =>
    files.flatMap((file) => [
      ...findAll({
        file,
        within: 'text',
        pattern: MACHINE_PATH,
        message: (match) => `${match[0]} exists on one machine only: use a path from the repository's root, or ~`,
      }),
      ...findAll({
        file,
        within: 'text',
        pattern: REGISTRY,
        message: () => 'the address of a registry does not belong here: run "npm run lock", which leaves it out',
      }),
    ]),
};
