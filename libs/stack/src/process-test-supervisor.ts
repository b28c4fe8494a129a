/** For `process.test.ts`: supervises one program of others and one of ours, writes their pids to a file and waits to be killed. */
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { supervise } from './process.ts';

const [folder = '', report = ''] = process.argv.slice(2);
const tether = fileURLToPath(new URL('./tether.ts', import.meta.url));

function started(name: string, input: { readonly command: readonly [string, ...string[]]; readonly watchesStdin: boolean }) {
  return supervise({
    ...input,
    name,
    env: { PATH: process.env['PATH'] },
    cwd: '/',
    logPath: join(folder, `${name}.log`),
    stopSignal: 'SIGTERM',
    isReady: async () => existsSync(join(folder, `${name}.log`)),
  });
}

const children = [
  started('foreign', { command: ['sleep', '600'], watchesStdin: false }),
  started('own', { command: [process.execPath, '--import', tether, '-e', 'setInterval(() => {}, 1000)'], watchesStdin: true }),
];
await Promise.all(children.map((child) => child.ready()));
writeFileSync(`${report}.draft`, JSON.stringify(children.map((child) => child.pid())));
renameSync(`${report}.draft`, report);
