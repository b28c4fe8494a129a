/**
 * The corpus: usage objects as providers reported them, each with the list price that another project computed. Every priced row is rated here
 * from the list prices below, and every difference must have a named reason that gives the exact amount. A clone without the corpus says so;
 * with CI=true its absence is a failure.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { NANOS_PER_DOLLAR, parseDecimal, parseDollarsPerMillion } from '@lurus/base/money';
import type { TokenUsage } from '@lurus/base/token-usage';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { exactPicos, rate, rateTogether, type RatingPart } from './rate.ts';
import type { RateCard } from './rate-card.ts';

const root = resolve(import.meta.dirname, '../../..');
const file = join(resolve(root, process.env['LURUS_FIXTURES'] ?? '../shared/fixtures'), 'usage/usages.json');
const isHere = existsSync(file);

const Count = z
  .number()
  .nullish()
  .transform((value) => value ?? 0);
const Iteration = z.looseObject({
  type: z.string(),
  model: z.string().optional(),
  input_tokens: Count,
  output_tokens: Count,
  cache_read_input_tokens: Count,
  cache_creation_input_tokens: Count,
});
const Row = z.looseObject({
  id: z.string(),
  provider: z.string(),
  model: z.string().nullable(),
  usage: z.looseObject({
    iterations: z.array(Iteration).optional(),
    candidatesTokensDetails: z.array(z.looseObject({ modality: z.string(), tokenCount: z.number() })).optional(),
  }),
  expect: z.looseObject({
    input_total: Count,
    cache_read: Count,
    cache_write: Count,
    cache_write_1h: Count,
    output_total: Count,
    reasoning: Count,
  }),
  price_usd: z.object({ input_price: z.string(), output_price: z.string() }).optional(),
});
type Row = z.infer<typeof Row>;
interface PricedRow {
  readonly row: Row;
  readonly model: string;
  /** What the other project says, in pico-dollars. */
  readonly theirs: bigint;
}

/** USD per million tokens: input, output, cache read, cache write for five minutes. The models' list prices in autumn 2026. */
const listPrices: Readonly<Record<string, readonly [input: string, output: string, cacheRead?: string, cacheWrite5m?: string]>> = {
  'anthropic/claude-haiku-4-5-20251001': ['1', '5', '0.1', '1.25'],
  'anthropic/claude-opus-4-7': ['5', '25', '0.5', '6.25'],
  'anthropic/claude-opus-4-8': ['5', '25', '0.5', '6.25'],
  'anthropic/claude-sonnet-4-20250514': ['3', '15', '0.3', '3.75'],
  'anthropic/claude-sonnet-4-5-20250929': ['3', '15', '0.3', '3.75'],
  'anthropic/claude-sonnet-4-6': ['3', '15', '0.3', '3.75'],
  'anthropic/claude-sonnet-5': ['2', '10', '0.2', '2.5'],
  'anthropic/claude-fable-5': ['10', '50', '1', '12.5'],
  'google/gemini-2.0-flash': ['0.1', '0.4', '0.025'],
  'google/gemini-2.5-flash': ['0.3', '2.5', '0.03'],
  'google/gemini-2.5-flash-image': ['0.3', '2.5'],
  'google/gemini-2.5-flash-lite': ['0.1', '0.4', '0.01'],
  'google/gemini-2.5-pro': ['1.25', '10', '0.125'],
  'google/gemini-3-flash-preview': ['0.5', '3', '0.05'],
  'google/gemini-3-pro-image-preview': ['2', '12'],
  'azure/gpt-4o-2024-11-20': ['2.5', '10', '1.25'],
  'cerebras/gpt-oss-120b': ['0.35', '0.75'],
  'cerebras/llama-3.3-70b': ['0.85', '1.2'],
  'deepseek/deepseek-v4-flash': ['0.14', '0.28', '0.0028'],
  'groq/llama-3.3-70b-versatile': ['0.59', '0.79'],
  'groq/meta-llama/llama-4-scout-17b-16e-instruct': ['0.11', '0.34'],
  'groq/openai/gpt-oss-120b': ['0.15', '0.6', '0.075'],
  'mistral/ministral-8b-latest': ['0.1', '1'],
  'mistral/mistral-large-latest': ['2', '6'],
  'mistral/mistral-medium-latest': ['0.4', '2'],
  'mistral/pixtral-12b-latest': ['0.15', '0.15'],
  'openai/gpt-4.1-2025-04-14': ['2', '8', '0.5'],
  'openai/gpt-4o-2024-08-06': ['2.5', '10', '1.25'],
  'openai/gpt-4o-audio-preview-2024-12-17': ['2.5', '10'],
  'openai/gpt-5-2025-08-07': ['1.25', '10', '0.125'],
  'openai/gpt-5-mini-2025-08-07': ['0.25', '2', '0.025'],
  'openai/gpt-5.4-2026-03-05': ['2.5', '15', '0.25'],
  'openai/gpt-5.6-sol': ['5', '30', '0.5', '6.25'],
  'openai/o3-mini-2025-01-31': ['1.1', '4.4', '0.55'],
  'openrouter/anthropic/claude-3.7-sonnet:thinking': ['3', '15', '0.3', '3.75'],
  'openrouter/anthropic/claude-4.5-sonnet-20250929': ['3', '15', '0.3', '3.75'],
  'openrouter/anthropic/claude-4.6-sonnet-20260217': ['3', '15', '0.3', '3.75'],
  'openrouter/google/gemini-2.5-flash': ['0.3', '2.5', '0.03'],
  'openrouter/google/gemini-2.5-flash-lite': ['0.1', '0.4', '0.01'],
  'openrouter/mistralai/mistral-small': ['0.2', '0.6'],
  'openrouter/openai/gpt-4.1-mini': ['0.4', '1.6', '0.1'],
  'openrouter/openai/gpt-4o-mini': ['0.15', '0.6', '0.075'],
  'openrouter/openai/gpt-5-mini': ['0.25', '2', '0.025'],
  'openrouter/openai/gpt-5.1-codex-mini': ['0.25', '2', '0.025'],
  'openrouter/z-ai/glm-4.6': ['0.43', '1.74'],
};

