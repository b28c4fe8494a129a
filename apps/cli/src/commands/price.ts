import type { Command } from 'commander';
import { z } from 'zod';
import { usageFailure } from '../cli-failure.ts';
import { shownRate } from '../money-text.ts';
import { dollarsPerMillion } from '../option-values.ts';
import { fetchAllPages } from '../pages.ts';
import { parseTier, type PriceTier } from '../price-tier.ts';
import { recordedText } from '../recorded.ts';
import { readAnswer } from '../service-client.ts';
import { openSession } from '../session.ts';
import type { Surroundings } from '../surroundings.ts';
import { renderTable } from '../table.ts';

const Rate = z.string().nullable();
const PriceSchema = z.object({
  model: z.string(),
  price_version: z.string(),
  is_free: z.boolean(),
  input_usd: z.string(),
  output_usd: z.string(),
  cache_read_usd: Rate,
  cache_write_5m_usd: Rate,
  cache_write_1h_usd: Rate,
  reasoning_usd: Rate,
  tiers: z.array(z.object({ prompt_tokens: z.number(), input_usd: z.string(), output_usd: z.string() })),
  published_at: z.string(),
  superseded_at: z.string().nullable(),
});
const PriceListSchema = z.object({ prices: z.array(PriceSchema) });

interface SetOptions {
  readonly input?: string;
  readonly output?: string;
  readonly cacheRead?: string;
  readonly cacheWrite5m?: string;
  readonly cacheWrite1h?: string;
  readonly reasoning?: string;
  readonly tier?: readonly PriceTier[];
  readonly tierFrom?: readonly PriceTier[];
  readonly free?: boolean;
}

/** `lurus price set|list|remove` */
export function addPriceCommands(program: Command, surroundings: Surroundings): void {
  const price = program.command('price').description('what models cost, in US dollars per million tokens');
  addSet(price, surroundings);
  addList(price, surroundings);
  addRemove(price, surroundings);
}

const SET_HELP = `
A class without a rate costs what contains it: cache classes as input, reasoning as output.
Requests that are already accepted keep the price that they began with.

Examples:
  $ lurus price set claude-sonnet-5 --input 3 --output 15 --cache-read 0.3 --cache-write-5m 3.75 --cache-write-1h 6
  $ lurus price set gemini-pro --input 1.25 --output 10 --tier 200000:2.5:15:0.25
  $ lurus price set 'local-*' --free
`;

function addSet(price: Command, surroundings: Surroundings): void {
  price
    .command('set')
    .description('publish the price of a model, from now on')
    .argument('<model>', 'model as clients name it, * for any run of characters')
    .option('--input <usd>', 'prompt tokens', dollarsPerMillion)
    .option('--output <usd>', 'generated tokens', dollarsPerMillion)
    .option('--cache-read <usd>', 'prompt tokens read from a cache', dollarsPerMillion)
    .option('--cache-write-5m <usd>', 'prompt tokens written to a cache for 5 minutes', dollarsPerMillion)
    .option('--cache-write-1h <usd>', 'prompt tokens written to a cache for an hour', dollarsPerMillion)
    .option('--reasoning <usd>', 'generated tokens that were reasoning', dollarsPerMillion)
    .option(
      '--tier <spec>',
      'rates for prompts of more than so many tokens, 200000:6:22.5[:cache read[:…]]; may be repeated',
      collectTier(false),
    )
    .option('--tier-from <spec>', 'the same for prompts of exactly so many tokens too', collectTier(true))
    .option('--free', 'requests for this model cost nothing')
    .addHelpText('after', SET_HELP)
    .action(async (model: string, options: SetOptions, command: Command) => {
      const session = openSession(command, surroundings);
      const body = { tenant: session.tenant, model, ...priceBody(options) };
      const answer = await session.call({
        service: 'provider',
        method: 'PUT',
        path: '/v1/prices',
        body,
        idempotencyKey: session.idempotencyKey,
      });
      session.show(answer.body, () => `the price of ${model} holds from now on\n`);
      session.note(recordedText(answer));
    });
}

