/**
 * The demo tenant's prices, in USD per million tokens. The rows of well-known models are their vendors' list prices as of November 2026, kept
 * as examples: verify them before you charge anybody. Every other model costs what `*` says, so that the simulator answers to any name.
 */

export interface DemoPrice {
  /** Model pattern. */
  readonly model: string;
  readonly input_usd: string;
  readonly output_usd: string;
  readonly cache_read_usd?: string;
  readonly cache_write_5m_usd?: string;
  readonly cache_write_1h_usd?: string;
  readonly tiers?: readonly DemoTier[];
}

/** Rates of a request whose prompt passes `prompt_tokens`. */
export interface DemoTier {
  readonly prompt_tokens: number;
  readonly is_inclusive: boolean;
  readonly input_usd: string;
  readonly output_usd: string;
  readonly cache_read_usd: string;
}

export const demoPrices: readonly DemoPrice[] = [
  { model: '*', input_usd: '3', output_usd: '15', cache_read_usd: '0.3', cache_write_5m_usd: '3.75', cache_write_1h_usd: '6' },
  ...['claude-opus-4-8*', 'claude-opus-5*'].map((model) => ({
    model,
    input_usd: '5',
    output_usd: '25',
    cache_read_usd: '0.5',
    cache_write_5m_usd: '6.25',
    cache_write_1h_usd: '10',
  })),
  {
    model: 'claude-haiku-4-5*',
    input_usd: '1',
    output_usd: '5',
    cache_read_usd: '0.1',
    cache_write_5m_usd: '1.25',
    cache_write_1h_usd: '2',
  },
  {
    model: 'claude-fable-5*',
    input_usd: '10',
    output_usd: '50',
    cache_read_usd: '1',
    cache_write_5m_usd: '12.5',
    cache_write_1h_usd: '20',
  },
  {
    model: 'gpt-5.4',
    input_usd: '2.5',
    output_usd: '15',
    cache_read_usd: '0.25',
    tiers: [{ prompt_tokens: 272_000, is_inclusive: false, input_usd: '5', output_usd: '22.5', cache_read_usd: '0.5' }],
  },
  { model: 'gpt-5-mini', input_usd: '0.25', output_usd: '2', cache_read_usd: '0.025' },
  { model: 'gpt-5-nano', input_usd: '0.05', output_usd: '0.4', cache_read_usd: '0.005' },
  {
    model: 'gemini-2.5-pro',
    input_usd: '1.25',
    output_usd: '10',
    cache_read_usd: '0.125',
    tiers: [{ prompt_tokens: 200_000, is_inclusive: false, input_usd: '2.5', output_usd: '15', cache_read_usd: '0.25' }],
  },
  { model: 'gemini-2.5-flash', input_usd: '0.3', output_usd: '2.5', cache_read_usd: '0.03' },
  { model: 'deepseek-v4-flash', input_usd: '0.14', output_usd: '0.28', cache_read_usd: '0.0028' },
  { model: 'grok-4.3', input_usd: '1.25', output_usd: '2.5', cache_read_usd: '0.2' },
  { model: 'text-embedding-3-small', input_usd: '0.02', output_usd: '0' },
];
