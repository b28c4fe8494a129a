/** What a fold has to know about everything that is over: it grows with the events, so it lies on disk. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** How a request ended as far as it is known. A settlement that follows an expiry takes its place. */
export interface End {
  readonly how: 'settled' | 'released' | 'expired';
  readonly amountNanos: bigint;
}

/** Requests that have ended, event ids and references that were seen. */
export interface Past {
  readonly endOf: (requestId: string) => End | undefined;
  readonly setEnd: (requestId: string, end: End) => void;
  /** Remembers a text; false where it was remembered before. */
  readonly isNew: (text: string) => boolean;
}

/** A past in memory, for short histories. */
export function memoryPast(): Past {
  const ends = new Map<string, End>();
  const seen = new Set<string>();
  return {
    endOf: (requestId) => ends.get(requestId),
    setEnd: (requestId, end) => void ends.set(requestId, end),
    isNew: (text) => !seen.has(text) && Boolean(seen.add(text)),
  };
}

/** A past in a temporary SQLite file. `commit` after each chunk of events; `close` removes the file. */
export interface DiskPast extends Past {
  readonly commit: () => void;
  readonly close: () => void;
}

/** Nothing in it has to survive: it is made anew by every verification. */
const SCHEMA = `pragma journal_mode = off; pragma synchronous = off;
  create table ends (request_id text primary key, how text not null, amount text not null) without rowid;
  create table seen (name text primary key) without rowid; begin;`;

/** Opens a past on disk, in the system's folder for temporary files: about 100 bytes an event. */
export function openDiskPast(): DiskPast {
  const folder = mkdtempSync(join(tmpdir(), 'lurus-ledger-'));
  const database = new DatabaseSync(join(folder, 'past.sqlite'));
  database.exec(SCHEMA);
  const findEnd = database.prepare('select how, amount from ends where request_id = ?');
  const putEnd = database.prepare('insert or replace into ends values (?, ?, ?)');
  const see = database.prepare('insert or ignore into seen values (?)');
  return {
    endOf: (requestId) => {
      const row = findEnd.get(requestId);
      if (!row) return undefined;
      return { how: row['how'] as End['how'], amountNanos: BigInt(row['amount'] as string) }; // Put there by setEnd.
    },
    setEnd: (requestId, { how, amountNanos }) => void putEnd.run(requestId, how, amountNanos.toString()),
    isNew: (text) => see.run(text).changes === 1,
    commit: () => database.exec('commit; begin'),
    close: () => {
      database.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
