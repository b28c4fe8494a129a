import { parseDollarsPerMillion } from '@lurus/base/money';
import { InvalidArgumentError } from 'commander';

const CLASSES = ['input_usd', 'output_usd', 'cache_read_usd', 'cache_write_5m_usd', 'cache_write_1h_usd', 'reasoning_usd'] as const;
const FORM = '<prompt tokens>:<input>:<output>[:<cache read>[:<cache write 5m>[:<cache write 1h>[:<reasoning>]]]]';

/** One context tier as the provider service takes it: the rates of the whole request once its prompt passes `prompt_tokens`. */
export interface PriceTier extends Partial<Record<(typeof CLASSES)[number], string>> {
  readonly prompt_tokens: number;
  /** Whether a prompt of exactly so many tokens is in the tier already. */
  readonly is_inclusive: boolean;
}

/** Reads `200000:6:22.5:0.6`; an empty place leaves that class out. Throws InvalidArgumentError that names the place. */
export function parseTier(text: string, isInclusive: boolean): PriceTier {
  const [tokens = '', ...rates] = text.split(':');
  if (!/^[1-9]\d{0,9}$/.test(tokens) || rates.length < 2 || rates.length > CLASSES.length || !rates[0] || !rates[1]) {
    throw new InvalidArgumentError(`Write it as ${FORM}, in US dollars per million tokens.`);
  }
  const named = rates.flatMap((rate, index) => (rate === '' ? [] : [[CLASSES[index], checkedRate(rate)]]));
  return { prompt_tokens: Number(tokens), is_inclusive: isInclusive, ...Object.fromEntries(named) };
}

function checkedRate(text: string): string {
  try {
    parseDollarsPerMillion(text);
    return text;
  } catch (error) {
    if (error instanceof RangeError) throw new InvalidArgumentError(error.message);
    throw error;
  }
}
