/** Whether a process can do its work now: named checks, run side by side, each with a limit. */

/** Resolves when its subject is usable, throws an Error that says why it is not. */
export type ReadinessCheck = () => void | Promise<void>;

export interface Readiness {
  readonly isReady: boolean;
  readonly checks: Readonly<Record<string, { readonly is_ok: boolean; readonly error?: string }>>;
}

/** For a check that only looks: throws `otherwise` as its reason unless `isTrue`. */
export function requireReady(isTrue: boolean, otherwise: string): void {
  if (!isTrue) throw new Error(otherwise);
}

const CHECK_TIMEOUT_MS = 1_000; // Probes ask every few seconds; one that hangs longer is a failure to them as well.

/** Runs every check and says what came of it. Never throws. */
export async function checkReadiness(checks: Readonly<Record<string, ReadinessCheck>>): Promise<Readiness> {
  const results = await Promise.all(Object.entries(checks).map(async ([name, check]) => [name, await outcomeOf(check)] as const));
  return { isReady: results.every(([, outcome]) => outcome.is_ok), checks: Object.fromEntries(results) };
}

async function outcomeOf(check: ReadinessCheck): Promise<{ readonly is_ok: boolean; readonly error?: string }> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${CHECK_TIMEOUT_MS} ms`)), CHECK_TIMEOUT_MS);
  });
  try {
    await Promise.race([check(), timeout]);
    return { is_ok: true };
  } catch (error) {
    return { is_ok: false, error: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
  }
}
