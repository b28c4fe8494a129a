/** Every `lurus` command line in the README, the docs and our own texts is one that this program understands. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { createProgram } from './program.ts';
import { testSurroundings } from './surroundings.fixture.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const pages = ['README.md', ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).map((path) => `docs/${path}`)].filter(
  (path) => path.endsWith('.md'),
);

/** Command lines of shell blocks, continued lines joined. */
function commandLines(markdown: string): string[] {
  const blocks = Array.from(markdown.matchAll(/```sh\n([\s\S]*?)```/g), (match) => (match[1] ?? '').replaceAll('\\\n', ' '));
  return blocks.flatMap((block) =>
    Array.from(block.matchAll(/(?:npx |^|\$ |\()lurus ((?:(?!\$\()[^\n|#)&;])*)/gm), (match) => (match[1] ?? '').trim()),
  );
}

const program = createProgram(testSurroundings({ sent: [], written: { data: '', notes: '' } }));

/** What is wrong with a command line, or undefined. */
function faultOf(line: string): string | undefined {
  let command: Command = program;
  for (const word of line.split(/\s+/).filter((one) => one !== '')) {
    if (word.startsWith('--')) {
      if (!hasOption(command, word.split('=')[0] ?? '')) return `${command.name()} has no option ${word}`;
      continue;
    }
    const next = command.commands.find((one) => one.name() === word);
    if (next) command = next;
    else if (command.commands.length > 0) return `${command.name()} has no command ${word}`;
  }
  return command.commands.length > 0 && command !== program ? `${command.name()} needs one of its commands` : undefined;
}

function hasOption(command: Command, flag: string): boolean {
  for (let at: Command | null = command; at; at = at.parent) if (at.options.some((option) => option.long === flag)) return true;
  return flag === '--help';
}

test.each(pages)('%s shows commands that exist', (page) => {
  const faults = commandLines(readFileSync(join(root, page), 'utf8')).flatMap((line) => {
    const fault = faultOf(line);
    return fault === undefined ? [] : [`lurus ${line}: ${fault}`];
  });
  expect(faults).toEqual([]);
});

test('a command that does not exist would be found', () => {
  expect(faultOf('wallet shwo ada')).toBe('wallet has no command shwo');
  expect(faultOf('wallet show ada --jsno')).toBe('show has no option --jsno');
  expect(faultOf('wallet show ada --json')).toBeUndefined();
});
