/** Recorded answers of real providers, replayed byte for byte in the writes that `delivery.json` describes. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defineProblem } from '@lurus/base/problem';
import { z } from 'zod';
import { everyBytes } from './delivery.ts';

const noFixture = defineProblem<{ readonly name: string; readonly folder: string }>({
  code: 'no_fixture',
  kind: 'not-found',
  status: 404,
  isRetryable: false,
  says: ({ name, folder }) => `There is no recorded answer "${name}" in ${folder}.`,
  fix: () => 'Name a folder of it as <dialect>/<case>, or point LURUS_FIXTURES to the folder of recorded traffic.',
});

const noDelivery = defineProblem<{ readonly name: string; readonly delivery: number; readonly count: number }>({
  code: 'no_delivery',
  kind: 'not-found',
  status: 404,
  isRetryable: false,
  says: ({ name, delivery, count }) => `"${name}" has ${count} ways to be cut into writes, not one of number ${delivery}.`,
  fix: () => 'Leave the number out to get the bytes in one write, or take a smaller one; they count from 0.',
});

const Case = z.looseObject({
  http_status: z.number().int().min(200).max(599),
  content_type: z.string().nullish(),
  response_headers: z.record(z.string(), z.string()).nullish(),
});
const Deliveries = z.looseObject({
  deliveries: z.array(
    z.looseObject({
      case: z.string(),
      how: z.enum(['offsets', 'every-byte', 'size', 'whole']),
      offsets: z.array(z.number().int().positive()).optional(),
      size: z.number().int().positive().optional(),
    }),
  ),
});

/** A recorded answer. */
export interface Fixture {
  readonly status: number;
  readonly contentType: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Where writes end. */
  readonly offsets: readonly number[];
}

/** Reads a recorded answer. Throws a Problem where there is none of that name, or no such way to cut it. */
export async function readFixture(input: {
  readonly folder: string;
  readonly name: string;
  readonly delivery: number | undefined;
}): Promise<Fixture> {
  const { folder, name } = input;
  const place = join(folder, ...name.split('/')); // The name's form was checked: no dots, one slash.
  const description = await readOrUndefined(join(place, 'case.json'));
  const body = (await readOrUndefined(join(place, 'stream.sse'))) ?? (await readOrUndefined(join(place, 'response.json')));
  if (!description || !body) throw noFixture({ name, folder });
  const recorded = Case.parse(JSON.parse(description.toString()));
  return {
    status: recorded.http_status,
    contentType: recorded.content_type ?? 'application/json',
    headers: recorded.response_headers ?? {},
    body,
    offsets: input.delivery === undefined ? [] : await offsetsOf({ folder, name, delivery: input.delivery, length: body.length }),
  };
}

async function offsetsOf(input: { folder: string; name: string; delivery: number; length: number }): Promise<readonly number[]> {
  const text = await readOrUndefined(join(input.folder, 'delivery.json'));
  const all = text ? Deliveries.parse(JSON.parse(text.toString())).deliveries.filter((entry) => entry.case === input.name) : [];
  const chosen = all[input.delivery];
  if (!chosen) throw noDelivery({ name: input.name, delivery: input.delivery, count: all.length });
  if (chosen.how === 'every-byte') return everyBytes(input.length, 1);
  if (chosen.how === 'size') return everyBytes(input.length, chosen.size ?? input.length);
  return chosen.offsets ?? [];
}

async function readOrUndefined(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
