/** Calls of providers: what each was asked, how it ended, and what that provider says it used. */
import type { RequestId } from '@lurus/base/ids';
import { EventReferenceSchema } from '@lurus/service/command';
import { z } from 'zod';
import { countFrom, instantFrom } from './clickhouse-values.ts';
import type { Log } from './log.ts';
import { TOKEN_COLUMNS, type TokenColumns, tokenFields, tokensAnswer } from './token-fields.ts';

interface AttemptRow extends TokenColumns {
  readonly stream: string;
  readonly sequence: string;
  readonly event_id: string;
  readonly event_name: string;
  readonly at: string;
  readonly attempt: number;
  readonly provider_id: string;
  readonly provider: string;
  readonly upstream_model: string;
  readonly outcome: string;
  readonly status: number | null;
  readonly error: string | null;
  readonly first_byte_ms: number | null;
  readonly duration_ms: number;
  readonly has_usage: boolean;
}

export const AttemptAnswer = z.object({
  attempt: z.number().int(),
  at: z.string(),
  event: EventReferenceSchema,
  event_name: z.string(),
  provider: z.string(),
  provider_id: z.string(),
  upstream_model: z.string(),
  outcome: z.string(),
  status: z.number().int().nullable(),
  error: z.string().nullable(),
  first_byte_ms: z.number().int().nullable(),
  duration_ms: z.number().int(),
  has_usage: z.boolean().describe('whether the provider reported usage; if not, the tokens are zero for want of a report'),
  ...tokenFields,
});
export type Attempt = z.infer<typeof AttemptAnswer>;

const attemptAnswer = (row: AttemptRow): Attempt => ({
  attempt: row.attempt,
  at: instantFrom(row.at),
  event: { id: row.event_id, stream: row.stream, sequence: countFrom(row.sequence) },
  event_name: row.event_name,
  provider: row.provider,
  provider_id: row.provider_id,
  upstream_model: row.upstream_model,
  outcome: row.outcome,
  status: row.status,
  error: row.error,
  first_byte_ms: row.first_byte_ms,
  duration_ms: row.duration_ms,
  has_usage: row.has_usage,
  ...tokensAnswer(row),
});

/** The attempts of a request in their order. */
export async function listAttempts(log: Pick<Log, 'statistics'>, requestId: RequestId): Promise<Attempt[]> {
  const rows = await log.statistics.query<AttemptRow>(
    `select stream, sequence, event_id, event_name, at, attempt, provider_id, provider, upstream_model, outcome, status, error,
       first_byte_ms, duration_ms, has_usage, ${TOKEN_COLUMNS}
     from request_attempts where request_id = {request_id:String} order by attempt, sequence`,
    { request_id: requestId },
  );
  return rows.map(attemptAnswer);
}
