/**
 * An answer's bytes as a list of writes with waits, and how they reach the connection: at a speed, in other cuts, ended early by a fault. The
 * planning is pure; only `deliver` touches a socket.
 */
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Generated } from './wire/wire.ts';

/** Bytes of one write, the wait before them, and what had been generated with them. */
export interface Write extends Generated {
  readonly bytes: Uint8Array;
  readonly waitMs: number;
}

/** What happens after the last write. */
export type Finish = 'end' | 'reset' | 'silence';

/** Everything that will be sent. */
export interface DeliveryPlan {
  readonly writes: readonly Write[];
  readonly finish: Finish;
}

/** What came of it. */
export interface Delivered extends Generated {
  readonly bytesSent: number;
  readonly ending: 'finished' | 'cut' | 'client_gone';
}

/** Puts waits between writes so that tokens come at `rate` a second. Rate 0 waits nowhere. */
export function paced(writes: readonly Write[], rate: number): readonly Write[] {
  if (rate === 0) return writes;
  let before = 0;
  return writes.map((write) => {
    const waitMs = ((write.outputTokens - before) / rate) * 1_000;
    before = write.outputTokens;
    return { ...write, waitMs: write.waitMs + waitMs };
  });
}

/** Cuts the same bytes after each of the given offsets instead. Waits and token counts stay with the first, and the last, byte that they belong to. */
export function recut(writes: readonly Write[], offsets: readonly number[]): readonly Write[] {
  const bytes = Buffer.concat(writes.map((write) => write.bytes));
  const ends = [...new Set([...offsets.filter((offset) => offset > 0 && offset < bytes.length), bytes.length])].sort((a, b) => a - b);
  let start = 0;
  let next = 0; // The first of the old writes that has not begun yet.
  let begun = 0; // Where it begins.
  let generated: Generated = { outputTokens: 0, reasoningTokens: 0 };
  return ends.map((end) => {
    let waitMs = 0;
    for (let write = writes[next]; write && begun < end; write = writes[next]) {
      waitMs += write.waitMs;
      generated = write;
      begun += write.bytes.length;
      next += 1;
    }
    const cut = {
      bytes: bytes.subarray(start, end),
      waitMs,
      outputTokens: generated.outputTokens,
      reasoningTokens: generated.reasoningTokens,
    };
    start = end;
    return cut;
  });
}

/** Offsets after every `size` bytes. */
export const everyBytes = (length: number, size: number): number[] =>
  Array.from({ length: Math.max(0, Math.ceil(length / size) - 1) }, (_, index) => (index + 1) * size);

/** Offsets inside every character of more than one byte: after its first byte. */
export function insideCharacters(bytes: Uint8Array): number[] {
  const offsets: number[] = [];
  for (const [index, byte] of bytes.entries()) if (byte >= 0xc0) offsets.push(index + 1);
  return offsets;
}

/** Only the first `length` bytes of the writes. */
export function truncated(writes: readonly Write[], length: number): readonly Write[] {
  const kept: Write[] = [];
  let left = length;
  for (const write of writes) {
    if (left <= 0) break;
    kept.push(write.bytes.length <= left ? write : { ...write, bytes: write.bytes.subarray(0, left) });
    left -= write.bytes.length;
  }
  return kept;
}

/** All bytes of the writes. */
export const bytesOf = (writes: readonly Write[]): Uint8Array => Buffer.concat(writes.map((write) => write.bytes));

const RESET_AFTER_MS = 20; // What was written has to leave the machine before the reset throws away the rest.
const WAIT_MS_MIN = 2; // Shorter waits are saved up: timers are no finer.

/** Sends the writes and ends as planned. Resolves when all is sent or the client has gone; never rejects. */
export async function deliver(response: ServerResponse, plan: DeliveryPlan): Promise<Delivered> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const sent = { bytesSent: 0, outputTokens: 0, reasoningTokens: 0 };
  let owedMs = 0;
  for (const write of plan.writes) {
    owedMs += write.waitMs;
    if (owedMs >= WAIT_MS_MIN) {
      const startedAt = performance.now();
      await waited(owedMs, gone.signal);
      owedMs -= performance.now() - startedAt;
    }
    if (gone.signal.aborted) return { ...sent, ending: 'client_gone' };
    if (!response.write(write.bytes)) await drained(response, gone.signal);
    sent.bytesSent += write.bytes.length;
    sent.outputTokens = write.outputTokens;
    sent.reasoningTokens = write.reasoningTokens;
  }
  return { ...sent, ending: await finish({ response, plan, gone: gone.signal }) };
}

async function finish(input: { response: ServerResponse; plan: DeliveryPlan; gone: AbortSignal }): Promise<Delivered['ending']> {
  const { response, plan, gone } = input;
  if (plan.finish === 'end') {
    if (gone.aborted) return 'client_gone';
    response.end();
    return 'finished';
  }
  if (plan.finish === 'silence') {
    response.flushHeaders();
    await waited(SILENCE_MS_MAX, gone);
    response.socket?.destroy();
    return 'cut';
  }
  await waited(RESET_AFTER_MS, gone);
  response.socket?.resetAndDestroy();
  return 'cut';
}

const SILENCE_MS_MAX = 3_600_000; // A client that waits longer is no client.

async function waited(ms: number, gone: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal: gone });
  } catch {
    // The client left; whoever waits looks at the signal.
  }
}

const drained = (response: ServerResponse, gone: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done);
      gone.removeEventListener('abort', done);
      resolve();
    };
    response.once('drain', done);
    gone.addEventListener('abort', done);
    if (gone.aborted) done();
  });
