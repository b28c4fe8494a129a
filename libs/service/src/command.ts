/** What commands over HTTP have in common: a repeat is safe, one subject at a time, and the answer waits until the views show what was done. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { type EventId, type TenantId, EventIdSchema, TenantIdSchema, derivedUlid, unchecked } from '@lurus/base/ids';
import { defineProblem } from '@lurus/base/problem';
import { z } from 'zod';

/** The header that makes a command repeatable. Everything else in the headers is let through. */
export const CommandHeadersSchema = z.looseObject({
  'idempotency-key': z
    .string()
    .regex(/^[\x21-\x7e]{1,200}$/, 'must be 1 to 200 printable ASCII characters without spaces')
    .optional()
    .describe('A name that the caller gives this command: sending it again under the same name has no second effect.'),
});

/** The event that a command came to. */
export const EventReferenceSchema = z.object({ id: z.string(), stream: z.string(), sequence: z.number().int() });
export type EventReference = z.infer<typeof EventReferenceSchema>;

/** The fields that every command's answer has. */
export const commandAnswer = {
  is_applied: z.boolean().describe('Whether the views show it already; if not (status 202) they will.'),
  event: EventReferenceSchema,
};

/** Which tenant a command or query is about; `main` where nothing is said. */
export const TenantField = TenantIdSchema.default(unchecked<TenantId>('main')).describe('The tenant; main unless given.');

/** What names a command so that its repeat is recognised. */
export interface CommandName {
  readonly tenantId: TenantId;
  /** `credit`, `issue-key`: one Idempotency-Key may be used once in each. */
  readonly operation: string;
  readonly idempotencyKey: string;
}

/** The text that ids of a repeatable command are derived from. */
export const commandCause = (name: CommandName): string => `${name.tenantId}\n${name.operation}\n${name.idempotencyKey}`;

/** The id of the event of a repeatable command: always the same, so that no stream and no view takes it twice. */
export const commandEventId = (name: CommandName): EventId => EventIdSchema.parse(derivedUlid(commandCause(name), 0));

/** An Idempotency-Key was used before for something else. */
export const idempotencyKeyReused = defineProblem<{ readonly operation: string; readonly difference: string }>({
  code: 'idempotency_key_reused',
  kind: 'conflict',
  status: 409,
  isRetryable: false,
  says: ({ operation, difference }) => `This Idempotency-Key already named another ${operation}: ${difference}. Nothing was done.`,
  fix: () => 'Use a new Idempotency-Key for a new command, or repeat the first one unchanged.',
});

/**
 * Throws idempotencyKeyReused unless what the first command of the name recorded is what this one asks for, field by field.
 */
export function refuseAnotherCommand<Data extends object>(input: {
  readonly operation: string;
  readonly recorded: Data;
  readonly asked: Partial<Data>;
}): void {
  const recorded = new Map(Object.entries(input.recorded));
  const differing = Object.entries(input.asked).flatMap(([name, value]) => (isDeepStrictEqual(recorded.get(name), value) ? [] : [name]));
  if (differing.length === 0) return;
  const fields = differing.map((name) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)); // As the caller knows them.
  throw idempotencyKeyReused({ operation: input.operation, difference: `it differs in ${fields.join(', ')}` });
}

const VISIBLE_WITHIN_MS = 2_000; // What the views promise; after it the command is answered with 202.
const LOOKS_MS = [2, 5, 10, 20, 50]; // Projection takes milliseconds as a rule; the last pause repeats.

/** Waits until `isVisible` holds, at most two seconds; tells whether it does. */
export async function becomesVisible(isVisible: () => boolean | Promise<boolean>): Promise<boolean> {
  const deadline = performance.now() + VISIBLE_WITHIN_MS;
  for (let look = 0; ; look += 1) {
    if (await isVisible()) return true;
    const pause = LOOKS_MS[Math.min(look, LOOKS_MS.length - 1)] ?? 0;
    if (performance.now() + pause > deadline) return false;
    await sleep(pause);
  }
}

/** Runs work on one subject after the other, on different subjects side by side. */
export type Turns = <T>(subject: string, work: () => Promise<T>) => Promise<T>;

/** Makes the turns of one process: commands on one user name, one key or one price must see each other's effect. */
export function createTurns(): Turns {
  const last = new Map<string, Promise<unknown>>();
  return async (subject, work) => {
    const before = last.get(subject) ?? Promise.resolve();
    const mine = before.then(work, work);
    last.set(subject, mine);
    try {
      return await mine;
    } finally {
      if (last.get(subject) === mine) last.delete(subject);
    }
  };
}
