import type { Command } from 'commander';
import { fetchProjections, lagOf, type PartitionStatus, readProjections } from '../projection-status.ts';
import { openSession } from '../session.ts';
import type { Surroundings } from '../surroundings.ts';
import { renderTable } from '../table.ts';

/** `lurus projection list|lag` */
export function addProjectionCommands(program: Command, surroundings: Surroundings): void {
  const projection = program.command('projection').description('the views and how far behind the streams they are');
  addList(projection, surroundings);
  addLag(projection, surroundings);
}

function addList(projection: Command, surroundings: Surroundings): void {
  projection
    .command('list')
    .description('list the projections, their state and lag')
    .action(async (_options: unknown, command: Command) => {
      const session = openSession(command, surroundings);
      const body = await fetchProjections(session);
      session.show(body, () =>
        renderTable({
          rows: readProjections(body),
          columns: [
            { title: 'projection', cell: (row) => row.name },
            { title: 'version', align: 'right', cell: (row) => String(row.version) },
            { title: 'state', cell: (row) => row.state },
            { title: 'reads', cell: (row) => [...new Set(row.partitions.map((one) => one.stream))].join(' ') },
            { title: 'events behind', align: 'right', cell: (row) => String(lagOf(row)) },
            { title: 'error', cell: (row) => row.error ?? '' },
          ],
          whenEmpty: 'The projector runs no projection.',
        }),
      );
    });
}

interface LagRow extends PartitionStatus {
  readonly projection: string;
}

/** Neighbouring partitions that stand alike, as one row. */
interface LagRange extends LagRow {
  readonly lastPartition: number;
}

const standsAlike = (a: LagRow, b: LagRow): boolean =>
  a.projection === b.projection &&
  a.stream === b.stream &&
  a.position === b.position &&
  a.head === b.head &&
  a.lag_events === b.lag_events &&
  a.state === b.state &&
  a.error === b.error;

function rangesOf(rows: readonly LagRow[]): LagRange[] {
  const ranges: LagRange[] = [];
  for (const row of rows) {
    const last = ranges.at(-1);
    if (last && standsAlike(last, row)) ranges[ranges.length - 1] = { ...last, lastPartition: row.partition };
    else ranges.push({ ...row, lastPartition: row.partition });
  }
  return ranges;
}

const partitionText = ({ partition, lastPartition }: LagRange): string =>
  partition === lastPartition ? String(partition) : `${partition}-${lastPartition}`;

function addLag(projection: Command, surroundings: Surroundings): void {
  projection
    .command('lag')
    .description('show the position of each partition, equal neighbours together; with a name only that projection')
    .argument('[name]')
    .option('--behind', 'only partitions that are behind')
    .action(async (name: string | undefined, options: { behind?: boolean }, command: Command) => {
      const session = openSession(command, surroundings);
      const body = await fetchProjections(session);
      const rows = readProjections(body)
        .filter((one) => name === undefined || one.name === name)
        .flatMap((one) => one.partitions.map((partition): LagRow => ({ projection: one.name, ...partition })))
        .filter((row) => options.behind !== true || row.lag_events > 0);
      session.show({ partitions: rows }, () =>
        renderTable({
          rows: rangesOf(rows),
          columns: [
            { title: 'projection', cell: (row) => row.projection },
            { title: 'stream', cell: (row) => row.stream },
            { title: 'partition', align: 'right', cell: partitionText },
            { title: 'position', align: 'right', cell: (row) => String(row.position) },
            { title: 'head', align: 'right', cell: (row) => String(row.head) },
            { title: 'behind', align: 'right', cell: (row) => String(row.lag_events) },
            { title: 'last applied', align: 'right', cell: (row) => ageText(row.last_applied_age_ms) },
            { title: 'state', cell: (row) => row.error ?? row.state },
          ],
          whenEmpty: options.behind === true ? 'No partition is behind.' : 'There is no such projection: lurus projection list',
        }),
      );
    });
}

function ageText(ms: number | null): string {
  if (ms === null) return '-';
  return ms < 10_000 ? `${ms} ms ago` : `${(ms / 1000).toFixed(0)} s ago`;
}
