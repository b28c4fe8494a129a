/** Runs one refused turn and counts how often the client asks. */
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench, Outcome } from './bench.ts';
import type { RefusalCase } from './refusal-cases.ts';
import type { RequestCounter } from './request-counter.ts';
import { runClient } from './run-client.ts';

/** A key of the right form that was never issued. */
const NOBODYS_KEY = 'sk-lurus-00000000000000000000000000000000000000000000000';

/** Runs the case. The client must fail, say something, ask no more often than it must, and leave no trace in the books of money. */
export async function runRefusal(
  bench: Bench,
  input: { readonly refusal: RefusalCase; readonly poorKey: string; readonly counter: RequestCounter },
): Promise<Outcome> {
  const { refusal, counter } = input;
  await bench.books.clear();
  const before = await bench.books.moneyEvents();
  const target = { url: counter.url, key: refusal.key === 'of nobody' ? NOBODYS_KEY : input.poorKey };
  const command = refusal.command(bench.programs, target);
  counter.take();
  const run = await runClient({ command, folder: mkdtempSync(join(bench.folder, 'turn-')), proxyUrl: bench.outside.url });
  const requests = counter.take();
  const reached = (await bench.books.provider()).length;
  const appended = (await bench.books.moneyEvents()) - before;
  return {
    client: refusal.client,
    title: `a key ${refusal.key}, its own retries`,
    turn: 'refused',
    faults: [
      ...(run.exitCode === 0 || run.exitCode === null ? [`it ended with ${run.exitCode} although it was refused`] : []),
      ...(requests >= 1 && requests <= refusal.requestsMax
        ? []
        : [`it asked ${requests} times, at most ${refusal.requestsMax} were expected`]),
      ...(reached === 0 ? [] : [`${reached} of its requests reached the provider`]),
      ...(appended === 0 ? [] : [`${appended} events about money were appended`]),
    ],
    requests,
    tokens: '0 + 0',
    durationMs: run.durationMs,
    outsideHosts: bench.outside.takeHosts(),
  };
}
