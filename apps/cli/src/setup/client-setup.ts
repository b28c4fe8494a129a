/** What each AI CLI needs to be pointed at the gateway. Measured with the real programs; see the guide "the first hour". */

export const CLIENTS = ['claude', 'codex', 'gemini'] as const;
export type Client = (typeof CLIENTS)[number];

/** A file of the client's and how our lines get into it without touching the rest. */
export interface SetupFile {
  /** From the user's home folder. */
  readonly path: string;
  /** The whole new text, given what stands there now (undefined where nothing does). Throws an Error where it cannot be merged safely. */
  readonly merge: (current: string | undefined) => string;
  /** What a person adds by hand to an existing file. */
  readonly snippet: string;
}

/** One client's set-up. */
export interface ClientSetup {
  readonly client: Client;
  readonly title: string;
  /** Enough for one shell. */
  readonly environment: Readonly<Record<string, string>>;
  /** Variables that get in the way when they are set too. */
  readonly unset: readonly string[];
  /** What makes it lasting. */
  readonly files: readonly SetupFile[];
  /** How to start it once that is done. */
  readonly start: string;
  readonly notes: readonly string[];
}
