/**
 * API keys: `sk-lurus-` + 8 characters that name the key (public) + 32 secret characters (190 bits) + 6 characters of CRC-32 over all before.
 * The checksum refuses typos and invented keys without a lookup and lets scanners find leaks; only an HMAC-SHA-256 of the whole key, with a
 * server-side pepper, is stored. A fast hash is right for a secret of this entropy.
 */
import { createHash, createHmac, randomInt, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { type KeyId, unchecked } from './ids.ts';

const PREFIX = 'sk-lurus-';
const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const SHAPE = /^sk-lurus-([0-9A-Za-z]{8})[0-9A-Za-z]{38}$/;
const CHECKSUM_CHARACTERS = 6;

const randomBase62 = (length: number): string => Array.from({ length }, () => BASE62.charAt(randomInt(62))).join('');

function checksum(text: string): string {
  let rest = crc32(text);
  let digits = '';
  for (let place = 0; place < CHECKSUM_CHARACTERS; place += 1) {
    digits = BASE62.charAt(rest % 62) + digits;
    rest = Math.floor(rest / 62);
  }
  return digits;
}

/** A key at the only moment when its secret is known. */
export interface FreshApiKey {
  readonly keyId: KeyId;
  /** The whole key, shown once to its owner and then forgotten. */
  readonly secret: string;
}

/** Makes a new key from the system's secure random numbers. Its public part may be given (see `derivedKeyId`); the secret is always random. */
export function createApiKey(keyId: KeyId = unchecked<KeyId>(randomBase62(8))): FreshApiKey {
  const body = `${PREFIX}${keyId}${randomBase62(32)}`;
  return { keyId, secret: body + checksum(body) };
}

/** The public part of a key that depends only on its cause, so that a repeated command finds the key which the first one issued. */
export const derivedKeyId = (cause: string): KeyId =>
  unchecked<KeyId>(Array.from(createHash('sha256').update(cause).digest().subarray(0, 8), (byte) => BASE62.charAt(byte % 62)).join(''));

/** The public part of a well-formed key, or undefined where the text is no key of ours (shape or checksum). No lookup is made. */
export function keyIdOf(secret: string): KeyId | undefined {
  const match = SHAPE.exec(secret);
  if (!match?.[1]) return undefined;
  const body = secret.slice(0, -CHECKSUM_CHARACTERS);
  return checksum(body) === secret.slice(-CHECKSUM_CHARACTERS) ? unchecked<KeyId>(match[1]) : undefined;
}

/** HMAC-SHA-256 of the key with the server's pepper, as 64 hex digits: what is stored and compared. */
export const digestOf = (secret: string, pepper: string): string => createHmac('sha256', pepper).update(secret).digest('hex');

/** Compares two hex digests in constant time. */
export const digestsEqual = (a: string, b: string): boolean => a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
