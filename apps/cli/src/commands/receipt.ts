import type { Command } from 'commander';
import { z } from 'zod';
import { shownNanos, shownRate } from '../money-text.ts';
import { readAnswer } from '../service-client.ts';
import { openSession } from '../session.ts';
import type { Surroundings } from '../surroundings.ts';
import { renderFacts, renderTable } from '../table.ts';

const Amount = z.string().regex(/^-?\d+$/);
const ReceiptSchema = z.object({
  request_id: z.string(),
  tenant: z.string(),
  user: z.string(),
  key_id: z.string(),
  model: z.string(),
  provider: z.string().nullable(),
  upstream_model: z.string().nullable(),
  served_model: z.string().nullable(),
  reason: z.string().nullable(),
  is_estimated: z.boolean(),
  price_version: z.string().nullable(),
  hold: z.object({ amount_nanos: Amount, placed_at: z.string(), sequence: z.number() }).nullable(),
  settlement: z.object({ amount_nanos: Amount, loss_nanos: Amount, at: z.string(), sequence: z.number() }).nullable(),
  lines: z.array(z.object({ token_class: z.string(), tokens: z.number(), usd_per_million: z.string(), amount_nanos: Amount })),
  attempts: z.array(
    z.object({
      attempt: z.number(),
      provider: z.string(),
      upstream_model: z.string(),
      outcome: z.string(),
      status: z.number().nullable(),
      error: z.string().nullable(),
      duration_ms: z.number(),
    }),
  ),
  events: z.array(z.object({ stream: z.string(), sequence: z.number(), event_name: z.string(), at: z.string(), id: z.string() })),
});
type Receipt = z.output<typeof ReceiptSchema>;

const HELP = `
Each event can be read as it stands in its stream: nats stream get BILLING_EVENTS <sequence>

Example:
  $ lurus receipt 01JDCB3Q4XK5N8V2Z7W9T6R1YE
`;

/** `lurus receipt <request-id>` */
export function addReceiptCommand(program: Command, surroundings: Surroundings): void {
  program
    .command('receipt')
    .description('explain what one request cost, down to the events')
    .argument('<request-id>', 'the x-lurus-request-id header of the answer, or a line of "lurus requests"')
    .addHelpText('after', HELP)
    .action(async (requestId: string, _options: unknown, command: Command) => {
      const session = openSession(command, surroundings);
      const path = `/v1/receipts/${encodeURIComponent(requestId)}`;
      const { body } = await session.call({ service: 'log', method: 'GET', path });
      session.show(body, () => renderReceipt(readAnswer(ReceiptSchema, body)));
    });
}

function renderReceipt(receipt: Receipt): string {
  return [factsOf(receipt), linesOf(receipt), attemptsOf(receipt), eventsOf(receipt)].join('\n');
}

function factsOf(receipt: Receipt): string {
  const { hold, settlement } = receipt;
  return renderFacts([
    ['request', receipt.request_id],
    ['user', `${receipt.user} (tenant ${receipt.tenant}), key ${receipt.key_id}`],
    ['model', modelText(receipt)],
    ['ended', receipt.reason === null ? 'not yet' : `${receipt.reason}${receipt.is_estimated ? ' (tokens are estimated)' : ''}`],
    ['hold', hold === null ? 'none' : `${shownNanos(hold.amount_nanos)} at ${hold.placed_at}`],
    ['charged', settlement === null ? '$0.00' : `${shownNanos(settlement.amount_nanos)} at ${settlement.at}`],
    [
      'lost',
      settlement === null || BigInt(settlement.loss_nanos) === 0n ? undefined : `${shownNanos(settlement.loss_nanos)} (paid by the house)`,
    ],
    ['price version', receipt.price_version ?? undefined],
  ]);
}

function modelText(receipt: Receipt): string {
  const sent = receipt.upstream_model === null || receipt.upstream_model === receipt.model ? '' : ` as ${receipt.upstream_model}`;
  const served = receipt.served_model === null || receipt.served_model === receipt.model ? '' : `, served by ${receipt.served_model}`;
  return `${receipt.model} from ${receipt.provider ?? 'nobody'}${sent}${served}`;
}

const linesOf = (receipt: Receipt): string =>
  renderTable({
    rows: receipt.lines,
    columns: [
      { title: 'tokens', align: 'right', cell: (row) => String(row.tokens) },
      { title: 'class', cell: (row) => row.token_class },
      { title: '$ per million', align: 'right', cell: (row) => shownRate(row.usd_per_million) },
      { title: 'amount', align: 'right', cell: (row) => shownNanos(row.amount_nanos) },
    ],
    whenEmpty: 'nothing was charged',
  });

const attemptsOf = (receipt: Receipt): string =>
  renderTable({
    rows: receipt.attempts,
    columns: [
      { title: 'attempt', align: 'right', cell: (row) => String(row.attempt) },
      { title: 'provider', cell: (row) => row.provider },
      { title: 'model there', cell: (row) => row.upstream_model },
      { title: 'outcome', cell: (row) => row.outcome },
      { title: 'status', align: 'right', cell: (row) => (row.status === null ? '-' : String(row.status)) },
      { title: 'took', align: 'right', cell: (row) => `${row.duration_ms} ms` },
      { title: 'error', cell: (row) => row.error ?? '' },
    ],
    whenEmpty: 'no provider was called',
  });

const eventsOf = (receipt: Receipt): string =>
  renderTable({
    rows: receipt.events,
    columns: [
      { title: 'stream', cell: (row) => row.stream },
      { title: 'sequence', align: 'right', cell: (row) => String(row.sequence) },
      { title: 'event', cell: (row) => row.event_name },
      { title: 'at', cell: (row) => row.at },
      { title: 'id', cell: (row) => row.id },
    ],
    whenEmpty: 'no events',
  });
