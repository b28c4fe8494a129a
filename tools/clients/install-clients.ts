/**
 * Installs the real AI CLIs, pinned by the lock file in `programs`, into a folder of their own: together they are 0.9 GB, which `npm ci`
 * of the repository must not carry.
 */
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Where the programs lie. */
export interface ClientPrograms {
  readonly claudeCode: string;
  readonly codex: string;
  /** A script for Node. */
  readonly geminiCli: string;
}

const INSTALL_TIMEOUT_MS = 900_000; // 0.3 GB packed, over a slow line.
const MANIFEST = join(import.meta.dirname, 'programs');

/** Installs what is not there yet and returns the programs. Throws an Error with npm's own words where it fails. */
export async function installClients(input: {
  readonly folder: string;
  readonly npmrc: string;
  readonly onProgress: (message: string) => void;
}): Promise<ClientPrograms> {
  const { folder } = input;
  const lock = readFileSync(join(MANIFEST, 'package-lock.json'), 'utf8');
  const stamp = join(folder, 'installed-lock.json');
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== lock) {
    input.onProgress(`installing the clients into ${folder} (0.9 GB, once)`);
    mkdirSync(folder, { recursive: true });
    for (const name of ['package.json', 'package-lock.json']) copyFileSync(join(MANIFEST, name), join(folder, name));
    copyFileSync(input.npmrc, join(folder, '.npmrc'));
    await npmCi(folder);
    writeFileSync(stamp, lock);
  }
  return programsIn(folder);
}

/** The native programs are called directly: their wrappers in `.bin` need install scripts, which stay off. */
function programsIn(folder: string): ClientPrograms {
  const modules = join(folder, 'node_modules');
  const programs: ClientPrograms = {
    claudeCode: join(modules, '@anthropic-ai/claude-code-linux-x64/claude'),
    codex: join(modules, '@openai/codex-linux-x64/vendor/x86_64-unknown-linux-musl/bin/codex'),
    geminiCli: join(modules, '@google/gemini-cli/bundle/gemini.js'),
  };
  for (const program of Object.values(programs)) {
    if (!existsSync(program)) throw new Error(`${program} is missing: remove ${folder} and install again (only Linux on x64 is set up)`);
  }
  return programs;
}

function npmCi(folder: string): Promise<void> {
  const npm = join(dirname(process.execPath), 'npm');
  const command = existsSync(npm) ? npm : 'npm'; // The Node of the packages comes without npm: then the machine's own.
  return new Promise((resolve, reject) => {
    const child = spawn(command, ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: INSTALL_TIMEOUT_MS,
    });
    let output = '';
    const keep = (chunk: Buffer): void => {
      output = (output + chunk.toString()).slice(-4_000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve() : reject(new Error(`npm ci in ${folder} ended with ${code}:\n${output}`))));
  });
}
