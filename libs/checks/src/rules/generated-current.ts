import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Rule } from '../rule.ts';

/** Generated pages are those that the code would make now. `root` is the repository's folder. */
export const generatedCurrent = (root: string): Rule => ({
  name: 'generated-current',
  says: 'Generated pages say what the code says.',
  check: () => {
    const script = 'tools/generate.ts';
    if (!existsSync(join(root, script)))
      return [{ path: script, line: 1, message: 'the generator of the reference pages is missing: restore it' }];
    const run = spawnSync(process.execPath, [script, '--check'], { cwd: root, encoding: 'utf8' });
    if (run.status === 0) return [];
    return [
      {
        path: 'docs/reference',
        line: 1,
        message: `${`${run.stdout}${run.stderr}`.trim()}\n    run "npm run generate" and commit the result`,
      },
    ];
  },
});
