import type { Clock } from '@lurus/base/clock';

/** Everything that a command takes from outside, so that tests can stand in for it. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingFolder: string;
  /** Folder of the repository that this command is part of. */
  readonly repositoryRoot: string;
  readonly userHome: string;
  /** Data: what a pipe reads. */
  readonly writeData: (text: string) => void;
  /** Progress, notes and failures: what a person reads. */
  readonly writeNote: (text: string) => void;
  readonly readInput: () => Promise<string>;
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  /** Waits; rejects with an AbortError when the command is interrupted. */
  readonly sleep: (ms: number) => Promise<void>;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}
