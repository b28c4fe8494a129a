/** Token classes in rows and in answers. */
import { z } from 'zod';
import { countFrom } from './clickhouse-values.ts';

export interface TokenColumns {
  readonly input_tokens: string;
  readonly cache_read_tokens: string;
  readonly cache_write5m_tokens: string;
  readonly cache_write1h_tokens: string;
  readonly output_tokens: string;
  readonly reasoning_tokens: string;
}

export const TOKEN_COLUMNS = 'input_tokens, cache_read_tokens, cache_write5m_tokens, cache_write1h_tokens, output_tokens, reasoning_tokens';

const Count = z.number().int();

/** The classes input, cache read and cache writes do not overlap; reasoning is a part of output. */
export const tokenFields = {
  input_tokens: Count,
  cache_read_tokens: Count,
  cache_write_5m_tokens: Count,
  cache_write_1h_tokens: Count,
  output_tokens: Count,
  reasoning_tokens: Count.describe('the part of output_tokens that was reasoning'),
};

export const tokensAnswer = (row: TokenColumns) => ({
  input_tokens: countFrom(row.input_tokens),
  cache_read_tokens: countFrom(row.cache_read_tokens),
  cache_write_5m_tokens: countFrom(row.cache_write5m_tokens),
  cache_write_1h_tokens: countFrom(row.cache_write1h_tokens),
  output_tokens: countFrom(row.output_tokens),
  reasoning_tokens: countFrom(row.reasoning_tokens),
});
