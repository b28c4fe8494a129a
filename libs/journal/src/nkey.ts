/** Nkeys, by which processes are known to NATS: an Ed25519 key pair whose public half stands in the server's configuration. */
import { createUser, fromSeed } from '@nats-io/nkeys';

/** A new user's seed, the secret half, as text (`SU…`). */
export const createUserSeed = (): string => new TextDecoder().decode(createUser().getSeed());

/** The public half (`U…`) of a seed. Throws NKeysError where the text is no seed. */
export const publicKeyOfSeed = (seed: string): string => fromSeed(new TextEncoder().encode(seed)).getPublicKey();
