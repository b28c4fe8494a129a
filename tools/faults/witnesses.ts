/** What others know of the run: the simulator's book, and the stream of money by request. */
import type { JournalConnection } from '@lurus/journal/journal';
import type { MoneyEvent } from '@lurus/ledger/movement';
import { billingEvents } from '@lurus/streams/billing-events';
import { z } from 'zod';
import type { SeenUsage } from './ask.ts';

const Tokens = z.number();
const BookSchema = z.object({
  entries: z.array(
    z.object({
      id: z.string(),
      answer_id: z.string(),
      operation: z.string(),
      status: z.number(),
      ending: z.string(),
      charged: z.object({
        input_tokens: Tokens,
        cache_read_tokens: Tokens,
        cache_write_5m_tokens: Tokens,
        cache_write_1h_tokens: Tokens,
        output_tokens: Tokens,
      }),
    }),
  ),
});

/** One answer, as the provider books it. */
export interface BookEntry {
  readonly requestId: string;
  readonly isFinished: boolean;
  readonly usage: SeenUsage;
}

/** A copy of the simulator's book that goes on growing where the simulator's own makes room. */
export interface BookCopy {
  /** Reads what is new; called often enough, nothing is missed. */
  readonly read: () => Promise<void>;
  /** By request: what the provider generated for it and would bill. */
  readonly byRequest: () => ReadonlyMap<string, readonly BookEntry[]>;
}

/** An empty copy. */
export function copyBook(simulatorUrl: string): BookCopy {
  const entries = new Map<string, BookEntry>();
  return {
    read: async () => {
      const response = await fetch(`${simulatorUrl}/book`);
      for (const entry of BookSchema.parse(await response.json()).entries) {
        if (entry.operation !== 'generate' || entry.status !== 200) continue;
        const { charged } = entry;
        const prompt = charged.input_tokens + charged.cache_read_tokens + charged.cache_write_5m_tokens + charged.cache_write_1h_tokens;
        const usage = { prompt, output: charged.output_tokens };
        entries.set(entry.answer_id, { requestId: entry.id, isFinished: entry.ending === 'finished', usage });
      }
    },
    byRequest: () => Map.groupBy(entries.values(), ({ requestId }) => requestId),
  };
}

/** The events about money, by request, and the credits by reference. */
export interface Ledger {
  readonly byRequest: ReadonlyMap<string, readonly MoneyEvent[]>;
  readonly credits: ReadonlyMap<string, number>;
}

/** Reads the stream of money as it is. */
export async function readLedger(connection: JournalConnection): Promise<Ledger> {
  const byRequest = new Map<string, MoneyEvent[]>();
  const credits = new Map<string, number>();
  const { lastSequence } = await connection.streamState(billingEvents);
  for await (const deliveries of connection.read(billingEvents, { fromSequence: 1, toSequence: lastSequence })) {
    for (const delivery of deliveries) {
      if (delivery.outcome !== 'event') continue; // The verification reports it.
      const event = delivery.event as MoneyEvent; // The stream carries no others.
      if (event.name === 'wallet.credited') credits.set(event.data.reference, (credits.get(event.data.reference) ?? 0) + 1);
      if (!('requestId' in event.data)) continue;
      const { requestId } = event.data;
      byRequest.set(requestId, [...(byRequest.get(requestId) ?? []), event]);
    }
  }
  return { byRequest, credits };
}
