import type { JournalLimits } from './journal.ts';

/** What a connection allows itself unless told otherwise. */
export const JOURNAL_LIMITS: JournalLimits = {
  appendTimeoutMs: 10_000, // The election of a new leader lasts 4 to 9 s; an append should outlive one.
  appendsInFlightMax: 4_096, // About what one server that syncs every message takes in a second: more would only wait longer.
  connectTimeoutMs: 10_000, // A server with 2 million messages is up in 2 s.
  closeTimeoutMs: 5_000, // Appends still unacknowledged after that are the caller's to repeat.
};

/** An append without an acknowledgement is sent again after this long. Longer than the 150 ms that a loaded server takes, so that repeats are rare. */
export const APPEND_RETRY_MS = 1_000;

/** How often unacknowledged appends are looked at. */
export const APPEND_SWEEP_MS = 100;

/** Pause before a repeat that the server asked for by refusing (no leader, out of resources). */
export const APPEND_BACKOFF_MS = 100;

/** A pull that brings nothing is repeated after this long; each repeat also tells the server that this client is alive. */
export const PULL_MS = 1_000;

/** A consumer whose client was not heard of for this long goes to another that waits. Three pulls, so that an idle client keeps it. */
export const CONSUMER_TAKEOVER_MS = 3_000;

/** Messages asked for at once: two of a projector's largest batches. */
export const PULL_MESSAGES = 1_000;

/** Messages kept ready; no pull is made while more wait. */
export const READY_MESSAGES_MAX = 1_000;

/** Deliveries without acknowledgement: what is ready, what is on its way, and the batch in hand. */
export const UNACKNOWLEDGED_MAX = 5_000;

/** The server delivers again what was not acknowledged for this long. Longer than the slowest transaction. */
export const ACKNOWLEDGE_WITHIN_MS = 30_000;

/** The server gives a sign of life on a silent watch or pull so often; two missing ones mean that it is gone. */
export const HEARTBEAT_MS = 1_000;

/** Pause before a watch or a pull is started again after a failure. */
export const RESTART_PAUSE_MS = 250;

/** Questions to the server (state, configuration, one message). */
export const QUESTION_TIMEOUT_MS = 5_000;

/** Attempts to write one key against a second writer before it is an error; each costs one read and one write. */
export const PUT_ATTEMPTS_MAX = 16;

/** Keys whose revision a writer remembers; others cost one read before the write. About 100 bytes each. */
export const REVISIONS_MAX = 200_000;

/** The server forgets a watch whose client has gone after this long. */
export const WATCH_FORGOTTEN_MS = 10_000;

/** Messages asked for at once when a range of a stream is read: about a megabyte. */
export const RANGE_MESSAGES = 1_000;
