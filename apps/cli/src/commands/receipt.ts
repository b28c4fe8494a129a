import type { Command } from 'commander';
import { z } from 'zod';
import { shownNanos, shownRate } from '../money-text.ts';
import { readAnswer } from '../service-client.ts';
import { openSession } from '../session.ts';
import type { Surroundings } from '../surroundings.ts';
import { renderFacts, renderTable } from '../table.ts';

const Amount = z.string().regex(/^-?\d+$/);
const SettlementSchema = z.object({
  amount_nanos: Amount,
  price_version: z.string(),
  lines: z.array(z.object({ token_class: z.string(), tokens: z.number(), usd_per_million: z.string(), amount_nanos: Amount })),
  is_estimated: z.boolean(),
  reason: z.string(),
  provider: z.string(),
  model: z.string(),
  upstream_model: z.string(),
  served_model: z.string().nullable(),
  settled_at: z.string(),
});
const AttemptSchema = z.object({
  attempt: z.number(),
  provider: z.string(),
  upstream_model: z.string(),
  outcome: z.string(),
  status: z.number().nullable(),
  error: z.string().nullable(),
  duration_ms: z.number(),
});
const ReceiptSchema = z.object({
  request_id: z.string(),
  status: z.string(),
  pending: z.array(z.object({ part: z.string(), says: z.string() })),
  tenant: z.string(),
  user: z.string().nullable(),
  user_id: z.string(),
  key_id: z.string(),
  hold: z.object({ amount_nanos: Amount, price_version: z.string(), placed_at: z.string() }).nullable(),
  settlement: SettlementSchema.nullable(),
  release: z.object({ how: z.string(), reason: z.string(), at: z.string() }).nullable(),
  wallet: z.object({ loss_nanos: Amount, available_after_nanos: Amount }).nullable(),
  request: z.object({ model: z.string(), provider: z.string().nullable(), duration_ms: z.number() }).nullable(),
  attempts: z.array(AttemptSchema),
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
  const { hold, settlement, release, wallet } = receipt;
  return renderFacts([
    ['request', receipt.request_id],
    ['user', `${receipt.user ?? receipt.user_id} (tenant ${receipt.tenant}), key ${receipt.key_id}`],
    ['model', modelText(receipt)],
    ['status', receipt.status],
    ['hold', hold === null ? 'none' : `${shownNanos(hold.amount_nanos)} at ${hold.placed_at}`],
    ['given back', release === null ? undefined : `${release.how} at ${release.at}, because ${release.reason}`],
    [
      'charged',
      settlement === null ? undefined : `${shownNanos(settlement.amount_nanos)} at ${settlement.settled_at}, because ${settlement.reason}`,
    ],
    ['tokens', settlement?.is_estimated === true ? 'estimated: the provider reported none' : undefined],
    ['lost', wallet === null || BigInt(wallet.loss_nanos) === 0n ? undefined : `${shownNanos(wallet.loss_nanos)} (paid by the house)`],
    ['left', wallet === null ? undefined : shownNanos(wallet.available_after_nanos)],
    ['price version', settlement?.price_version ?? hold?.price_version],
    ...receipt.pending.map(({ part, says }) => [`no ${part} yet`, says] as const),
  ]);
}

function modelText(receipt: Receipt): string | undefined {
  const { settlement, request } = receipt;
  if (settlement === null) return request === null ? undefined : `${request.model} from ${request.provider ?? 'nobody'}`;
  const { model, provider, upstream_model: sent, served_model: served } = settlement;
  const sentAs = sent === model ? '' : ` as ${sent}`;
  const servedBy = served === null || served === sent ? '' : `, served by ${served}`;
  return `${model} from ${provider}${sentAs}${servedBy}`;
}

const linesOf = (receipt: Receipt): string =>
  renderTable({
    rows: receipt.settlement?.lines ?? [],
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
