#!/usr/bin/env node
// Runs on any Node >= 18 and hands over to the pinned one, which runs TypeScript as it is. Plain JavaScript on purpose.
import { spawn } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(realpathSync(fileURLToPath(import.meta.url))), '../../..');
const main = join(root, 'apps/cli/src/main.ts');
const modules = join(root, 'node_modules');
const packaged = [`node-${process.platform}-${process.arch}`, `node-bin-${process.platform}-${process.arch}`]
  .map((name) => join(modules, name, 'bin/node'))
  .find((path) => existsSync(path));
const ownMajor = Number(process.versions.node.split('.')[0]);

if (!existsSync(modules)) {
  console.error(`lurus: the packages of ${root} are not installed.\n  fix: run "npm start" there once`);
  process.exit(3);
}
if (!packaged && ownMajor < 24) {
  console.error(
    `lurus: Node ${process.versions.node} cannot run TypeScript and no pinned Node is installed.\n  fix: run "npm start" in ${root} once`,
  );
  process.exit(3);
}
const child = spawn(packaged ?? process.execPath, [main, ...process.argv.slice(2)], {
  stdio: 'inherit',
  env: { ...process.env, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(modules, '.cache/v8') },
});
// A terminal sends Ctrl-C to the child as well; it ends by itself and its exit code is passed on.
process.on('SIGINT', () => {});
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('error', (error) => {
  console.error(`lurus: ${error.message}`);
  process.exit(1);
});
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
