import { systemClock } from '@lurus/base/clock';
import { openJournal } from '@lurus/journal/connect';
import type { JournalConnection, JournalLog, JournalOptions } from '@lurus/journal/journal';
import { afterAll } from 'vitest';
import type { TestNats } from './use-nats.ts';

/** Connections of a test file, as processes of production open them, with the rights of the process named. */
export interface TestJournal {
  readonly open: (processName: string, overrides?: Partial<JournalOptions>) => Promise<JournalConnection>;
}

/** Drops what a test does not look at. */
export const silentLog: JournalLog = { info: () => {}, warn: () => {}, error: () => {} };

/** Closes what was opened after the file's last test. Call it after `useNats`. */
export function useJournal(nats: TestNats): TestJournal {
  const connections: JournalConnection[] = [];
  afterAll(async () => {
    await Promise.all(connections.map((connection) => connection.close()));
  });
  return {
    open: async (processName, overrides = {}) => {
      const connection = await openJournal({
        url: nats.url(),
        seed: nats.seedOf(processName),
        processName,
        instance: 'test',
        clock: systemClock,
        log: silentLog,
        needsDurableServer: true,
        ...overrides,
      });
      connections.push(connection);
      return connection;
    },
  };
}
