/** What every dialect must do: all four run this suite, on their own requests and on the fixtures written after their documentation. */
import { join } from 'node:path';
import { Problem, type ProblemDetails, type ProblemKind } from '@lurus/base/problem';
import { describe, expect, test } from 'vitest';
import { encode, joinBytes, textOf } from './bytes.ts';
import { everyByte, seeded, seededCuts } from './cuts-suite.ts';
import type { Dialect, RelayRequest, TapReport } from './dialect.ts';
import { DIALECTS } from './dialects.ts';
import { expectPhase, expectReport, filtered, readRecordings, type Recording, tapped } from './recording-suite.ts';

/** What the suite needs to know of a dialect. */
export interface DialectSample {
  readonly dialect: Dialect;
  /** A path that asks for a stream, and a body that does. */
  readonly path: string;
  readonly body: object;
  readonly model: string;
  /** Where a wrong type can be sent: a field of the body and what is no good for it. */
  readonly wrong: { readonly field: string; readonly value: unknown };
  /** Frames of an answer: one that shows something, and one with the usage given, which is to stand in the answer as it is. */
  readonly contentFrame: string;
  readonly usageFrame: (usage: string) => string;
  /** A usage object with `value` in the place of its counts. */
  readonly hostileUsage: (value: string) => string;
  /** Where the ids of models stand in a list. */
  readonly idsOf: (list: unknown) => readonly unknown[];
}

/** A request as the gateway hands it over. */
export function requestTo(path: string, body: object | Uint8Array | string, headers: Record<string, string> = {}): RelayRequest {
  const [bare = '', query = ''] = path.split('?');
  const bytes = body instanceof Uint8Array ? body : encode(typeof body === 'string' ? body : JSON.stringify(body));
  return { method: 'POST', path: bare, query: new URLSearchParams(query), headers, body: bytes };
}

const KINDS: readonly ProblemKind[] = [
  'invalid-request',
  'authentication',
  'no-credit',
  'permission',
  'not-found',
  'conflict',
  'too-large',
  'rate-limited',
  'overloaded',
  'upstream',
  'timeout',
  'unavailable',
  'internal',
];

/** A failure of a kind, with what, why and how to fix. */
export const problemOf = (kind: ProblemKind, isRetryable = false): ProblemDetails => ({
  code: 'some_code',
  kind,
  status: 418,
  isRetryable,
  message: 'This happened.',
  fix: 'Do that.',
});

/** The Problem that a call throws. */
export function problemFrom(call: () => unknown): ProblemDetails {
  try {
    call();
  } catch (problem) {
    if (problem instanceof Problem) return problem.details;
    throw problem;
  }
  throw new Error('nothing was thrown');
}

function tapText(dialect: Dialect, pieces: readonly string[], isStream = true) {
  const tap = dialect.createTap({ isStream });
  const steps = pieces.map((piece) => tap.push(encode(piece)));
  const { phase } = tap.end();
  return { phase, steps, report: tap.report() };
}

/** Runs the suite for one dialect. */
export function describeDialect(sample: DialectSample): void {
  const { dialect } = sample;
  describe(`${dialect.name}: what every dialect does`, () => {
    describeRequests(sample);
    describeErrors(sample);
    describeAnswers(sample);
    describeFixtures(readRecordings(join(import.meta.dirname, 'fixtures')).filter((recording) => recording.dialect === dialect.name));
  });
}

