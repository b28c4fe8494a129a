/**
 * The simulator's dials. A request sets them by headers (`x-sim-tokens: 200`) or, since not every client can send headers, by the name of its
 * model: `sim-tokens-200-rate-50-fault-error-mid`. Where both set the same dial the header counts.
 */
import { defineProblem } from '@lurus/base/problem';
import { type Fault, readFault } from './faults.ts';

/** How a request wants to be answered; undefined leaves it to the request itself. */
export interface Dials {
  readonly tokens: number | undefined;
  readonly rate: number;
  readonly delayMs: number;
  readonly chunkBytes: number | undefined;
  readonly reasoningTokens: number | undefined;
  /** True: the shell tool; a text: the tool of that name. */
  readonly tool: boolean | string;
  readonly fault: Fault | undefined;
  readonly fixture: { readonly name: string; readonly delivery: number | undefined } | undefined;
}

/** Every dial is off. */
export const NO_DIALS: Dials = {
  tokens: undefined,
  rate: 0,
  delayMs: 0,
  chunkBytes: undefined,
  reasoningTokens: undefined,
  tool: false,
  fault: undefined,
  fixture: undefined,
};

/** A dial that cannot be read: the sender meant something, so it is told instead of being answered as if nothing had been said. */
const unknownDial = defineProblem<{ readonly text: string; readonly where: string }>({
  code: 'unknown_dial',
  kind: 'invalid-request',
  status: 400,
  isRetryable: false,
  says: ({ text, where }) => `The simulator does not know the dial "${text}" in ${where}.`,
  fix: () => 'The dials stand in docs/guides/simulator.md.',
});

interface DialForm {
  readonly name: string;
  /** What follows the name, as documentation shows it. */
  readonly argument: string;
  readonly says: string;
  /** The longest value that begins the text, or undefined where none does. */
  readonly read: (text: string) => { readonly set: Partial<Dials>; readonly length: number } | undefined;
}

interface CountInput {
  readonly max: number;
  readonly set: (value: number) => Partial<Dials>;
}

const count =
  ({ max, set }: CountInput): DialForm['read'] =>
  (text) => {
    const digits = /^\d{1,9}(?=-|$)/.exec(text)?.[0];
    const value = digits === undefined ? undefined : Number.parseInt(digits, 10);
    return digits === undefined || value === undefined || value > max ? undefined : { set: set(value), length: digits.length };
  };

const ANSWER_TOKENS_MAX = 1_000_000; // 4 MB of text: more than any model gives, and still a fraction of a second of work.
const DELAY_MS_MAX = 600_000; // Past every timeout of every client.
const CHUNK_BYTES_MAX = 16_777_216; // Larger than any answer: everything in one write.

/** Every dial, in the order of the documentation. */
export const dialForms: readonly DialForm[] = [
  {
    name: 'tokens',
    argument: '<count>',
    says: "Length of the answer's text in tokens (four bytes each).",
    read: count({ max: ANSWER_TOKENS_MAX, set: (tokens) => ({ tokens }) }),
  },
  {
    name: 'rate',
    argument: '<tokens a second>',
    says: 'Speed of a streamed answer; 0 is as fast as the client reads.',
    read: count({ max: ANSWER_TOKENS_MAX, set: (rate) => ({ rate }) }),
  },
  {
    name: 'delay',
    argument: '<milliseconds>',
    says: 'Wait before the status and the first byte.',
    read: count({ max: DELAY_MS_MAX, set: (delayMs) => ({ delayMs }) }),
  },
  {
    name: 'chunk',
    argument: '<bytes>',
    says: 'Every write has so many bytes, across frames and characters; without it a frame is a write.',
    read: count({ max: CHUNK_BYTES_MAX, set: (bytes) => ({ chunkBytes: Math.max(1, bytes) }) }),
  },
  {
    name: 'reasoning',
    argument: '<count>',
    says: 'Tokens of reasoning before the answer, asked for or not.',
    read: count({ max: ANSWER_TOKENS_MAX, set: (reasoningTokens) => ({ reasoningTokens }) }),
  },
  {
    name: 'tool',
    argument: '[<name>]',
    says: "A call of the request's tool of this name, or of its shell tool; a name only in the header (`x-sim-tool: on` is the shell tool).",
    read: (text) =>
      text === '' || text.startsWith('-')
        ? { set: { tool: true }, length: 0 }
        : { set: { tool: text === 'on' || text }, length: text.length },
  },
  {
    name: 'fault',
    argument: '<fault>',
    says: 'One of the faults below.',
    read: (text) => {
      const found = readFault(text);
      return found && { set: { fault: found.fault }, length: found.length };
    },
  },
  {
    name: 'fixture',
    argument: '<dialect>/<case>[@<delivery>]',
    says: 'Replays a recorded answer of LURUS_FIXTURES byte for byte, cut into writes as its delivery of that number says.',
    read: (text) => {
      const match = /^([a-z-]+\/[a-z0-9-]+)(?:@(\d{1,3}))?$/.exec(text);
      if (!match) return undefined;
      const delivery = match[2] === undefined ? undefined : Number.parseInt(match[2], 10);
      return { set: { fixture: { name: match[1] ?? '', delivery } }, length: text.length };
    },
  },
];

const HEADER_PREFIX = 'x-sim-';
const MODEL_PREFIX = 'sim-';

/** The dials of a request. Throws a Problem of code `unknown_dial` where a dial cannot be read. */
export function readDials(input: { readonly headers: Readonly<Record<string, string | undefined>>; readonly model: string }): Dials {
  return { ...NO_DIALS, ...dialsOfModel(input.model), ...dialsOfHeaders(input.headers) };
}

function dialsOfModel(model: string): Partial<Dials> {
  if (!model.startsWith(MODEL_PREFIX)) return {};
  let set: Partial<Dials> = {};
  let rest = model.slice(MODEL_PREFIX.length);
  while (rest !== '') {
    const form = dialForms.find(({ name }) => rest === name || rest.startsWith(`${name}-`));
    const argument = form ? rest.slice(form.name.length).replace(/^-(?!-)/, '') : '';
    const value = form?.name === 'tool' ? { set: { tool: true }, length: 0 } : form?.read(argument); // Names may hold dashes: headers only.
    if (!value) throw unknownDial({ text: rest, where: `the model's name "${model}"` });
    set = { ...set, ...value.set };
    rest = argument.slice(value.length).replace(/^-/, '');
  }
  return set;
}

function dialsOfHeaders(headers: Readonly<Record<string, string | undefined>>): Partial<Dials> {
  let set: Partial<Dials> = {};
  for (const form of dialForms) {
    const text = headers[HEADER_PREFIX + form.name];
    if (text === undefined) continue;
    const value = form.read(text);
    if (!value || value.length < text.length) throw unknownDial({ text, where: `the header ${HEADER_PREFIX}${form.name}` });
    set = { ...set, ...value.set };
  }
  return set;
}
