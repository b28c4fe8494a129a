/** Usage objects of about 1,300 recordings, one or two for every shape met, each with the reading of another project. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promptTokens, type TokenUsage } from '@lurus/base/token-usage';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { readAnthropicUsage } from './anthropic/usage.ts';
import { noFindings } from './findings.ts';
import { readGeminiUsage } from './gemini/usage.ts';
import { readChatUsage, readResponsesUsage } from './openai-usage.ts';
import type { Reported } from './token-count.ts';

const root = resolve(import.meta.dirname, '../../..');
const file = join(resolve(root, process.env['LURUS_FIXTURES'] ?? '../shared/fixtures'), 'usage/usages.json');

const Count = z
  .number()
  .nullish()
  .transform((value) => value ?? 0); // The source leaves zeros out as null.
const Row = z.looseObject({
  id: z.string(),
  dialect: z.string(),
  provider: z.string(),
  usage: z.record(z.string(), z.unknown()),
  expect: z.looseObject({
    input_total: Count,
    cache_read: Count,
    cache_write: Count,
    cache_write_1h: z.number().optional(),
    output_total: Count,
    reasoning: Count,
  }),
});

const rows = existsSync(file) ? z.looseObject({ rows: z.array(Row) }).parse(JSON.parse(readFileSync(file, 'utf8'))).rows : [];
if (rows.length === 0)
  console.warn(`CORPUS ABSENT: no usage objects at ${file}; the normalisation was not compared with another project's.`);

const findings = noFindings();
const READERS: Readonly<Record<string, (usage: Reported) => TokenUsage | undefined>> = {
  anthropic: (usage) => readAnthropicUsage(findings, usage)?.usage,
  'openai-chat': (usage) => readChatUsage(findings, usage),
  'openai-responses': (usage) => readResponsesUsage(findings, usage),
  gemini: (usage) => readGeminiUsage(findings, usage),
};

/** Rows with passes that the top level leaves out: the other project reads the top level, we bill the passes (rule 4 of the corpus). */
const Passes = z.array(
  z.looseObject({
    type: z.string(),
    input_tokens: Count,
    cache_read_input_tokens: Count,
    cache_creation_input_tokens: Count,
    output_tokens: Count,
  }),
);
const compactionOf = (usage: Reported) => Passes.safeParse(usage['iterations']).data?.filter(({ type }) => type === 'compaction') ?? [];

/** No dialect of ours: Bedrock's own Converse interface. */
const OUT_OF_SCOPE = 'bedrock-converse';

test('the usage objects are there wherever CI runs', () => {
  if (process.env['CI'] === 'true') expect(rows.length).toBeGreaterThan(0);
});

test('only Bedrock rows are left out', () => {
  if (rows.length === 0) return;
  expect(rows.filter(({ dialect }) => !(dialect in READERS)).every(({ dialect }) => dialect === OUT_OF_SCOPE)).toBe(true);
  expect(rows.filter(({ dialect }) => dialect in READERS)).toHaveLength(148);
});

describe.each(rows.filter(({ dialect }) => dialect in READERS))('$id of $provider', (row) => {
  test('reads as the other project reads it', () => {
    const usage = READERS[row.dialect]?.(row.usage);
    const left = compactionOf(row.usage);
    const sumOf = (name: 'input_tokens' | 'cache_read_input_tokens' | 'cache_creation_input_tokens' | 'output_tokens'): number =>
      left.reduce((sum, pass) => sum + pass[name], 0);
    const written = sumOf('cache_creation_input_tokens');
    const read = sumOf('cache_read_input_tokens');
    // The source reads an all-zero object as no usage; to us an explicit zero is usage.
    expect(
      usage && {
        prompt: promptTokens(usage),
        read: usage.cacheReadTokens,
        written: usage.cacheWrite5mTokens + usage.cacheWrite1hTokens,
        output: usage.outputTokens,
        reasoning: usage.reasoningTokens,
      },
    ).toEqual({
      prompt: row.expect.input_total + sumOf('input_tokens') + read + written,
      read: row.expect.cache_read + read,
      written: row.expect.cache_write + written,
      output: row.expect.output_total + sumOf('output_tokens'),
      reasoning: row.expect.reasoning,
    });
    if (usage && row.expect.cache_write_1h !== undefined) expect(usage.cacheWrite1hTokens).toBe(row.expect.cache_write_1h);
    expect(findings.isUsageSuspect).toBe(false);
  });
});