/** Long prompts that cost more: threshold in tokens, then input, output, cache read, cache write. */
const tierPrices: Readonly<
  Record<string, readonly [threshold: number, input: string, output: string, cacheRead: string, cacheWrite5m: string]>
> = {
  'anthropic/claude-sonnet-4-20250514': [200_000, '6', '22.5', '0.6', '7.5'],
  'anthropic/claude-sonnet-4-5-20250929': [200_000, '6', '22.5', '0.6', '7.5'],
};

/** Generated pictures are a token class of their own, which the rate cards do not hold yet. */
const pictureOutput: Readonly<Record<string, string>> = {
  'google/gemini-2.5-flash-image': '30',
  'google/gemini-3-pro-image-preview': '120',
};

const perMillion = (text: string | undefined) => (text === undefined ? null : parseDollarsPerMillion(text));

const ratesOf = ([input, output, cacheRead, cacheWrite5m]: readonly [string, string, string?, string?]): RateCard['rates'] => ({
  inputPicos: parseDollarsPerMillion(input),
  outputPicos: parseDollarsPerMillion(output),
  cacheReadPicos: perMillion(cacheRead),
  cacheWrite5mPicos: perMillion(cacheWrite5m),
  cacheWrite1hPicos: null, // No priced row of the corpus wrote a cache for an hour.
  reasoningPicos: null,
});

function priceOf(name: string): RateCard {
  const base = listPrices[name];
  if (!base) throw new Error(`no list price for ${name}: add it to the table`);
  const tier = tierPrices[name];
  const tiers = tier ? [{ promptTokens: tier[0], isInclusive: false, rates: ratesOf([tier[1], tier[2], tier[3], tier[4]]) }] : [];
  return { rates: ratesOf(base), tiers, isFree: false };
}

function usageOf({ expect: reading }: Row): TokenUsage {
  return {
    inputTokens: Math.max(0, reading.input_total - reading.cache_read - reading.cache_write),
    cacheReadTokens: reading.cache_read,
    cacheWrite5mTokens: reading.cache_write - reading.cache_write_1h,
    cacheWrite1hTokens: reading.cache_write_1h,
    outputTokens: reading.output_total,
    reasoningTokens: reading.reasoning,
  };
}

/** Passes that Anthropic leaves out of the top level: a compaction, an advisor's answer (at the advisor's own price). */
const otherPasses = ({ row, model }: PricedRow): RatingPart[] =>
  (row.usage.iterations ?? [])
    .filter((pass) => pass.type !== 'message')
    .map((pass) => ({
      price: priceOf(`${row.provider}/${pass.model ?? model}`),
      usage: {
        inputTokens: pass.input_tokens,
        cacheReadTokens: pass.cache_read_input_tokens,
        cacheWrite5mTokens: pass.cache_creation_input_tokens,
        cacheWrite1hTokens: 0,
        outputTokens: pass.output_tokens,
        reasoningTokens: 0,
      },
    }));