function describeRequests({ dialect, path, body, model, wrong }: DialectSample): void {
  const read = (changed: object | Uint8Array | string) => dialect.readAsk(requestTo(path, changed));

  test('it serves its own paths by POST alone, and no other dialect serves them', () => {
    const { path: bare } = requestTo(path, {});
    expect(dialect.serves({ method: 'POST', path: bare })).toBe(true);
    expect(dialect.serves({ method: 'GET', path: bare })).toBe(false);
    expect(Object.values(DIALECTS).filter(({ serves }) => serves({ method: 'POST', path: bare }))).toEqual([dialect]);
    for (const other of ['/', '/v1/models', '/v1/embeddings', `${bare}/more`, '/v1/models/x'])
      expect(dialect.serves({ method: 'POST', path: other })).toBe(false);
  });

  test('it reads model and stream', () => expect(read(body)).toMatchObject({ dialect: dialect.name, model, isStream: true, choices: 1 }));

  test('broken JSON, lists, texts and nothing are refused with what, where and how to fix', () => {
    for (const broken of ['', '[]', '"x"', 'null', '{', '{"model":"m"', '{"a":1,}', '<html>', '{"a":01}', '{} x', '\ufeff{}']) {
      const details = problemFrom(() => read(broken));
      expect(details).toMatchObject({ kind: 'invalid-request', status: 400, code: 'body_not_json', isRetryable: false });
      expect(details.message).toMatch(/byte \d+/);
      expect(details.fix.length).toBeGreaterThan(20);
    }
  });

  test('65 levels are refused, 64 are not', () => {
    const deep = (levels: number) => `${JSON.stringify(body).slice(0, -1)},"deep":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`;
    expect(read(deep(64)).model).toBe(model);
    expect(problemFrom(() => read(deep(65))).code).toBe('body_too_deep');
  });

  test('a field of the wrong type is named', () => {
    const details = problemFrom(() => read({ ...body, [wrong.field]: wrong.value }));
    expect(details).toMatchObject({ code: 'fields_invalid', kind: 'invalid-request' });
    expect(details.faults?.[0]?.path).toContain(wrong.field);
  });

  test('where nothing changes, the body that goes upstream is the same object', () => {
    const request = requestTo(path, body);
    const ask = dialect.readAsk(request);
    const outgoing = dialect.prepare({ request, ask, upstreamModel: model });
    expect(outgoing.body).toBe(request.body);
    expect(outgoing.usageWasAdded).toBe(false);
    expect(outgoing.path).toBe(request.path);
  });

  test("another model's name takes the place of the old one, and nothing else changes", () => {
    const request = requestTo(path, body);
    const outgoing = dialect.prepare({ request, ask: dialect.readAsk(request), upstreamModel: 'other-model' });
    const sent = outgoing.path + textOf(outgoing.body);
    expect(sent).toBe((request.path + textOf(request.body)).replace(model, 'other-model'));
  });

  test("the caller's key in the query goes no further", () => {
    const request = requestTo(`${path}${path.includes('?') ? '&' : '?'}key=secret&x=1`, body);
    const { query } = dialect.prepare({ request, ask: dialect.readAsk(request), upstreamModel: model });
    expect(query).not.toContain('secret');
    expect(query).toContain('x=1');
  });
}

