/** Reserves the money for one request: in memory at once, in the journal while the provider is being called. */
import { instantOf } from '@lurus/base/clock';
import { type EventId, type RequestId, unchecked } from '@lurus/base/ids';
import type { Nanos } from '@lurus/base/money';
import { holdPlaced } from '@lurus/events/catalogue/billing';
import { makeEvent } from '@lurus/events/event';
import type { Ask } from '@lurus/dialects/dialect';
import { cutText } from './cut-text.ts';
import type { Gateway } from './gateway.ts';
import { type ExpectedTokens, holdAmount } from './hold-amount.ts';
import type { Claim } from './hold-book.ts';
import type { Caller } from './identify.ts';
import type { Price } from './price-table.ts';

export interface Hold {
  readonly amountNanos: Nanos;
  /** The likely size of the prompt. */
  readonly inputTokens: number;
  /** The output that the hold covers. */
  readonly outputTokens: number;
  /** Whether the hold became durable in time. Nothing may reach the client before it is true. Never rejects. */
  readonly isRecorded: Promise<boolean>;
  /** Resolves when the append has come to an end either way: only then may the hold's own end be appended, or it could arrive first. */
  readonly isAppended: Promise<unknown>;
}

export interface PlaceHoldInput {
  readonly requestId: RequestId;
  readonly caller: Caller;
  readonly ask: Ask;
  readonly expected: ExpectedTokens;
  readonly price: Price;
}

/** Reserves money. Throws a Problem, with nothing reserved, where the wallet cannot cover it or balances are unknown. */
export function placeHold(input: PlaceHoldInput, gateway: Gateway): Hold {
  const { price, caller, expected } = input;
  const { inputTokens, outputTokens } = expected;
  const amountNanos = holdAmount(expected, price);
  const claim = gateway.holds.claim(caller.walletId, amountNanos);
  const appended = appendHold({ ...input, amountNanos, claim }, gateway);
  return { amountNanos, inputTokens, outputTokens, isRecorded: appended, isAppended: appended };
}

interface AppendHoldInput extends PlaceHoldInput {
  readonly amountNanos: Nanos;
  readonly claim: Claim;
}

/** Resolves within `LURUS_HOLD_TIMEOUT_MS`: the journal stops repeating the append by then. */
async function appendHold(input: AppendHoldInput, gateway: Gateway): Promise<boolean> {
  const { claim } = input;
  try {
    const event = holdEvent(input, gateway);
    const { sequence } = await gateway.journal.append(holdPlaced, event, { timeoutMs: gateway.settings.LURUS_HOLD_TIMEOUT_MS });
    claim.recorded(sequence);
    return true;
  } catch (error) {
    // The hold may be stored all the same, its acknowledgement lost: the release that follows gives it back either way.
    claim.dropped();
    gateway.log.warn({ err: error, requestId: input.requestId }, 'a hold was not recorded');
    return false;
  }
}

function holdEvent({ requestId, caller, ask, price, amountNanos }: AppendHoldInput, gateway: Gateway) {
  const nowMs = gateway.clock.nowMs();
  return makeEvent(holdPlaced, {
    id: unchecked<EventId>(gateway.ids.ulid()),
    at: instantOf(nowMs),
    tenantId: caller.tenantId,
    source: gateway.source,
    data: {
      requestId,
      walletId: caller.walletId,
      userId: caller.userId,
      keyId: caller.keyId,
      model: cutText(ask.model),
      priceVersion: price.priceVersion,
      amountNanos,
      expiresAt: instantOf(nowMs + gateway.settings.LURUS_HOLD_LIFE_MS),
    },
  });
}