/** Reasons for which our charge differs from the other project's price, each with the exact amount in pico-dollars that it explains. */
const reasons: Readonly<Record<string, (priced: PricedRow) => bigint>> = {
  'the other project leaves out passes that the provider bills on top': (priced) =>
    otherPasses(priced).reduce((sum, pass) => sum + exactPicos(pass), 0n),
  'generated pictures have a rate of their own, which our cards do not hold yet': ({ row, model }) => {
    const picture = pictureOutput[`${row.provider}/${model}`];
    const text = listPrices[`${row.provider}/${model}`]?.[1];
    if (picture === undefined || text === undefined) return 0n;
    const tokens = (row.usage.candidatesTokensDetails ?? []).filter((part) => part.modality === 'IMAGE');
    return tokens.reduce(
      (sum, part) => sum - BigInt(part.tokenCount) * (parseDollarsPerMillion(picture) - parseDollarsPerMillion(text)),
      0n,
    );
  },
};

/** Pico-dollars of a decimal text that may have an exponent (`9E-7`). */
function picosOf(text: string): bigint {
  const [digits = '', exponent = '0'] = text.split('E');
  const places = 12 + Number.parseInt(exponent, 10); // An exponent, not money.
  return parseDecimal(digits, places);
}

function pricedRows(): PricedRow[] {
  const { rows } = z.looseObject({ rows: z.array(Row) }).parse(JSON.parse(readFileSync(file, 'utf8')));
  return rows.flatMap((row) =>
    row.price_usd && row.model !== null
      ? [{ row, model: row.model, theirs: picosOf(row.price_usd.input_price) + picosOf(row.price_usd.output_price) }]
      : [],
  );
}

function sayAbsent(): void {
  expect(process.env['CI'], `no ${file}; CI needs it (LURUS_FIXTURES names the folder)`).not.toBe('true');
  console.warn(`corpus absent: ${file} does not exist, priced usages were not compared`);
}

/** A test over the corpus; without the corpus its name says that nothing was compared, and with CI=true it fails. */
const corpusTest = (name: string, check: (rows: readonly PricedRow[]) => void): void =>
  test(isHere ? name : `corpus absent, nothing was compared: ${name}`, () => (isHere ? check(pricedRows()) : sayAbsent()));

corpusTest(
  'every priced row of the corpus costs what the other project says, but for named reasons that give the exact difference',
  (rows) => {
    const counts = new Map<string, number>();
    const unexplained: string[] = [];
    for (const priced of rows) {
      const price = priceOf(`${priced.row.provider}/${priced.model}`);
      const ours =
        exactPicos({ usage: usageOf(priced.row), price }) + otherPasses(priced).reduce((sum, pass) => sum + exactPicos(pass), 0n);
      let explained = 0n;
      for (const [reason, amount] of Object.entries(reasons)) {
        if (amount(priced) !== 0n) counts.set(reason, (counts.get(reason) ?? 0) + 1);
        explained += amount(priced);
      }
      const rest = ours - priced.theirs - explained;
      if (rest !== 0n)
        unexplained.push(`${priced.row.id}: ours ${ours} theirs ${priced.theirs} explained ${explained} rest ${rest} pico-dollars`);
    }
    expect(unexplained).toEqual([]);
    expect(rows).toHaveLength(123);
    expect(Object.fromEntries(counts)).toEqual({
      'the other project leaves out passes that the provider bills on top': 4,
      'generated pictures have a rate of their own, which our cards do not hold yet': 2,
    });
  },
);

corpusTest('what a wallet is charged for a row is its exact price, rounded half up to a nano-dollar', (rows) => {
  let rounded = 0;
  for (const priced of rows) {
    const part = { usage: usageOf(priced.row), price: priceOf(`${priced.row.provider}/${priced.model}`) };
    const { amountNanos } = rate(part);
    expect(amountNanos).toBe((exactPicos(part) + 500n) / 1_000n);
    if (amountNanos * 1_000n !== exactPicos(part)) rounded += 1;
    expect(amountNanos < NANOS_PER_DOLLAR * 10n).toBe(true);
    const whole = rateTogether([part, ...otherPasses(priced)]);
    expect(whole.lines.reduce((sum, line) => sum + line.amountNanos, 0n)).toBe(whole.amountNanos);
  }
  expect(rounded).toBe(1); // DeepSeek's cache at $0.0028 is the one price fine enough to leave parts of a nano-dollar.
});
