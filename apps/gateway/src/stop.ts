/** An orderly stop: no new requests, running answers finish, what is left is settled as it stands. */
import type { Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Gateway } from './gateway.ts';
import { stopJob } from './job.ts';

/** How often it is looked whether everything has ended. */
const LOOK_MS = 25;

/** Kept back from the limit for settling the answers that were cut. */
const SETTLE_MS = 3_000;

export interface StopInput {
  readonly server: Server;
  readonly gateway: Gateway;
  /** LURUS_SHUTDOWN_TIMEOUT_MS */
  readonly limitMs: number;
}

/** Resolves when every request has ended and every event is durable, or the limit has passed. Idle connections are closed at once. */
export async function stopGateway({ server, gateway, limitMs }: StopInput): Promise<void> {
  const startedMs = gateway.nowMs();
  const isOver = (reserveMs: number): boolean => gateway.nowMs() - startedMs > limitMs - reserveMs;
  server.close();
  server.closeIdleConnections();
  const settleMs = Math.min(SETTLE_MS, limitMs / 2);
  while (gateway.jobs.size > 0 && !isOver(settleMs)) await sleep(LOOK_MS);
  for (const job of gateway.jobs) stopJob(job, 'shutdown');
  while (gateway.jobs.size > 0 && !isOver(0)) await sleep(LOOK_MS);
  await gateway.outbox.close(Math.max(LOOK_MS, limitMs - (gateway.nowMs() - startedMs)));
  gateway.holds.close();
  server.closeAllConnections();
  await gateway.upstreams.close();
}
