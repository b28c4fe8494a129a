/** Method: real child processes, since signals, exit codes and uncaught errors cannot be had otherwise. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const wrapper = new URL('run-process.ts', import.meta.url).href;
const setting = new URL('../../base/src/setting.ts', import.meta.url).href;

interface Ended {
  readonly code: number | null;
  readonly messages: readonly string[];
  readonly stderr: string;
}

/** Runs `start` in a process of its own and, once it has written "started", sends it the signals. */
function run(body: string, signals: readonly NodeJS.Signals[] = []): Promise<Ended> {
  const folder = mkdtempSync(join(tmpdir(), 'lurus-run-'));
  const file = join(folder, 'main.ts');
  writeFileSync(
    file,
    `import { runProcess } from ${JSON.stringify(wrapper)};
     import { SettingsError } from ${JSON.stringify(setting)};
     const settings = { LURUS_LOG_LEVEL: 'info' as const, LURUS_INSTANCE: '1' };
     const forever = () => setInterval(() => undefined, 1000);
     await runProcess({ name: 'child', ${body} });`,
  );
  const child = spawn(process.execPath, ['--no-warnings', file], { stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  let isSignalled = false;
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
    if (isSignalled || !stderr.includes('"msg":"started"')) return;
    isSignalled = true;
    for (const signal of signals) child.kill(signal);
  });
  return new Promise((resolve) => {
    child.on('close', (code) => {
      rmSync(folder, { recursive: true });
      const messages = stderr
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => String(JSON.parse(line).msg));
      resolve({ code, messages, stderr });
    });
  });
}

const readSettings = 'readSettings: () => settings';

test('SIGTERM closes what was opened in the opposite order and exits 0', async () => {
  const ended = await run(
    `${readSettings}, start: async ({ onStop, logger }) => {
       forever();
       onStop('first', () => logger.info('closed first'));
       onStop('second', async () => { await null; logger.info('closed second'); });
     }`,
    ['SIGTERM'],
  );
  expect(ended.messages).toEqual(['started', 'stopping', 'closed second', 'closed first', 'stopped']);
  expect(ended.code).toBe(0);
});

test('Ctrl-C followed by the supervisor’s SIGTERM is one wish: the stop stays orderly', async () => {
  const ended = await run(
    `${readSettings}, start: async ({ onStop, logger }) => {
       forever();
       onStop('slow', () => new Promise<void>((resolve) => setTimeout(() => { logger.info('closed slow'); resolve(); }, 200)));
     }`,
    ['SIGINT', 'SIGTERM'],
  );
  expect(ended.messages).toContain('closed slow');
  expect(ended.code).toBe(0);
});

test('a stop past its limit names what hung and exits 3', async () => {
  const ended = await run(
    `${readSettings}, stopLimitMs: () => 100, start: async ({ onStop }) => {
       forever();
       onStop('the stuck part', () => new Promise<void>(() => undefined));
     }`,
    ['SIGTERM'],
  );
  expect(ended.stderr).toContain('"pending":"the stuck part"');
  expect(ended.code).toBe(3);
});

test('a part that fails to close is logged, the others are still closed, and the exit code is 1', async () => {
  const ended = await run(
    `${readSettings}, start: async ({ onStop, logger }) => {
       forever();
       onStop('good', () => logger.info('closed good'));
       onStop('bad', () => { throw new Error('no'); });
     }`,
    ['SIGTERM'],
  );
  expect(ended.messages).toContain('closed good');
  expect(ended.code).toBe(1);
});

test('a start that fails closes what it had opened and exits 1', async () => {
  const ended = await run(
    `${readSettings}, start: async ({ onStop, logger }) => {
       onStop('opened', () => logger.info('closed opened'));
       throw new Error('the port is taken');
     }`,
  );
  expect(ended.messages).toEqual(['could not start', 'closed opened', 'stopped']);
  expect(ended.stderr).toContain('the port is taken');
  expect(ended.code).toBe(1);
});

test('unusable settings are told in plain text without a stack, exit code 2', async () => {
  const ended = await run(
    `readSettings: (): typeof settings => { throw new SettingsError('LURUS_X is missing'); }, start: async () => undefined`,
  );
  expect(ended.stderr).toBe('child: LURUS_X is missing\n');
  expect(ended.code).toBe(2);
});

test.each([
  ['an uncaught error', `setTimeout(() => { throw new Error('boom'); }, 10);`],
  ['an unhandled rejection', `setTimeout(() => void Promise.reject(new Error('boom')), 10);`],
])('%s is logged and fatal', async (_name, code) => {
  const ended = await run(`${readSettings}, start: async () => { forever(); ${code} }`);
  expect(ended.stderr).toContain('boom');
  expect(ended.stderr).toContain('"level":"fatal"');
  expect(ended.code).toBe(1);
});
