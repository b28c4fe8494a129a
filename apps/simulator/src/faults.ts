/** What the simulator can be told to do wrong. Each fault has one text form, used after `sim-fault-` in a model name or in `x-sim-fault`. */

/** How usage is reported; everything but `normal` is a fault. */
export type UsageReport = 'normal' | 'none' | 'zero' | 'each' | 'twice' | 'negative' | 'huge';

/** One fault with its arguments. */
export type Fault =
  | { readonly kind: 'status'; readonly status: number; readonly retryAfterSeconds: number | undefined }
  | { readonly kind: 'reset'; readonly afterBytes: number }
  | { readonly kind: 'silence'; readonly afterBytes: number }
  | { readonly kind: 'end'; readonly afterBytes: number }
  | { readonly kind: 'body'; readonly body: 'garbage' | 'html' | 'empty' }
  | { readonly kind: 'error-frame'; readonly where: 'first' | 'mid' }
  | { readonly kind: 'usage'; readonly report: Exclude<UsageReport, 'normal'> }
  | { readonly kind: 'wrong-model' }
  | { readonly kind: 'no-end' }
  | { readonly kind: 'half-frame' }
  | { readonly kind: 'split-utf8' };

interface FaultForm {
  /** The form as documentation shows it. */
  readonly form: string;
  readonly says: string;
  readonly pattern: RegExp;
  readonly read: (groups: readonly (string | undefined)[]) => Fault;
}

const whole = (text: string | undefined): number => Number.parseInt(text ?? '0', 10);
const fixed = (form: string, says: string, fault: Fault): FaultForm => ({
  form,
  says,
  pattern: new RegExp(`^${form}(?=-|$)`),
  read: () => fault,
});

/** Every fault, in the order of the documentation. */
export const faultForms: readonly FaultForm[] = [
  {
    form: 'status-<code>[-retry-<seconds>]',
    says: "An HTTP error in the dialect's own form, with Retry-After (and RetryInfo for Gemini) where seconds are given.",
    pattern: /^status-([45]\d\d)(?:-retry-(\d{1,6}))?(?=-|$)/,
    read: ([code, seconds]) => ({
      kind: 'status',
      status: whole(code),
      retryAfterSeconds: seconds === undefined ? undefined : whole(seconds),
    }),
  },
  fixed('reset-before', 'The connection is reset before the first byte of the answer.', { kind: 'reset', afterBytes: -1 }),
  {
    form: 'reset-after-<bytes>',
    says: "The connection is reset after so many bytes of the answer's body.",
    pattern: /^reset-after-(\d{1,9})(?=-|$)/,
    read: ([bytes]) => ({ kind: 'reset', afterBytes: whole(bytes) }),
  },
  {
    form: 'silence-after-<bytes>',
    says: "Nothing more comes after so many bytes of the answer's body; the connection stays open.",
    pattern: /^silence-after-(\d{1,9})(?=-|$)/,
    read: ([bytes]) => ({ kind: 'silence', afterBytes: whole(bytes) }),
  },
  {
    form: 'end-after-<bytes>',
    says: "The answer's body ends after so many bytes as if it were whole.",
    pattern: /^end-after-(\d{1,9})(?=-|$)/,
    read: ([bytes]) => ({ kind: 'end', afterBytes: whole(bytes) }),
  },
  fixed('garbage', 'A 200 whose body is broken JSON under the content type of a right answer.', { kind: 'body', body: 'garbage' }),
  fixed('html', 'A 200 with an HTML page, as a captive portal gives.', { kind: 'body', body: 'html' }),
  fixed('empty', 'A 200 with an empty body.', { kind: 'body', body: 'empty' }),
  fixed('error-first', "A 200 whose stream holds the dialect's error before any content.", { kind: 'error-frame', where: 'first' }),
  fixed('error-mid', "A 200 whose stream breaks off half-way with the dialect's error.", { kind: 'error-frame', where: 'mid' }),
  fixed('usage-none', 'Usage is never reported.', { kind: 'usage', report: 'none' }),
  fixed('usage-zero', 'Usage is reported as all zeros.', { kind: 'usage', report: 'zero' }),
  fixed('usage-each', 'Cumulative usage comes with every piece of content.', { kind: 'usage', report: 'each' }),
  fixed('usage-twice', 'The final usage comes twice.', { kind: 'usage', report: 'twice' }),
  fixed('usage-negative', 'Usage figures are negative.', { kind: 'usage', report: 'negative' }),
  fixed('usage-huge', 'Usage figures are 2^63.', { kind: 'usage', report: 'huge' }),
  fixed('model', 'The answer names another model than the one asked for.', { kind: 'wrong-model' }),
  fixed('no-end', "The stream ends cleanly without the dialect's last frame.", { kind: 'no-end' }),
  fixed('half-frame', 'The stream ends in the middle of its last frame.', { kind: 'half-frame' }),
  fixed('split-utf8', 'Wide characters, and every write ends inside one.', { kind: 'split-utf8' }),
];

/** Reads a fault from the beginning of a text. `length` is how much of the text it took. Undefined where no fault begins there. */
export function readFault(text: string): { readonly fault: Fault; readonly length: number } | undefined {
  for (const { pattern, read } of faultForms) {
    const match = pattern.exec(text);
    if (match) return { fault: read(match.slice(1)), length: match[0].length };
  }
  return undefined;
}
