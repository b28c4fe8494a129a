/** `npm run check:rules`: prints every place where a house rule does not hold and exits 1 if there is one. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readRepository } from './repository.ts';
import { allRules } from './rules/all.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const repository = readRepository(root);
const rules = allRules(root);
let count = 0;
for (const rule of rules) {
  for (const finding of rule.check(repository)) {
    console.error(`${finding.path}:${finding.line} ${rule.name}: ${finding.message}`);
    count += 1;
  }
}
if (count > 0) {
  console.error(`${count} places where a rule does not hold`);
  process.exitCode = 1;
} else {
  console.log(`${rules.length} rules hold in ${repository.files.length} files`);
}
