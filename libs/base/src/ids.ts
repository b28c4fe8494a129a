/** Identifiers: ULIDs (https://github.com/ulid/spec), 26 characters of Crockford base 32, sortable by creation time. */
import { createHash, randomFillSync } from 'node:crypto';
import { z } from 'zod';
import type { Brand } from './brand.ts';
import type { Clock } from './clock.ts';

/** One event in the whole system; the server drops a repeat of it. */
export type EventId = Brand<string, 'EventId'>;
/** One request of a client, however many attempts it takes. */
export type RequestId = Brand<string, 'RequestId'>;
/** Whose users, keys, providers and prices these are. */
export type TenantId = Brand<string, 'TenantId'>;
/** One user of one tenant. */
export type UserId = Brand<string, 'UserId'>;
/** One wallet; it partitions the billing stream. */
export type WalletId = Brand<string, 'WalletId'>;
/** The public part of an API key. */
export type KeyId = Brand<string, 'KeyId'>;
/** One provider of one tenant; its credential is sealed for this id. */
export type ProviderId = Brand<string, 'ProviderId'>;

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;
const RANDOM_BYTES = 10;
const POOL_BYTES = RANDOM_BYTES * 400; // One system call buys 400 ids.

function encodeTime(epochMs: number): string {
  let rest = epochMs;
  let text = '';
  for (let place = 0; place < 10; place += 1) {
    text = ALPHABET.charAt(rest % 32) + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}

/** 80 bits as 16 characters: two groups of 40 bits, since 5 bytes are exactly 8 characters. */
function encodeRandom(bytes: Uint8Array, offset: number): string {
  let text = '';
  for (let group = offset; group < offset + RANDOM_BYTES; group += 5) {
    const [a = 0, b = 0, c = 0, d = 0, e = 0] = bytes.subarray(group, group + 5);
    const places = [a >> 3, (a << 2) | (b >> 6), b >> 1, (b << 4) | (c >> 4), (c << 1) | (d >> 7), d >> 2, (d << 3) | (e >> 5), e];
    for (const place of places) text += ALPHABET.charAt(place & 31);
  }
  return text;
}

/** Makes fresh ids; ids of one millisecond are not ordered among themselves. */
export interface IdSource {
  readonly ulid: () => string;
}

/** An id source on the given clock and the system's secure random numbers. */
export function createIdSource(clock: Clock): IdSource {
  const pool = new Uint8Array(POOL_BYTES);
  let used = POOL_BYTES;
  let lastMs = -1;
  let lastPrefix = '';
  return {
    ulid: () => {
      if (used === POOL_BYTES) {
        randomFillSync(pool);
        used = 0;
      }
      const nowMs = clock.nowMs();
      if (nowMs !== lastMs) {
        lastMs = nowMs;
        lastPrefix = encodeTime(nowMs);
      }
      const id = lastPrefix + encodeRandom(pool, used);
      used += RANDOM_BYTES;
      return id;
    },
  };
}

/**
 * A ULID that depends only on its arguments: the same cause always names the same event, so that repeating it (a retried command, a second
 * projector that expires the same hold) cannot happen twice. `cause` is any text that identifies what happened, `epochMs` when.
 */
export const derivedUlid = (cause: string, epochMs: number): string =>
  encodeTime(epochMs) + encodeRandom(createHash('sha256').update(cause).digest(), 0);

const ulidSchema = <T extends string>() =>
  z
    .string()
    .regex(ULID, 'must be a ULID: 26 characters of 0-9 and A-Z without I, L, O, U')
    .transform((text) => text as T); // The brand's constructor, after its check.

/** An event's id at a border. */
export const EventIdSchema = ulidSchema<EventId>();
/** A request's id at a border. */
export const RequestIdSchema = ulidSchema<RequestId>();
/** A user's id at a border. */
export const UserIdSchema = ulidSchema<UserId>();
/** A wallet's id at a border. */
export const WalletIdSchema = ulidSchema<WalletId>();
/** A provider's id at a border. */
export const ProviderIdSchema = ulidSchema<ProviderId>();

/** A key's public part: the eight characters after `sk-lurus-`. Not secret. */
export const KeyIdSchema = z
  .string()
  .regex(/^[0-9A-Za-z]{8}$/, 'must be the eight characters after "sk-lurus-"')
  .transform((text) => text as KeyId); // The brand's constructor, after its check.

/** A tenant is one token of a subject: lower-case letters, digits, `_` and `-`, at most 32. */
export const TenantIdSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,31}$/, 'must be 1 to 32 lower-case letters, digits, "_" or "-"')
  .transform((text) => text as TenantId); // The brand's constructor, after its check.

/** Takes a text that was checked elsewhere (a ULID just made, a row of our own table) as the id type asked for. */
export const unchecked = <T extends string>(text: string): T => text as T; // Named so that each use can be found.
