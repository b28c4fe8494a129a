import { mkdirSync, mkdtempSync, readFileSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { run } from '../surroundings.fixture.ts';
import { mergeEnvFile } from './merge-env-file.ts';
import { mergeJson } from './merge-json.ts';

let home = '';
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'lurus-home-'));
});

const setup = (...args: string[]) => run(['setup', ...args, '--key', 'sk-lurus-k'], { userHome: home });
const read = (path: string): string => readFileSync(join(home, path), 'utf8');

test.each(['claude', 'codex', 'gemini'])('%s: without --write the lines are printed and nothing is touched', async (client) => {
  const { exit, data } = await setup(client);
  expect(exit).toBe(0);
  expect(data).toContain('http://gateway.test');
  expect(data).toContain('sk-lurus-k');
  expect(readdirSync(home)).toEqual([]);
});

test('claude: both variables are set among those that stood there, a copy of the former file is kept', async () => {
  mkdirSync(join(home, '.claude'));
  writeFileSync(join(home, '.claude/settings.json'), '{"theme":"dark","env":{"OTHER":"1"}}');
  await setup('claude', '--write');
  expect(JSON.parse(read('.claude/settings.json'))).toEqual({
    theme: 'dark',
    env: { OTHER: '1', ANTHROPIC_BASE_URL: 'http://gateway.test', ANTHROPIC_AUTH_TOKEN: 'sk-lurus-k' },
  });
  const [backup] = readdirSync(join(home, '.claude')).filter((name) => name.includes('.before-lurus-'));
  expect(read(`.claude/${backup}`)).toBe('{"theme":"dark","env":{"OTHER":"1"}}');
  expect(statSync(join(home, '.claude/settings.json')).mode & 0o777).toBe(0o600);
});

test('claude: a file that is no plain JSON is left as it is', async () => {
  mkdirSync(join(home, '.claude'));
  writeFileSync(join(home, '.claude/settings.json'), '{ // mine\n}');
  const { exit, notes } = await setup('claude', '--write');
  expect(exit).toBe(1);
  expect(notes).toContain('without --write');
  expect(read('.claude/settings.json')).toBe('{ // mine\n}');
});

test('codex: a profile file of its own leaves config.toml alone', async () => {
  mkdirSync(join(home, '.codex'));
  writeFileSync(join(home, '.codex/config.toml'), '# mine\n');
  const { data } = await setup('codex', '--write');
  expect(read('.codex/config.toml')).toBe('# mine\n');
  expect(read('.codex/lurus.config.toml')).toContain('base_url = "http://gateway.test/v1"');
  expect(data).toContain('export LURUS_API_KEY=sk-lurus-k');
  expect(data).toContain('codex --profile lurus');
});

test('gemini: both of its files are written, a linked one stays a link', async () => {
  writeFileSync(join(home, 'dotfile.env'), 'A=1\nGEMINI_API_KEY=old\n');
  mkdirSync(join(home, '.gemini'));
  symlinkSync(join(home, 'dotfile.env'), join(home, '.gemini/.env'));
  await setup('gemini', '--write');
  expect(read('dotfile.env')).toBe('A=1\nGEMINI_API_KEY=sk-lurus-k\nGOOGLE_GEMINI_BASE_URL=http://gateway.test\n');
  expect(JSON.parse(read('.gemini/settings.json'))).toEqual({ security: { auth: { selectedType: 'gemini-api-key' } } });
});

test('writing twice changes nothing the second time', async () => {
  await setup('claude', '--write');
  const { data } = await setup('claude', '--write');
  expect(data).toContain('unchanged');
  expect(readdirSync(join(home, '.claude'))).toEqual(['settings.json']);
});

test('a value at a path that is no object is refused', () => {
  expect(() => mergeJson('{"env":[]}', [[['env', 'A'], '1']])).toThrow('"env" in it is no object');
});

test('exported and plain variables are replaced where they stand', () => {
  expect(mergeEnvFile('# a\nexport A=1\nB=2\n', { A: '3', C: '4' })).toBe('# a\nA=3\nB=2\nC=4\n');
});
