import type { Command } from 'commander';
import { z } from 'zod';
import { shownNanos } from '../money-text.ts';
import { pastMoment, positiveInteger } from '../option-values.ts';
import { readAnswer } from '../service-client.ts';
import { openSession, type Session } from '../session.ts';
import type { Surroundings } from '../surroundings.ts';
import { type Column, renderTable } from '../table.ts';

const FOLLOW_POLL_MS = 1_000;
const FOLLOW_OVERLAP_MS = 10_000; // Several gateways append side by side, so that a request may reach the log after one that ended later.
const FOLLOW_PAGE = 200; // More than a gateway's requests in one second on a small machine; a fuller page is followed by the next at once.

const RequestSchema = z.looseObject({
  request_id: z.string(),
  at: z.string(),
  user: z.string().nullable(),
  model: z.string(),
  provider: z.string().nullable(),
  status: z.number(),
  reason: z.string(),
  input_tokens: z.number(),
  cache_read_tokens: z.number(),
  output_tokens: z.number(),
  amount_nanos: z.string(),
  first_byte_ms: z.number().nullable(),
  duration_ms: z.number(),
});
type Request = z.output<typeof RequestSchema>;
const RequestListSchema = z.object({ requests: z.array(RequestSchema) });

interface RequestsOptions {
  readonly follow?: boolean;
  readonly user?: string;
  readonly key?: string;
  readonly model?: string;
  readonly reason?: string;
  readonly since?: string;
  readonly until?: string;
  readonly limit: number;
}

const HELP = `
Examples:
  $ lurus requests --since 1h --user ada
  $ lurus requests --reason client_gone_cut --json | jq -r '.requests[].request_id'
  $ lurus requests --follow
`;

/** `lurus requests` */
export function addRequestsCommand(program: Command, surroundings: Surroundings): void {
  const time = pastMoment(surroundings.clock.nowMs());
  program
    .command('requests')
    .description('list requests, the latest first; --follow prints new ones as they end')
    .option('--follow', 'wait for new ones until Ctrl-C, the latest last; with --json one line each')
    .option('--user <user>')
    .option('--key <key-id>')
    .option('--model <model>', 'model as the client named it')
    .option('--reason <reason>', 'how it ended, see docs/endings.md')
    .option('--since <time>', 'RFC 3339, or a span back like 15m, 24h, 7d', time)
    .option('--until <time>', 'likewise', time)
    .option('--limit <count>', 'lines at most', positiveInteger, 50)
    .addHelpText('after', HELP)
    .action(async (options: RequestsOptions, command: Command) => {
      const session = openSession(command, surroundings);
      if (options.follow === true) await follow({ session, options, surroundings });
      else await list(session, options);
    });
}

const COLUMNS: readonly Column<Request>[] = [
  { title: 'ended at', cell: (row) => row.at },
  { title: 'request id', cell: (row) => row.request_id },
  { title: 'user', cell: (row) => row.user ?? '-' },
  { title: 'model', cell: (row) => row.model },
  { title: 'provider', cell: (row) => row.provider ?? '-' },
  { title: 'status', align: 'right', cell: (row) => String(row.status) },
  { title: 'reason', cell: (row) => row.reason },
  { title: 'input', align: 'right', cell: (row) => String(row.input_tokens) },
  { title: 'cached', align: 'right', cell: (row) => String(row.cache_read_tokens) },
  { title: 'output', align: 'right', cell: (row) => String(row.output_tokens) },
  { title: 'first byte', align: 'right', cell: (row) => (row.first_byte_ms === null ? '-' : `${row.first_byte_ms} ms`) },
  { title: 'took', align: 'right', cell: (row) => `${row.duration_ms} ms` },
  { title: 'cost', align: 'right', cell: (row) => shownNanos(row.amount_nanos) },
];

async function list(session: Session, options: RequestsOptions): Promise<void> {
  const body = await fetchRequests(session, options);
  session.show(body, () =>
    renderTable({
      rows: readAnswer(RequestListSchema, body).requests,
      columns: COLUMNS,
      whenEmpty: `No requests in tenant ${session.tenant} fit. Those of the demo key are in tenant demo: lurus requests --tenant demo`,
    }),
  );
}

async function fetchRequests(session: Session, options: Omit<RequestsOptions, 'follow'>): Promise<unknown> {
  const { user, key, model, reason, since, until, limit } = options;
  const query = { tenant: session.tenant, user, key, model, reason, since, until, limit };
  return (await session.call({ service: 'log', method: 'GET', path: '/v1/requests', query })).body;
}

/** Polls, since the log is a view that is written in batches; what was printed is remembered by id, so that none is shown twice. */
async function follow(input: {
  readonly session: Session;
  readonly options: RequestsOptions;
  readonly surroundings: Surroundings;
}): Promise<void> {
  const { session, options, surroundings } = input;
  let since = options.since ?? new Date(surroundings.clock.nowMs()).toISOString();
  let printed: ReadonlySet<string> = new Set();
  session.note('waiting for requests, Ctrl-C ends');
  while (!surroundings.signal.aborted) {
    const { requests } = readAnswer(RequestListSchema, await fetchRequests(session, { ...options, since, limit: FOLLOW_PAGE }));
    const fresh = requests.filter((request) => !printed.has(request.request_id)).toReversed();
    for (const request of fresh) surroundings.writeData(session.isJson ? `${JSON.stringify(request)}\n` : lineOf(request));
    printed = new Set(requests.map((request) => request.request_id));
    since = overlapping({ since, latest: requests[0]?.at });
    if (fresh.length < FOLLOW_PAGE) await surroundings.sleep(FOLLOW_POLL_MS).catch(() => undefined); // Interrupted: the loop ends.
  }
}

/** Where the next look begins: some way before the latest request, but never before where this look began. */
function overlapping(input: { readonly since: string; readonly latest: string | undefined }): string {
  if (input.latest === undefined) return input.since;
  const next = new Date(Date.parse(input.latest) - FOLLOW_OVERLAP_MS).toISOString();
  return next > input.since ? next : input.since;
}

const lineOf = (request: Request): string => `${COLUMNS.map((column) => column.cell(request)).join('  ')}\n`;
