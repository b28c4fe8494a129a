/** What a run of the client tests works with, and what it finds out. */
import type { Books } from './books.ts';
import type { ClientCase, Target } from './client-cases.ts';
import type { ClientPrograms } from './install-clients.ts';
import type { OutsideTraffic } from './outside-traffic.ts';

/** Everything that a case needs. */
export interface Bench {
  readonly programs: ClientPrograms;
  readonly target: Target;
  readonly simulatorUrl: string;
  readonly books: Books;
  /** The clients talk to the simulator itself: there is nothing to compare its book with. */
  readonly isDirect: boolean;
  readonly outside: OutsideTraffic;
  /** Where the clients' homes and projects are made. */
  readonly folder: string;
}

/** What came of one case. */
export interface Outcome {
  readonly client: ClientCase['client'];
  readonly title: string;
  readonly turn: string;
  /** What was not as it must be, as sentences. */
  readonly faults: readonly string[];
  readonly requests: number;
  readonly tokens: string;
  readonly durationMs: number;
  /** Hosts other than the gateway that the client asked for; none of them was reached. */
  readonly outsideHosts: readonly string[];
}

/** A case by name, for filters and progress. */
export const nameOf = ({ client, title, turn }: Pick<Outcome, 'client' | 'title' | 'turn'>): string => `${client}: ${title}, ${turn}`;

/** Outcomes as a table for people. */
export function outcomeTable(outcomes: readonly Outcome[]): string {
  const rows = [
    ['client', 'set-up', 'turn', 'result', 'requests', 'tokens in + out', 'seconds', 'asked elsewhere'],
    ...outcomes.map(({ client, title, turn, faults, requests, tokens, durationMs, outsideHosts }) => [
      client,
      title,
      turn,
      faults.length === 0 ? 'passed' : 'FAILED',
      String(requests),
      tokens,
      (durationMs / 1_000).toFixed(1),
      outsideHosts.join(' '),
    ]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return rows.map(line).join('\n');
}
