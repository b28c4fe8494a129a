import { z } from 'zod';
import type { ServiceAnswer } from './service-client.ts';

const RecordedSchema = z.object({ event: z.object({ id: z.string(), stream: z.string(), sequence: z.number() }) });

/** Which event a command became, for people: `BILLING_EVENTS 42`, and whether its view lags behind. Empty where the answer names none. */
export function recordedText(answer: ServiceAnswer): string {
  const parsed = RecordedSchema.safeParse(answer.body);
  if (!parsed.success) return '';
  const { stream, sequence } = parsed.data.event;
  const lag = answer.isPending ? '; the view does not show it yet: "lurus projection lag"' : '';
  return `recorded as ${stream} ${sequence}${lag}`;
}
