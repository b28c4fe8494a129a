/** Reads the simulator's book: what a provider says that it was asked and what it charges for it. */
import type { TokenUsage } from '@lurus/base/token-usage';
import { z } from 'zod';

const Tokens = z.number().int().min(0);
const EntrySchema = z
  .looseObject({
    id: z.string(),
    path: z.string(),
    operation: z.string(),
    model: z.string(),
    status: z.number(),
    ending: z.enum(['open', 'finished', 'cut', 'client_gone']),
    had_tool_result: z.boolean(),
    called_tool: z.string().nullable(),
    charged: z.object({
      input_tokens: Tokens,
      cache_read_tokens: Tokens,
      cache_write_5m_tokens: Tokens,
      cache_write_1h_tokens: Tokens,
      output_tokens: Tokens,
      reasoning_tokens: Tokens,
    }),
  })
  .transform(({ charged, ...entry }) => ({
    id: entry.id,
    path: entry.path,
    operation: entry.operation,
    model: entry.model,
    status: entry.status,
    ending: entry.ending,
    hadToolResult: entry.had_tool_result,
    calledTool: entry.called_tool,
    charged: {
      inputTokens: charged.input_tokens,
      cacheReadTokens: charged.cache_read_tokens,
      cacheWrite5mTokens: charged.cache_write_5m_tokens,
      cacheWrite1hTokens: charged.cache_write_1h_tokens,
      outputTokens: charged.output_tokens,
      reasoningTokens: charged.reasoning_tokens,
    } satisfies TokenUsage,
  }));
const BookSchema = z.object({ entries: z.array(EntrySchema) });

/** One request that the simulator answered. */
export type SimulatorEntry = z.output<typeof EntrySchema>;

/** Everything in the book since it was emptied, the oldest first. */
export async function readSimulatorBook(simulatorUrl: string): Promise<readonly SimulatorEntry[]> {
  const response = await fetch(`${simulatorUrl}/book`);
  return BookSchema.parse(await response.json()).entries;
}

/** Empties the book. */
export async function clearSimulatorBook(simulatorUrl: string): Promise<void> {
  await fetch(`${simulatorUrl}/book`, { method: 'DELETE' });
}
