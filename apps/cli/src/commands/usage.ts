import { InvalidArgumentError, type Command } from 'commander';
import { z } from 'zod';
import { shownNanos } from '../money-text.ts';
import { pastMoment } from '../option-values.ts';
import { readAnswer } from '../service-client.ts';
import { openSession } from '../session.ts';
import type { Surroundings } from '../surroundings.ts';
import { type Column, renderTable } from '../table.ts';

const GROUPS = ['hour', 'day', 'user', 'key', 'model', 'provider'] as const;

const UsageRowSchema = z.looseObject({
  requests: z.number(),
  input_tokens: z.number(),
  cache_read_tokens: z.number(),
  cache_write_5m_tokens: z.number(),
  cache_write_1h_tokens: z.number(),
  output_tokens: z.number(),
  amount_nanos: z.string(),
});
type UsageRow = z.output<typeof UsageRowSchema>;
const UsageSchema = z.object({ rows: z.array(UsageRowSchema), total: UsageRowSchema, is_truncated: z.boolean() });

const HELP = `
Examples:
  $ lurus usage --from 24h
  $ lurus usage --from 30d --by day,model
`;

/** `lurus usage` */
export function addUsageCommand(program: Command, surroundings: Surroundings): void {
  const time = pastMoment(surroundings.clock.nowMs());
  program
    .command('usage')
    .description('sum up requests, tokens and cost')
    .option('--from <time>', 'RFC 3339, or a span back like 24h, 30d; whole hours', time, time('24h'))
    .option('--to <time>', 'likewise (default: now)', time)
    .option('--by <groups>', `any of ${GROUPS.join(', ')}, separated by commas`, parseGroups, ['user', 'model'])
    .addHelpText('after', HELP)
    .action(async (options: { from: string; to?: string; by: string[] }, command: Command) => {
      const session = openSession(command, surroundings);
      const query = { tenant: session.tenant, from: options.from, to: options.to, group_by: options.by.join(',') };
      const { body } = await session.call({ service: 'log', method: 'GET', path: '/v1/usage', query });
      session.show(body, () => renderUsage(readAnswer(UsageSchema, body), options));
    });
}

function renderUsage(usage: z.output<typeof UsageSchema>, options: { readonly from: string; readonly by: readonly string[] }): string {
  const whenEmpty = `Nothing was settled since ${options.from}.`;
  // Where there is one row the sum would only repeat it.
  const rows = usage.rows.length > 1 ? [...usage.rows, usage.total] : usage.rows;
  const table = renderTable({ rows, columns: columnsOf(options.by), whenEmpty });
  return usage.is_truncated ? `${table}There are more rows; the last line is the sum of all.\n` : table;
}

function parseGroups(text: string): string[] {
  const groups = text.split(',');
  const unknown = groups.filter((group) => !GROUPS.some((known) => known === group));
  if (unknown.length > 0) throw new InvalidArgumentError(`"${unknown.join(', ')}" is none of ${GROUPS.join(', ')}.`);
  return groups;
}

const columnsOf = (groups: readonly string[]): Column<UsageRow>[] => [
  ...groups.map((group, index): Column<UsageRow> => ({ title: group, cell: (row) => groupText({ row, group, isFirst: index === 0 }) })),
  { title: 'requests', align: 'right', cell: (row) => String(row.requests) },
  { title: 'input', align: 'right', cell: (row) => String(row.input_tokens) },
  { title: 'cache read', align: 'right', cell: (row) => String(row.cache_read_tokens) },
  { title: 'cache write', align: 'right', cell: (row) => String(row.cache_write_5m_tokens + row.cache_write_1h_tokens) },
  { title: 'output', align: 'right', cell: (row) => String(row.output_tokens) },
  { title: 'cost', align: 'right', cell: (row) => shownNanos(row.amount_nanos) },
];

/** The sum of everything has no groups: its first column says what it is. */
function groupText(input: { readonly row: UsageRow; readonly group: string; readonly isFirst: boolean }): string {
  const { row, group, isFirst } = input;
  const value = row[group === 'key' ? 'key_id' : group] ?? row[`${group}_id`];
  if (typeof value === 'string') return value;
  return isFirst ? 'all' : '';
}
