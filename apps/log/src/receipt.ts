/** A receipt: everything that explains what one request cost, and the events that say so. Pure: rows in, receipt out. */
import { formatDollarsPerMillion, picosPerToken } from '@lurus/base/money';
import { EventReferenceSchema } from '@lurus/service/command';
import { NanosText, UsdText, amountFields } from '@lurus/service/money-fields';
import { z } from 'zod';
import { type Attempt, AttemptAnswer } from './attempts.ts';
import { countFrom, instantFrom, nanosFrom } from './clickhouse-values.ts';
import { type LedgerRow, type WalletMovement, timeOf } from './ledger.ts';
import { RequestAnswer, type RequestEntry } from './requests.ts';
import { tokenFields, tokensAnswer } from './token-fields.ts';

const HoldAnswer = z.object({
  amount_usd: UsdText,
  amount_nanos: NanosText,
  price_version: z.string(),
  placed_at: z.string(),
  expires_at: z.string().nullable(),
  event: EventReferenceSchema,
});

const SettlementAnswer = z.object({
  amount_usd: UsdText,
  amount_nanos: NanosText,
  price_version: z.string(),
  ...tokenFields,
  lines: z
    .array(
      z.object({
        token_class: z.string(),
        tokens: z.number().int(),
        usd_per_million: z.string(),
        picos_per_token: z.string(),
        amount_usd: UsdText,
        amount_nanos: NanosText,
      }),
    )
    .describe('tokens by class times rate; the amounts add up to the settlement exactly'),
  is_estimated: z.boolean().describe('the provider reported no usage, so that it was counted here'),
  reason: z.string(),
  attempt: z.number().int(),
  provider: z.string(),
  provider_id: z.string(),
  model: z.string(),
  upstream_model: z.string(),
  served_model: z.string().nullable(),
  settled_at: z.string(),
  event: EventReferenceSchema,
});

const ReleaseAnswer = z.object({
  how: z.enum(['released', 'expired']),
  reason: z.string(),
  at: z.string(),
  event: EventReferenceSchema,
});

const WalletEffectAnswer = z.object({
  paid_usd: UsdText,
  paid_nanos: NanosText,
  loss_usd: UsdText.describe('what the wallet could not pay: the house did'),
  loss_nanos: NanosText,
  available_after_usd: UsdText,
  available_after_nanos: NanosText,
  note: z.string().describe('what was unusual: late, repeated, unheld, short; else the reason of the end'),
});

const PARTS = ['hold', 'end', 'request', 'attempts', 'wallet'] as const;

export const ReceiptAnswer = z.object({
  request_id: z.string(),
  status: z
    .enum(['settled', 'released', 'expired', 'held', 'unbilled', 'pending'])
    .describe('held: it runs, or its end is not here yet; unbilled: it never held money; pending: no event about its money is here yet'),
  is_complete: z.boolean(),
  pending: z.array(z.object({ part: z.enum(PARTS), says: z.string() })).describe('what has not arrived yet, and why'),
  tenant: z.string(),
  user: z.string().nullable(),
  user_id: z.string(),
  key_id: z.string(),
  wallet_id: z.string(),
  hold: HoldAnswer.nullable(),
  settlement: SettlementAnswer.nullable(),
  release: ReleaseAnswer.nullable(),
  wallet: WalletEffectAnswer.nullable(),
  request: RequestAnswer.nullable(),
  attempts: z.array(AttemptAnswer),
  events: z
    .array(z.object({ stream: z.string(), sequence: z.number().int(), id: z.string(), event_name: z.string(), at: z.string() }))
    .describe('every event that this receipt is made of, by stream and sequence'),
});
export type Receipt = z.infer<typeof ReceiptAnswer>;

/** What the views know about one request. */
export interface ReceiptParts {
  readonly requestId: string;
  readonly ledger: readonly LedgerRow[];
  readonly movements: readonly WalletMovement[];
  readonly request: RequestEntry | undefined;
  readonly attempts: readonly Attempt[];
  /** The user's name, where it is known. */
  readonly userName: string | undefined;
}

/** Whether any event about the request is known at all. */
export const isKnown = (parts: ReceiptParts): boolean =>
  parts.ledger.length > 0 || parts.movements.length > 0 || parts.request !== undefined || parts.attempts.length > 0;

/** Puts a receipt together from what is there, and says what is not. */
export function assembleReceipt(parts: ReceiptParts): Receipt {
  const { ledger, request, attempts } = parts;
  const first = (...names: readonly string[]): LedgerRow | undefined => ledger.find((row) => names.includes(row.event_name));
  const hold = first('hold.placed');
  const settlement = first('usage.settled');
  const release = first('hold.released', 'hold.expired');
  const status = statusOf({ hold, settlement, release, request });
  const pending = pendingOf({ parts, hold, end: settlement ?? release, status });
  return {
    request_id: parts.requestId,
    status,
    is_complete: pending.length === 0,
    pending,
    ...ownerOf(parts),
    hold: hold ? holdAnswer(hold) : null,
    settlement: settlement ? settlementAnswer(settlement) : null,
    release: release ? releaseAnswer(release) : null,
    wallet: walletAnswer(parts.movements),
    request: request ?? null,
    attempts: [...attempts],
    events: eventsOf(parts),
  };
}

interface Ends {
  readonly hold: LedgerRow | undefined;
  readonly settlement: LedgerRow | undefined;
  readonly release: LedgerRow | undefined;
  readonly request: RequestEntry | undefined;
}

function statusOf({ hold, settlement, release, request }: Ends): Receipt['status'] {
  if (settlement) return 'settled';
  if (release) return release.event_name === 'hold.released' ? 'released' : 'expired';
  if (hold) return 'held';
  // Counting tokens, and requests refused before they held money, cost nothing and leave no event about money.
  return request && request.price_version === null ? 'unbilled' : 'pending';
}

