/** A simulator for one test file, on a free port, with an empty folder of recorded answers. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@lurus/base/clock';
import { createIdSource } from '@lurus/base/ids';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import type { Book, BookEntry } from './book.ts';
import { createSimulator } from './create-simulator.ts';

/** The simulator of a test file. */
export interface TestSimulator {
  /** Valid from the first `beforeAll` after the call. */
  readonly url: () => string;
  /** Emptied after every test. */
  readonly book: Book;
  /** Folder of recorded answers. */
  readonly fixtures: string;
  readonly post: (path: string, body: unknown, headers?: Record<string, string>) => Promise<Response>;
  /** The only entry of the book, once the simulator has closed it: its client may be faster. */
  readonly onlyEntry: () => Promise<BookEntry>;
}

const ENTRY_TIMEOUT_MS = 1_000; // The simulator is milliseconds behind its client.

/** Starts a simulator before the tests of this file and stops it after them. An error inside it fails the test that caused it. */
export function useSimulator(): TestSimulator {
  const fixtures = mkdtempSync(join(tmpdir(), 'simulator-fixtures-'));
  const errors: unknown[] = [];
  const simulator = createSimulator({
    clock: systemClock,
    ids: createIdSource(systemClock),
    fixtures,
    onError: (error) => errors.push(error),
  });
  let url = '';
  beforeAll(async () => {
    url = await simulator.listen({ host: '127.0.0.1', port: 0 });
  });
  afterEach(() => {
    simulator.book.clear();
    expect(errors.splice(0)).toEqual([]);
  });
  afterAll(async () => {
    await simulator.close();
    rmSync(fixtures, { recursive: true });
  });
  return {
    url: () => url,
    book: simulator.book,
    fixtures,
    post: (path, body, headers = {}) =>
      fetch(url + path, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) }),
    onlyEntry: () => onlyEntry(simulator.book),
  };
}

async function onlyEntry(book: Book): Promise<BookEntry> {
  for (const giveUpMs = performance.now() + ENTRY_TIMEOUT_MS; performance.now() < giveUpMs;) {
    const [entry, ...others] = book.entries();
    if (entry && others.length === 0 && entry.ending !== 'open') return entry;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`expected one closed entry, got ${JSON.stringify(book.entries())}`);
}

/** A Chat request that says hello. */
export const chat = (model: string, rest: object = {}) => ({ model, messages: [{ role: 'user' as const, content: 'Say hello' }], ...rest });
