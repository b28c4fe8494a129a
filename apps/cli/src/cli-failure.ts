/** How a command ended, for scripts. `lurus --help` lists them. */
export const EXIT = {
  ok: 0,
  /** Something went wrong that is not the caller's doing. */
  failed: 1,
  /** The command line is wrong. */
  usage: 2,
  /** Nothing answers where the system should be. */
  notRunning: 3,
  /** A service understood the command and refused it. */
  refused: 4,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export interface FailureDetails {
  readonly exit: ExitCode;
  /** Stable, for programs. */
  readonly code: string;
  /** What happened, one sentence. */
  readonly what: string;
  /** Why, where there is more to say. */
  readonly why?: string;
  /** What to do about it. */
  readonly fix: string;
  readonly faults?: readonly { readonly path: string; readonly message: string }[];
}

/** A command that cannot do what it was asked to. Shown as what, why and fix; ends the process with its exit code. */
export class CliFailure extends Error {
  override readonly name = 'CliFailure';
  readonly details: FailureDetails;

  constructor(details: FailureDetails, options: { readonly cause?: unknown } = {}) {
    super(details.what, options);
    this.details = details;
  }
}

/** The command line is wrong: exit code 2. */
export const usageFailure = (what: string, fix: string): CliFailure => new CliFailure({ exit: EXIT.usage, code: 'usage', what, fix });

/** A failure as people read it: what, why, each fault, and how to fix it. */
export function renderFailure(details: FailureDetails): string {
  const lines = [`error  ${details.what}${details.code === 'usage' ? '' : ` (${details.code})`}`];
  if (details.why !== undefined && details.why !== details.what) lines.push(`  why  ${details.why}`);
  for (const fault of details.faults ?? []) lines.push(`       ${fault.path === '' ? '' : `${fault.path}: `}${fault.message}`);
  lines.push(`  fix  ${details.fix}`);
  return `${lines.join('\n')}\n`;
}

/** A failure as programs read it, one line of JSON. */
export function failureJson(details: FailureDetails): string {
  const { exit, code, what, why, fix, faults } = details;
  return `${JSON.stringify({ error: { code, exit, what, ...(why === undefined ? {} : { why }), fix, ...(faults === undefined ? {} : { faults }) } })}\n`;
}