interface PendingInput {
  readonly parts: ReceiptParts;
  readonly hold: LedgerRow | undefined;
  readonly end: LedgerRow | undefined;
  readonly status: Receipt['status'];
}

/** Each part has a view of its own, so that any of them may be ahead of the others by some milliseconds, or by an outage. */
function pendingOf({ parts, hold, end, status }: PendingInput): Receipt['pending'] {
  const { request, attempts, movements } = parts;
  const isBilled = status !== 'unbilled';
  const isOver = end !== undefined || request !== undefined;
  const wallet = movements.find((movement) => movement.eventName !== 'hold.placed');
  const missing: readonly (readonly [part: (typeof PARTS)[number], isMissing: boolean, says: string])[] = [
    ['hold', isBilled && !hold, 'The ledger does not have the hold of this request yet.'],
    [
      'end',
      isBilled && !end,
      isOver ? 'The ledger does not have the end of this request yet.' : 'The request still runs, or its end is not in the ledger yet.',
    ],
    ['request', !request && (end !== undefined || attempts.length > 0), 'The request log does not have the end of this request yet.'],
    [
      'attempts',
      request !== undefined && attempts.length < request.attempts,
      `The request log has ${attempts.length} of ${request?.attempts ?? 0} attempts.`,
    ],
    ['wallet', isBilled && end !== undefined && !wallet, 'The wallet view does not show what this request did to the wallet yet.'],
  ];
  return missing.filter(([, isMissing]) => isMissing).map(([part, , says]) => ({ part, says }));
}

function ownerOf({ ledger, movements, request, userName }: ReceiptParts) {
  const owner = ledger.find((row) => row.event_name === 'hold.placed' || row.event_name === 'usage.settled') ?? ledger[0];
  const movement = movements[0];
  return {
    tenant: request?.tenant ?? owner?.tenant_id ?? movement?.tenantId ?? '',
    user: request?.user ?? userName ?? null,
    user_id: request?.user_id ?? owner?.user_id ?? '',
    key_id: request?.key_id ?? owner?.key_id ?? '',
    wallet_id: request?.wallet_id ?? owner?.wallet_id ?? movement?.walletId ?? '',
  };
}

const referenceOf = (row: LedgerRow) => ({ id: row.event_id, stream: row.stream, sequence: countFrom(row.sequence) });

const holdAnswer = (row: LedgerRow): z.infer<typeof HoldAnswer> => ({
  ...amountFields('amount', nanosFrom(row.amount_nanos)),
  price_version: row.price_version,
  placed_at: timeOf(row),
  expires_at: row.expires_at === null ? null : instantFrom(row.expires_at),
  event: referenceOf(row),
});

const settlementAnswer = (row: LedgerRow): z.infer<typeof SettlementAnswer> => ({
  ...amountFields('amount', nanosFrom(row.amount_nanos)),
  price_version: row.price_version,
  ...tokensAnswer(row),
  lines: row.lines.map((line) => ({
    token_class: line.token_class,
    tokens: countFrom(line.tokens),
    usd_per_million: formatDollarsPerMillion(picosPerToken(BigInt(line.picos_per_token))),
    picos_per_token: line.picos_per_token,
    ...amountFields('amount', nanosFrom(line.amount_nanos)),
  })),
  is_estimated: row.is_estimated,
  reason: row.reason,
  attempt: row.attempt,
  provider: row.provider,
  provider_id: row.provider_id,
  model: row.model,
  upstream_model: row.upstream_model,
  served_model: row.served_model,
  settled_at: timeOf(row),
  event: referenceOf(row),
});

const releaseAnswer = (row: LedgerRow): z.infer<typeof ReleaseAnswer> => ({
  how: row.event_name === 'hold.released' ? 'released' : 'expired',
  reason: row.reason,
  at: timeOf(row),
  event: referenceOf(row),
});

/** What the end that charged did to the wallet, else the last end. Undone and repeated ends move nothing and explain nothing. */
function walletAnswer(movements: readonly WalletMovement[]): z.infer<typeof WalletEffectAnswer> | null {
  const ends = movements.filter((movement) => movement.eventName !== 'hold.placed');
  const end = ends.find((movement) => movement.eventName === 'usage.settled') ?? ends.at(-1);
  if (!end) return null;
  const zero = nanosFrom('0');
  const paid = end.eventName === 'usage.settled' ? nanosFrom((-(end.availableDelta + end.heldDelta)).toString()) : zero;
  return {
    ...amountFields('paid', paid),
    ...amountFields('loss', end.lossNanos),
    ...amountFields('available_after', end.availableAfter),
    note: end.reason,
  };
}

/** Ledger and wallet view tell of the same events; each event once, in the order of its stream. */
function eventsOf({ ledger, movements, request, attempts }: ReceiptParts): Receipt['events'] {
  const known = new Map<string, Receipt['events'][number]>();
  const add = (event: Receipt['events'][number]): void => void known.set(`${event.stream} ${event.sequence}`, event);
  for (const row of ledger) add({ ...referenceOf(row), event_name: row.event_name, at: timeOf(row) });
  for (const one of movements) {
    add({ stream: 'BILLING_EVENTS', sequence: one.sequence, id: one.eventId, event_name: one.eventName, at: one.at });
  }
  for (const one of [...attempts, ...(request ? [request] : [])]) add({ ...one.event, event_name: one.event_name, at: one.at });
  return [...known.values()].toSorted((a, b) => (a.stream === b.stream ? a.sequence - b.sequence : a.stream < b.stream ? -1 : 1));
}