const collectTier =
  (isInclusive: boolean) =>
  (text: string, before: readonly PriceTier[] = []): PriceTier[] => [...before, parseTier(text, isInclusive)];

/** The fields of a price. Throws a usage failure when neither both rates nor `--free` are given. */
function priceBody(options: SetOptions): Record<string, unknown> {
  if (options.free !== true && (options.input === undefined || options.output === undefined)) {
    throw usageFailure('A price needs at least --input and --output.', 'Give both in US dollars per million tokens, or --free.');
  }
  const tiers = [...(options.tier ?? []), ...(options.tierFrom ?? [])].toSorted((a, b) => a.prompt_tokens - b.prompt_tokens);
  return {
    input_usd: options.input,
    output_usd: options.output,
    cache_read_usd: options.cacheRead,
    cache_write_5m_usd: options.cacheWrite5m,
    cache_write_1h_usd: options.cacheWrite1h,
    reasoning_usd: options.reasoning,
    ...(tiers.length === 0 ? {} : { tiers }),
    ...(options.free === true ? { is_free: true } : {}),
  };
}

function addList(price: Command, surroundings: Surroundings): void {
  price
    .command('list')
    .description('list the prices in force, or with --all every version')
    .option('--all', 'superseded versions too')
    .action(async (options: { all?: boolean }, command: Command) => {
      const session = openSession(command, surroundings);
      const query = { tenant: session.tenant, all: options.all };
      const body = await fetchAllPages({
        session,
        call: { service: 'provider', method: 'GET', path: '/v1/prices', query },
        name: 'prices',
      });
      session.show(body, () =>
        renderTable({
          rows: readAnswer(PriceListSchema, body).prices,
          columns: [
            { title: 'model', cell: (row) => row.model },
            { title: 'input', align: 'right', cell: (row) => (row.is_free ? 'free' : shownRate(row.input_usd)) },
            { title: 'output', align: 'right', cell: (row) => (row.is_free ? 'free' : shownRate(row.output_usd)) },
            { title: 'cache read', align: 'right', cell: (row) => rateOrDash(row.cache_read_usd) },
            { title: 'write 5m', align: 'right', cell: (row) => rateOrDash(row.cache_write_5m_usd) },
            { title: 'write 1h', align: 'right', cell: (row) => rateOrDash(row.cache_write_1h_usd) },
            { title: 'reasoning', align: 'right', cell: (row) => rateOrDash(row.reasoning_usd) },
            { title: 'tiers', cell: (row) => row.tiers.map((tier) => `${tier.prompt_tokens}+`).join(' ') || '-' },
            { title: 'since', cell: (row) => row.published_at },
            ...(options.all === true
              ? [{ title: 'until', cell: (row: { superseded_at: string | null }) => row.superseded_at ?? 'now' }]
              : []),
            { title: 'price version', cell: (row) => row.price_version },
          ],
          whenEmpty: `No prices in tenant ${session.tenant} yet: lurus price set <model> --input 3 --output 15`,
        }),
      );
    });
}

const rateOrDash = (rate: string | null): string => (rate === null ? '-' : shownRate(rate));

function addRemove(price: Command, surroundings: Surroundings): void {
  price
    .command('remove')
    .description('withdraw a price; requests for the model are refused unless another pattern fits')
    .argument('<model>', 'the pattern as it was set')
    .action(async (model: string, _options: unknown, command: Command) => {
      const session = openSession(command, surroundings);
      const query = { tenant: session.tenant, model };
      const answer = await session.call({
        service: 'provider',
        method: 'DELETE',
        path: '/v1/prices',
        query,
        idempotencyKey: session.idempotencyKey,
      });
      session.show(answer.body, () => `${model} has no price any more\n`);
      session.note(recordedText(answer));
    });
}
