/**
 * Charges computed a second time, from the settlement's own lines and from the event that published its price. Written from
 * docs/operations/money.md, apart from libs/pricing.
 */
import type { pricePublished } from '@lurus/events/catalogue/provider';
import type { EventOf } from '@lurus/events/event';
import type { MoneyEvent } from './movement.ts';

/** A settlement as the stream has it. */
export type Settlement = MoneyEvent & { readonly name: 'usage.settled' };
type Price = EventOf<typeof pricePublished>['data'];
type Rates = Price['rates'];

/** Half up, from pico-dollars to nano-dollars: the one rounding of a charge. */
const rounded = (picos: bigint): bigint => (picos + 500n) / 1_000n;

/** What is wrong with a charge by its own account; undefined where it adds up. */
export function faultOfLines({ data }: Settlement): string | undefined {
  const sum = data.lines.reduce((total, line) => total + line.amountNanos, 0n);
  if (sum !== data.amountNanos) return `its lines add up to ${sum}, it charges ${data.amountNanos}`;
  const exact = rounded(data.lines.reduce((total, line) => total + BigInt(line.tokens) * line.picosPerToken, 0n));
  if (exact !== data.amountNanos) return `its lines' tokens and rates make ${exact}, it charges ${data.amountNanos}`;
  return data.lines.map(faultOfLine).find((fault) => fault !== undefined);
}

/** A line is its exact product, or that and the nano-dollar which rounding left over. */
function faultOfLine({ tokenClass, tokens, picosPerToken, amountNanos }: Settlement['data']['lines'][number]): string | undefined {
  const exact = BigInt(tokens) * picosPerToken;
  const rest = amountNanos * 1_000n - exact;
  return rest > -1_000n && rest < 1_000n ? undefined : `its line ${tokenClass} is ${amountNanos} for ${exact} pico-dollars`;
}

/**
 * What is wrong with a charge by its price; undefined where the price gives the same amount. A request for which an advisor's model was asked
 * too is rated at several prices and has more lines of one class than one: by its price alone it cannot be rated again.
 */
export function faultOfPrice(settlement: Settlement, price: Price): string | undefined {
  const { data } = settlement;
  const classes = data.lines.map(({ tokenClass }) => tokenClass);
  if (new Set(classes).size < classes.length) return undefined;
  const amount = rounded(picosAt(settlement, price));
  return amount === data.amountNanos ? undefined : `at the price ${data.priceVersion} it costs ${amount}, it charges ${data.amountNanos}`;
}

function picosAt({ data }: Settlement, price: Price): bigint {
  if (price.isFree) return 0n;
  const rates = ratesFor(price, data.inputTokens + data.cacheReadTokens + data.cacheWrite5mTokens + data.cacheWrite1hTokens);
  const reasoning = rates.reasoningPicos === null ? 0 : data.reasoningTokens;
  const parts: readonly (readonly [number, bigint | null])[] = [
    [data.inputTokens, rates.inputPicos],
    [data.cacheReadTokens, rates.cacheReadPicos ?? rates.inputPicos],
    [data.cacheWrite5mTokens, rates.cacheWrite5mPicos ?? rates.inputPicos],
    [data.cacheWrite1hTokens, rates.cacheWrite1hPicos ?? rates.inputPicos],
    [Math.max(0, data.outputTokens - reasoning), rates.outputPicos],
    [reasoning, rates.reasoningPicos],
  ];
  return parts.reduce((sum, [tokens, rate]) => sum + BigInt(tokens) * (rate ?? 0n), 0n);
}

/** The whole request moves to the highest tier that its prompt reaches; of two of one size the exclusive one is the higher. */
function ratesFor(price: Price, prompt: number): Rates {
  const reached = price.tiers.filter((tier) => prompt > tier.promptTokens || (tier.isInclusive && prompt === tier.promptTokens));
  const height = (tier: Price['tiers'][number]): number => tier.promptTokens * 2 + (tier.isInclusive ? 0 : 1);
  return reached.toSorted((a, b) => height(a) - height(b)).at(-1)?.rates ?? price.rates;
}
