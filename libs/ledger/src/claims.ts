/** How far every view says that it is. Up to there it must hold everything; what it holds beyond is compared all the same. */
import { setTimeout as pause } from 'node:timers/promises';

/** One projection's word about one partition of one stream, as its projector gives it. */
export interface PartitionClaim {
  readonly projection: string;
  readonly stream: string;
  readonly partition: number;
  readonly position: number;
  /** Events that wait, of this partition or of several that are read together. */
  readonly lag: number;
}

/** Up to which sequence a projection has everything of a partition. */
export type ClaimOf = (projection: string, partition: number) => number;

/** Asks every projector. */
export type AskClaims = () => Promise<readonly PartitionClaim[]>;

const POLL_MS = 250;

/** What is waited for: each projection with the head of its stream, as it was when the waiting began. */
export interface Heads {
  readonly [projection: string]: { readonly stream: string; readonly sequence: number };
}

/**
 * Waits until every projection has reached its head, at most `limitMs`, and returns what they claim by then. Whoever is not there in time is
 * compared at the position that it claims.
 */
export async function awaitClaims(input: {
  readonly ask: AskClaims;
  readonly heads: Heads;
  readonly limitMs: number;
  readonly onWaiting: (behind: string) => void;
}): Promise<ClaimOf> {
  const giveUpAt = performance.now() + input.limitMs;
  for (;;) {
    const claims = await input.ask();
    const behind = Object.entries(input.heads).filter(([projection, head]) => !hasReached(claims, projection, head));
    if (behind.length === 0 || performance.now() > giveUpAt) return claimOf(claims, input.heads);
    input.onWaiting(behind.map(([projection]) => projection).join(', '));
    await pause(POLL_MS);
  }
}

const of = (claims: readonly PartitionClaim[], projection: string, stream: string): readonly PartitionClaim[] =>
  claims.filter((claim) => claim.projection === projection && claim.stream === stream);

/** Nothing waits, or everything that was there at first is applied: a busy stream is never without something that waits. */
function hasReached(claims: readonly PartitionClaim[], projection: string, head: Heads[string]): boolean {
  const own = of(claims, projection, head.stream);
  return own.length > 0 && (own.every(({ lag }) => lag === 0) || own.every(({ position }) => position >= head.sequence));
}

function claimOf(claims: readonly PartitionClaim[], heads: Heads): ClaimOf {
  return (projection, partition) => {
    const head = heads[projection];
    if (!head) return 0;
    const own = of(claims, projection, head.stream);
    const position = own.find((claim) => claim.partition === partition)?.position ?? 0;
    // A partition in which nothing waits is folded up to the head, however old its last event is.
    return own.length > 0 && own.every(({ lag }) => lag === 0) ? Math.max(position, head.sequence) : position;
  };
}
