import { z } from 'zod';

/** Why a request ended as it did; `docs/endings.md` says what each costs. */
export const EndingReasonSchema = z.enum([
  'complete', // The provider's own normal end, usage reported.
  'usage_absent', // A normal end, but the provider never reported usage: estimated.
  'zero_usage', // The provider reported zero usage: nothing is charged.
  'client_gone_before_answer', // The client left before the provider's first byte.
  'client_gone_drained', // The client left during the answer; the rest was read to its usage report.
  'client_gone_cut', // The client left during the answer and draining was cut by its limits: best evidence.
  'upstream_refused', // The provider answered with an error status; it was passed on.
  'upstream_failed_before_answer', // No attempt brought an answer.
  'upstream_failed_during_answer', // The provider sent an error inside its stream.
  'upstream_cut', // The provider's stream ended without its terminal event.
  'upstream_garbage', // A 200 whose body is no completion.
  'upstream_silent', // The provider stopped sending for longer than the limit.
  'gateway_shutdown', // The gateway stopped before the answer was whole.
  'hold_not_recorded', // The hold could not be made durable; no answer was given.
]);
export type EndingReason = z.infer<typeof EndingReasonSchema>;
