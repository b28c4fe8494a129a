/** The fields that more than one route of the billing service takes. */
import { KeyIdSchema } from '@lurus/base/ids';
import { TenantField } from '@lurus/service/command';
import { z } from 'zod';

/** A user's name: what a person types, and one segment of a path. Unicode letters, so that 张三 is a name. */
export const UserName = z
  .string()
  .normalize('NFC') // The same name typed on two keyboards is one name.
  .regex(
    /^[\p{L}\p{N}][\p{L}\p{N}._@+-]{0,63}$/u,
    'must be 1 to 64 letters, digits, ".", "_", "@", "+" or "-", and begin with a letter or digit',
  );

export const UserPath = z.strictObject({ user: UserName });
export const KeyPath = z.strictObject({ key_id: KeyIdSchema });
export const TenantQuery = z.strictObject({ tenant: TenantField });

const PAGE_MAX = 1_000; // About 300 KB of JSON.
const PAGE_DEFAULT = 100;

/** How many rows a list may have. */
export const Limit = z.coerce
  .number('must be a whole number')
  .int('must be a whole number')
  .min(1, 'must be at least 1')
  .max(PAGE_MAX, `must be at most ${PAGE_MAX}`)
  .default(PAGE_DEFAULT)
  .describe(`How many at most; ${PAGE_DEFAULT} unless given.`);

/** A sequence of a stream, where a page begins or ends. */
export const Sequence = z.coerce
  .number('must be a whole number')
  .int('must be a whole number')
  .min(0, 'cannot be negative')
  .max(Number.MAX_SAFE_INTEGER);

/** A short text of an event. */
export const ShortText = z.string().max(200, 'must be at most 200 characters');
