/** Whether the NATS server takes us and writes to disk before it acknowledges. */
import { systemClock } from '@lurus/base/clock';
import { Problem } from '@lurus/base/problem';
import { operatorProcess } from '@lurus/streams/processes';
import { readNatsSeeds } from '../secrets-file.ts';
import type { System } from '../system.ts';
import type { CheckResult } from './check-result.ts';

const CONNECT_TIMEOUT_MS = 5_000;
const SILENT = { info: () => {}, warn: () => {}, error: () => {} }; // What fails is told as the check's result.

/** Empty where the system is not of this machine: NATS is not reachable from elsewhere as a rule. */
export async function checkNats(system: System): Promise<CheckResult[]> {
  const seed = readNatsSeeds(system.home)?.[operatorProcess.name];
  if (!system.ready || seed === undefined) return [];
  // Loaded on use: the NATS client doubles the start of every other command.
  const { openJournal } = await import('@lurus/journal/connect');
  try {
    const connection = await openJournal({
      url: system.ready.nats,
      seed,
      processName: operatorProcess.name,
      instance: 'doctor',
      clock: systemClock,
      log: SILENT,
      needsDurableServer: true,
      limits: { connectTimeoutMs: CONNECT_TIMEOUT_MS },
    });
    await connection.close();
    return [{ name: 'nats', state: 'ok', says: 'writes to disk before it acknowledges' }];
  } catch (error) {
    const fix = error instanceof Problem ? error.details.fix : 'See .lurus/logs/nats.log';
    const why = error instanceof Error ? error.message : String(error);
    return [{ name: 'nats', state: 'fail', says: `${system.ready.nats} cannot be used.`, why, fix }];
  }
}
