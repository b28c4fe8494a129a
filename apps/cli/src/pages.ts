import { z } from 'zod';
import { readAnswer, type ServiceCall } from './service-client.ts';
import type { Session } from './session.ts';

const PAGE_ROWS = 1_000; // The most that the services give at once.
const PAGES_MAX = 1_000; // A million rows: nobody reads more, and a service that repeats itself must not hold a command for ever.

const PageSchema = z.looseObject({ next: z.union([z.number(), z.string()]).nullable() });

/** Fetches a list page by page and returns one answer with all its rows under `name`, as if there were no pages. */
export async function fetchAllPages(input: {
  readonly session: Session;
  readonly call: ServiceCall;
  readonly name: string;
}): Promise<unknown> {
  const { session, call, name } = input;
  const rows: unknown[] = [];
  let after: string | number | undefined;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const { body } = await session.call({ ...call, query: { ...call.query, limit: PAGE_ROWS, after } });
    const answer = readAnswer(PageSchema, body);
    rows.push(...readAnswer(z.array(z.unknown()), answer[name]));
    if (answer.next === null) break;
    after = answer.next;
  }
  return { [name]: rows };
}
