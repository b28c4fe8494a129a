/** A client over a plain HTTP connection that writes down when each byte of each answer came, and believes nobody. */
import { Agent, type IncomingMessage, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { type Ask, drawAsk, hasLastFrame, type SeenUsage, usageOf } from './ask.ts';

/** How a request looked from its client. `whole`: the dialect's last byte came. */
export type ClientEnd = 'whole' | 'broken' | 'left' | 'refused' | 'no answer';

/** One line of a client's journal. */
export interface JournalLine {
  readonly client: number;
  readonly number: number;
  readonly gateway: string;
  readonly ask: Ask;
  readonly startedAt: string;
  /** As the gateway named it; undefined where no head came. */
  readonly requestId: string | undefined;
  readonly status: number | undefined;
  /** Milliseconds since the start, and bytes, of everything that arrived. */
  readonly arrivals: readonly (readonly [ms: number, bytes: number])[];
  readonly end: ClientEnd;
  readonly usage: SeenUsage | undefined;
  /** Of an answer that is not whole: its end. */
  readonly tail: string | undefined;
}

/** One client's way of behaving. */
export interface ClientInput {
  readonly client: number;
  readonly gateways: readonly string[];
  readonly key: string;
  /** Numbers from 0 to below 1 by the run's seed. */
  readonly next: () => number;
  readonly isOver: () => boolean;
  readonly onLine: (line: JournalLine) => void;
}

/** Longer than every limit of the gateway in these runs: who waits so long waits for ever. */
const PATIENCE_MS = 60_000;
const THINK_MIN_MS = 100;
const THINK_MAX_MS = 1_200;
const TAIL_CHARACTERS = 400;

/** Asks one thing after another until it is over. */
export async function runClient(input: ClientInput): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const pick = (sides: number): number => Math.floor(input.next() * sides);
  for (let number = 1; !input.isOver(); number += 1) {
    const gateway = input.gateways[pick(input.gateways.length)] ?? '';
    const manners = pick(8);
    // Of eight requests one is left in mid-answer, one a little after it was sent, one is read slowly.
    const leaveAfterBytes = manners === 0 ? pick(1_500) : undefined;
    const leaveAfterMs = manners === 1 ? 10 + pick(600) : undefined;
    const line = await ask({ agent, gateway, key: input.key, ask: drawAsk(pick), leaveAfterBytes, leaveAfterMs, isSlow: manners === 2 });
    input.onLine({ client: input.client, number, gateway, ...line });
    await pause(THINK_MIN_MS + input.next() * (THINK_MAX_MS - THINK_MIN_MS));
  }
  agent.destroy();
}

interface AskInput {
  readonly agent: Agent;
  readonly gateway: string;
  readonly key: string;
  readonly ask: Ask;
  readonly leaveAfterBytes: number | undefined;
  readonly leaveAfterMs: number | undefined;
  readonly isSlow: boolean;
}

type Line = Omit<JournalLine, 'client' | 'number' | 'gateway'>;

/** What has come of an answer so far. */
interface Receiving {
  requestId: string | undefined;
  status: number | undefined;
  readonly arrivals: (readonly [number, number])[];
  readonly bytes: Buffer[];
  hasLeft: boolean;
}

const SLOW_READ_MS = 40;

async function ask(input: AskInput): Promise<Line> {
  const startedMs = performance.now();
  const startedAt = new Date().toISOString();
  const received: Receiving = { requestId: undefined, status: undefined, arrivals: [], bytes: [], hasLeft: false };
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const sent = request(input.gateway + input.ask.path, {
    method: 'POST',
    agent: input.agent,
    headers: { authorization: `Bearer ${input.key}`, 'content-type': 'application/json', 'anthropic-version': '2023-06-01' },
  });
  const leave = (): void => {
    received.hasLeft = true;
    sent.destroy();
  };
  const leaving = input.leaveAfterMs === undefined ? undefined : setTimeout(leave, input.leaveAfterMs);
  const impatience = setTimeout(() => sent.destroy(), PATIENCE_MS);
  sent.on('error', () => received.status === undefined && resolve(false)); // Once there is a response, its reading tells of the end.
  sent.on('close', () => received.status === undefined && resolve(false));
  sent.on('response', (response) => void receive(response, { input, received, startedMs, leave, resolve }));
  sent.end(input.ask.body);
  const hasEnded = await promise;
  clearTimeout(leaving);
  clearTimeout(impatience);
  return { ask: input.ask, startedAt, ...judge(input.ask, received, hasEnded) };
}

interface ReceiveInput {
  readonly input: AskInput;
  readonly received: Receiving;
  readonly startedMs: number;
  readonly leave: () => void;
  readonly resolve: (hasEnded: boolean) => void;
}

/** Reads an answer to its end, or to where the client leaves. */
async function receive(response: IncomingMessage, { input, received, startedMs, leave, resolve }: ReceiveInput): Promise<void> {
  received.status = response.statusCode;
  received.requestId = [response.headers['x-lurus-request-id']].flat()[0];
  let bytes = 0;
  try {
    const chunks: AsyncIterable<Buffer> = response; // No encoding is set.
    for await (const chunk of chunks) {
      received.arrivals.push([Math.round(performance.now() - startedMs), chunk.length]);
      received.bytes.push(chunk);
      bytes += chunk.length;
      if (input.leaveAfterBytes !== undefined && bytes >= input.leaveAfterBytes) leave();
      if (input.isSlow) await pause(SLOW_READ_MS);
    }
    resolve(response.complete && !received.hasLeft);
  } catch {
    resolve(false); // The connection broke; what came is in the journal.
  }
}

function judge(
  asked: Ask,
  received: Receiving,
  hasEnded: boolean,
): Pick<Line, 'requestId' | 'status' | 'arrivals' | 'end' | 'usage' | 'tail'> {
  const { requestId, status, arrivals, hasLeft } = received;
  const text = Buffer.concat(received.bytes).toString('utf8');
  const { dialect, isStream } = asked;
  const hasLast = status === 200 && (isStream ? hasLastFrame(dialect, text) : hasEnded);
  const end = ((): ClientEnd => {
    if (hasLast) return 'whole'; // Also where the client left, or the connection broke, right after it.
    if (hasLeft) return 'left';
    if (status === undefined) return 'no answer';
    return status === 200 ? 'broken' : 'refused';
  })();
  const usage = end === 'whole' ? usageOf(dialect, { text, isStream }) : undefined;
  return { requestId, status, arrivals, end, usage, tail: end === 'whole' ? undefined : text.slice(-TAIL_CHARACTERS) };
}
