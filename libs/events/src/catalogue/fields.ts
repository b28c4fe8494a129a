import { z } from 'zod';

/** A short human text or name. Events stay under 1 KB, and a hostile upstream must not be able to grow one. */
export const Text = z.string().max(200);

/** Who caused a command: `operator`, `boot`, a user's name. */
export const Actor = z.string().min(1).max(100);

/** Whole milliseconds. */
export const Milliseconds = z.number().int().min(0);
