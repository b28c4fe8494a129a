/** What the request log says that requests cost, against LLM_EVENTS and against what they were charged. */
import type { llmCatalogue } from '@lurus/events/catalogue/llm';
import type { EventOf, RecordedEvent } from '@lurus/events/event';
import type { ClickHouse } from '@lurus/projection/clickhouse/open-clickhouse';
import { fieldsOf, type Fields, firstDifference } from './fields.ts';
import type { Finding } from './finding.ts';
import type { Past } from './past.ts';

type LlmEvent = RecordedEvent<EventOf<(typeof llmCatalogue)[number]>>;
type Ending = Exclude<LlmEvent, { readonly name: 'request.attempted' }>;

const SELECT = `SELECT toString(request_log.sequence) AS place, event_id, event_name, request_id, wallet_id, reason,
  toString(amount_nanos) AS amount_nanos, toString(input_tokens) AS input_tokens, toString(output_tokens) AS output_tokens
  FROM request_log WHERE request_log.sequence BETWEEN {first:UInt64} AND {last:UInt64}`;

const wanted = ({ id, name, data }: Ending): Fields =>
  fieldsOf({
    event_id: id,
    event_name: name,
    request_id: data.requestId,
    wallet_id: data.walletId,
    reason: data.reason,
    amount_nanos: data.amountNanos,
    input_tokens: data.inputTokens,
    output_tokens: data.outputTokens,
  });

/** What a check of the request log works with. */
export interface RequestsCheckInput {
  readonly clickhouse: ClickHouse;
  /** The sequence of LLM_EVENTS up to which the view has everything. */
  readonly claim: number;
  readonly past: Pick<Past, 'endOf'>;
  /** Whether a request still holds money: then its end is on its way. */
  readonly isHeld: (requestId: string) => boolean;
  readonly onFinding: (finding: Finding) => void;
}

/** Compares a run of LLM_EVENTS with the request log and with the charges. */
export async function checkRequests(events: readonly LlmEvent[], input: RequestsCheckInput): Promise<void> {
  const endings = events.filter((event): event is Ending => event.name !== 'request.attempted');
  const [first, last] = [events[0]?.sequence ?? 0, events.at(-1)?.sequence ?? 0];
  const rows = await input.clickhouse.query<Fields>(SELECT, { first, last });
  const found = new Map(rows.map((row) => [Number(row['place']), row]));
  const find = (event: Ending, key: string, says: string): void =>
    input.onFinding({ place: 'clickhouse', stream: event.stream, sequence: event.sequence, eventId: event.id, key, says });
  for (const event of endings) {
    const charge = faultOfCharge(event, input);
    if (charge) find(event, 'request.amount_nanos', charge);
    const row = found.get(event.sequence);
    found.delete(event.sequence);
    if (row) {
      const difference = firstDifference(row, wanted(event));
      if (difference)
        find(event, `request_log.${difference.name}`, `request ${event.data.requestId}: ${difference.name} ${difference.says}`);
    } else if (event.sequence <= input.claim)
      find(event, 'request_log.sequence', `the row of request ${event.data.requestId} is not there`);
  }
  for (const [sequence, row] of found) {
    const says = `row ${sequence} is there, and the stream has no end of a request at it`;
    input.onFinding({
      place: 'clickhouse',
      stream: 'LLM_EVENTS',
      sequence,
      eventId: row['event_id'] ?? '',
      key: 'request_log.sequence',
      says,
    });
  }
}

/** The log and the ledger say the same of what a request cost. */
function faultOfCharge({ data }: Ending, { past, isHeld }: RequestsCheckInput): string | undefined {
  if (isHeld(data.requestId)) return undefined;
  const charged = past.endOf(data.requestId)?.amountNanos ?? 0n;
  return charged === data.amountNanos
    ? undefined
    : `request ${data.requestId} is logged with ${data.amountNanos} and was charged ${charged}`;
}
