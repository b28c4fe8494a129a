/** Histories of money for tests: a few words an event, places and ids in the order of the calls. */
import { instantOf } from '@lurus/base/clock';
import {
  derivedUlid,
  type EventId,
  type KeyId,
  type ProviderId,
  type RequestId,
  type TenantId,
  unchecked,
  type UserId,
  type WalletId,
} from '@lurus/base/ids';
import { nanos, picosPerToken } from '@lurus/base/money';
import { NO_TOKENS } from '@lurus/base/token-usage';
import type { MoneyEvent } from './movement.ts';

const START_MS = Date.parse('2026-11-23T08:00:00Z');
/** How long the holds of a history live. */
export const HOLD_LIFE_MS = 60_000;
const USER = unchecked<UserId>(derivedUlid('user', START_MS));
const KEY = unchecked<KeyId>('abcdefgh');
const PRICE = unchecked<EventId>(derivedUlid('price', START_MS));

/** The id that a wallet or a request of this name has. */
export const idOf = <Id extends string>(name: string): Id => unchecked<Id>(derivedUlid(name, START_MS));

/** Events about wallets and requests by short names. One token costs one nano-dollar. */
export interface History {
  readonly events: readonly MoneyEvent[];
  readonly credit: (wallet: string, amount: bigint, reference?: string) => void;
  readonly adjust: (wallet: string, amount: bigint) => void;
  readonly hold: (wallet: string, request: string, amount: bigint) => void;
  readonly release: (wallet: string, request: string) => void;
  readonly expire: (wallet: string, request: string) => void;
  readonly settle: (wallet: string, request: string, amount: bigint) => void;
  /** Appends the event at an index once more, under its own id. */
  readonly repeat: (index: number) => void;
}

type Without<Event> = Event extends MoneyEvent ? Pick<Event, 'name' | 'data'> : never;

/** An empty history. */
export function newHistory(): History {
  const events: MoneyEvent[] = [];
  const place = (id: string) => {
    const sequence = events.length + 1;
    const at = instantOf(START_MS + sequence * 10);
    return {
      id: unchecked<EventId>(id),
      version: 1,
      at,
      tenantId: unchecked<TenantId>('main'),
      source: 'test',
      stream: 'BILLING_EVENTS',
      sequence,
      partition: 0,
    };
  };
  const add = (event: Without<MoneyEvent>): void => {
    events.push({ ...place(derivedUlid(`event ${events.length}`, START_MS)), ...event });
  };
  const of = (wallet: string) => ({ walletId: idOf<WalletId>(wallet), userId: USER });
  const about = (wallet: string, request: string) => ({ walletId: idOf<WalletId>(wallet), requestId: idOf<RequestId>(request) });
  return {
    events,
    credit: (wallet, amount, reference = '') =>
      add({ name: 'wallet.credited', data: { ...of(wallet), amountNanos: nanos(amount), reason: '', reference, actor: 'test' } }),
    adjust: (wallet, amount) =>
      add({ name: 'wallet.adjusted', data: { ...of(wallet), amountNanos: nanos(amount), reason: 'test', reference: '', actor: 'test' } }),
    hold: (wallet, request, amount) => {
      const expiresAt = instantOf(START_MS + (events.length + 1) * 10 + HOLD_LIFE_MS);
      const data = {
        ...about(wallet, request),
        userId: USER,
        keyId: KEY,
        model: 'm',
        priceVersion: PRICE,
        amountNanos: nanos(amount),
        expiresAt,
      };
      add({ name: 'hold.placed', data });
    },
    release: (wallet, request) => add({ name: 'hold.released', data: { ...about(wallet, request), reason: 'upstream_refused' } }),
    expire: (wallet, request) => add({ name: 'hold.expired', data: { ...about(wallet, request), expiredAt: instantOf(START_MS) } }),
    settle: (wallet, request, amount) => add({ name: 'usage.settled', data: settled({ ...about(wallet, request), amount }) }),
    repeat: (index) => {
      const event = events[index];
      if (event) events.push({ ...event, ...place(event.id) });
    },
  };
}

function settled({ walletId, requestId, amount }: { readonly walletId: WalletId; readonly requestId: RequestId; readonly amount: bigint }) {
  const tokens = Number(amount);
  const line = { tokenClass: 'output' as const, tokens, picosPerToken: picosPerToken(1_000n), amountNanos: nanos(amount) };
  return {
    requestId,
    walletId,
    userId: USER,
    keyId: KEY,
    attempt: 1,
    dialect: 'anthropic' as const,
    providerId: idOf<ProviderId>('provider'),
    provider: 'test',
    model: 'm',
    upstreamModel: 'm',
    servedModel: null,
    priceVersion: PRICE,
    ...NO_TOKENS,
    outputTokens: tokens,
    lines: tokens === 0 ? [] : [line],
    amountNanos: nanos(amount),
    isEstimated: false,
    reason: 'complete' as const,
  };
}
