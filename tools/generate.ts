/**
 * `npm run generate`: writes the generated pages of `docs/reference`. With `--check` it writes nothing, names the pages that the code would make
 * differently, and ends with 1 if there are any.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generatedPages } from './reference/pages.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const isCheck = process.argv.includes('--check');

const isCurrent = (path: string, text: string): boolean => existsSync(path) && readFileSync(path, 'utf8') === text;

for (const { path, text } of generatedPages()) {
  const file = join(root, path);
  if (isCurrent(file, text)) continue;
  if (isCheck) {
    console.error(`${path} is not what the code says now: run "npm run generate" and commit it`);
    process.exitCode = 1;
    continue;
  }
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  console.log(`${path} written`);
}