function describeErrors({ dialect, contentFrame, idsOf }: DialectSample): void {
  test.each(KINDS)('a failure of kind %s says what, why and how to fix, in a form that the own tap reads as an error', (kind) => {
    for (const isRetryable of [false, true]) {
      const { status, headers, body } = dialect.renderError(problemOf(kind, isRetryable), 'req_1');
      expect(status).toBeGreaterThanOrEqual(400);
      expect(headers['content-type']).toContain('application/json');
      expect(headers['lurus-error']).toBe('some_code');
      expect(headers['retry-after'] === undefined).toBe(headers['x-should-retry'] === 'false');
      const { report, phase } = tapText(dialect, [body], false);
      expect(report.error?.message).toBe('This happened. Do that.');
      expect(phase).toBe('error');
    }
  });

  test('what is used up, unknown or malformed is never worth a retry, whatever its declaration says', () => {
    for (const kind of ['no-credit', 'authentication', 'invalid-request', 'too-large', 'permission'] as const)
      expect(dialect.renderError(problemOf(kind, true), 'req_1').headers['x-should-retry']).toBe('false');
    expect(dialect.renderError(problemOf('no-credit'), 'req_1').status).toBe(429);
    expect(dialect.renderError(problemOf('authentication'), 'req_1').status).toBe(401);
  });

  test('a wait that is known is told', () => {
    const details = { ...problemOf('rate-limited', true), retryAfterSeconds: 12.2 };
    expect(dialect.renderError(details, 'req_1').headers['retry-after']).toBe('13');
  });

  test('an error ends a stream that has begun, without making up a normal end', () => {
    const error = textOf(dialect.renderStreamError(problemOf('upstream', true), 'req_1'));
    expect(error.endsWith('\n\n')).toBe(true);
    expect(error).not.toContain('[DONE]');
    const { phase, report, steps } = tapText(dialect, [contentFrame, error]);
    expect(steps.map((step) => step.phase)).toEqual(['content', 'error']);
    expect(phase).toBe('error');
    expect(report.error?.message).toContain('This happened. Do that.');
  });

  test('a keep-alive means nothing, wherever it stands between frames', () => {
    const alive = textOf(dialect.keepAlive);
    const plain = tapText(dialect, [contentFrame]);
    const kept = tapText(dialect, [alive, alive, contentFrame, alive]);
    expect(kept.steps[1]?.phase).toBe('undecided');
    expect(kept.report).toEqual(plain.report);
    expect(kept.phase).toBe(plain.phase);
  });

  test('models are listed in the own form', () => {
    const list = dialect.renderModels([
      { id: 'a', ownedBy: 'x' },
      { id: 'b/c', ownedBy: 'y' },
    ]);
    expect(idsOf(list).map((id) => String(id).replace(/^models\//, ''))).toEqual(['a', 'b/c']);
    expect(idsOf(dialect.renderModels([]))).toEqual([]);
  });
}

const GARBAGE = [
  '',
  ' \n',
  '<html><body>502 Bad Gateway</body></html>',
  'upstream connect error',
  '{"hello":"world"}',
  '[]',
  '[1,2]',
  'null',
  '{',
  '{"error',
  'data: hello\n\n',
  'data: {"hello":"world"}\n\n',
  'data: {\n\n',
  ': only a comment\n\n',
  '\u0000\u0001',
];

function describeAnswers({ dialect, contentFrame, usageFrame, hostileUsage }: DialectSample): void {
  test('a 200 that is no answer is garbage, whatever its content type says, and no usage is invented', () => {
    for (const isStream of [true, false])
      for (const text of GARBAGE) {
        const { report, phase } = tapText(dialect, [text], isStream);
        expect({ text, isGarbage: report.isGarbage, usage: report.usage, phase }).toEqual({
          text,
          isGarbage: true,
          usage: undefined,
          phase: 'undecided',
        });
      }
  });

  test('random bytes break nothing', () => {
    const chance = seeded(3);
    for (let round = 0; round < 300; round++) {
      const bytes = Uint8Array.from({ length: 200 }, () => Math.floor(chance() * 256));
      const tap = dialect.createTap({ isStream: round % 2 === 0 });
      tap.push(joinBytes([encode(round % 3 === 0 ? 'data: {' : ''), bytes]));
      tap.end();
      expect(tap.report().usage).toBeUndefined();
    }
  });

  test('an answer that is cut is not whole', () => expect(tapText(dialect, [contentFrame]).phase).toBe('content'));

  test.each(['-5', '9223372036854775808', '1e400', '1.5', '"12"', '"many"', 'true', '{}', '[7]'])(
    'usage of %s is clamped and flagged',
    (value) => {
      const { report } = tapText(dialect, [usageFrame(hostileUsage(value))]);
      expect(report.isUsageSuspect).toBe(true);
      for (const count of Object.values(report.usage ?? {})) {
        expect(Number.isSafeInteger(count)).toBe(true);
        expect(count).toBeGreaterThanOrEqual(0);
        expect(count).toBeLessThanOrEqual(3_000_000_000);
      }
    },
  );

  test('usage that is no JSON is flagged, and the stream goes on', () => {
    const { report, steps } = tapText(dialect, [contentFrame, usageFrame(hostileUsage('NaN')), contentFrame]);
    expect(report.isUsageSuspect).toBe(true);
    expect(report.usage).toBeUndefined();
    expect(steps.at(-1)?.phase).toBe('content');
  });

  test('names as long as a book do not grow the report', () => {
    const long = 'm'.repeat(100_000);
    const { report } = tapText(dialect, [usageFrame(hostileUsage('1')).replaceAll('NAME', long)]);
    expect(JSON.stringify(report).length).toBeLessThan(5_000);
  });

  test('a JSON answer past the limit is passed on unread, and marked suspect', () => {
    const tap = dialect.createTap({ isStream: false });
    tap.push(encode('{"x":"'));
    const megabyte = new Uint8Array(1_048_576).fill(0x78);
    const phases = Array.from({ length: 64 }, () => tap.push(megabyte).phase);
    expect([phases[0], phases.at(-1)]).toEqual(['undecided', 'content']);
    expect(tap.end().phase).toBe('terminal');
    expect(tap.report()).toMatchObject({ isUsageSuspect: true, isGarbage: false, usage: undefined });
  });

  test('a frame past the limit is marked suspect while the stream goes on', () => {
    const tap = dialect.createTap({ isStream: true });
    tap.push(encode(contentFrame));
    tap.push(encode('data: {"x":"'));
    const megabyte = new Uint8Array(1_048_576).fill(0x78);
    for (let index = 0; index < 20; index++) expect(tap.push(megabyte).phase).toBe('content');
    tap.push(encode(`"}\n\n${contentFrame}`));
    expect(tap.report().isUsageSuspect).toBe(true);
  });
}

function describeFixtures(recordings: readonly Recording[]): void {
  test('at least six fixtures were written after the documentation', () => expect(recordings.length).toBeGreaterThanOrEqual(6));

  describe.each(recordings)('$id', (recording) => {
    const whole = (): { readonly report: TapReport; readonly phase: string } => tapped(recording, []);

    test('reads as its documentation says', () => {
      const seen = tapped(recording, []);
      expectReport(recording, seen.report);
      expectPhase(recording, seen);
    });

    test('reads the same however it is cut', () => {
      expect(tapped(recording, everyByte(recording.bytes.length))).toEqual(whole());
      for (let seed = 0; seed < 10; seed++) expect(tapped(recording, seededCuts(seed, recording.bytes.length))).toEqual(whole());
    });

    test('a filter passes every byte, and withholds the same ones however it is cut', () => {
      if (!recording.isStream || recording.bytes[0] === 0x5b) return;
      const plain = filtered(recording, { cuts: [], dropsUsage: false });
      expect(plain.now + plain.withheld).toBe(textOf(recording.bytes));
      for (const cuts of [everyByte(recording.bytes.length), seededCuts(1, recording.bytes.length)])
        expect(filtered(recording, { cuts, dropsUsage: false })).toEqual(plain);
    });
  });
}
