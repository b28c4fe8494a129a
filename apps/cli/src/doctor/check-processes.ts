/** Whether every process answers, can do its work, and agrees on the time. */
import { z } from 'zod';
import type { Surroundings } from '../surroundings.ts';
import { SERVICES, type ServiceName, type System } from '../system.ts';
import type { CheckResult } from './check-result.ts';

const PROBE_TIMEOUT_MS = 5_000; // A readiness check inside a process has one second; a busy machine needs some more.
const SKEW_WARN_MS = 2_000; // The Date header has whole seconds.

const ReadinessSchema = z.object({
  checks: z.record(z.string(), z.object({ is_ok: z.boolean(), error: z.string().optional() })).default({}),
});

interface Probe {
  readonly system: System;
  readonly surroundings: Pick<Surroundings, 'fetch' | 'clock'>;
}

/** One result a process, and one for the clock. */
export async function checkProcesses(probe: Probe): Promise<CheckResult[]> {
  const targets = [
    ...SERVICES.map((name) => ({ name, url: urlOf(probe.system, name) })),
    { name: 'simulator', url: probe.system.ready?.simulator },
  ];
  const found = targets.filter((target): target is { name: string; url: string } => target.url !== undefined);
  const probes = await Promise.all(found.map((target) => checkOne(target, probe.surroundings)));
  return [...probes.map((one) => one.result), ...clockResult(probes.flatMap((one) => one.skewMs ?? []))];
}

/** Undefined for a service that neither the ready file nor the environment names. */
function urlOf(system: System, service: ServiceName): string | undefined {
  try {
    return system.urlOf(service);
  } catch {
    // Only what is configured can be checked; a system that is not there at all is reported as such.
    return undefined;
  }
}

async function checkOne(
  target: { readonly name: string; readonly url: string },
  { fetch, clock }: Probe['surroundings'],
): Promise<{ readonly result: CheckResult; readonly skewMs?: number }> {
  const startedMs = clock.nowMs();
  const url = `${target.url.replace(/\/$/, '')}/readyz`;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
    const endedMs = clock.nowMs();
    const result = resultOf({ name: target.name, ms: endedMs - startedMs, status: response.status, text: await response.text() });
    const date = Date.parse(response.headers.get('date') ?? '');
    return Number.isNaN(date) ? { result } : { result, skewMs: date - endedMs };
  } catch (error) {
    const why = error instanceof Error ? (error.cause instanceof Error ? error.cause.message : error.message) : String(error);
    const fix = `Run "npm start"; if it runs, see .lurus/logs/${target.name}.log`;
    return { result: { name: target.name, state: 'fail', says: `does not answer at ${target.url}.`, why, fix } };
  }
}

function resultOf(input: { readonly name: string; readonly ms: number; readonly status: number; readonly text: string }): CheckResult {
  const { name, ms, status, text } = input;
  if (status === 200) return { name, state: 'ok', says: `ready, ${ms} ms` };
  const fix = `See .lurus/logs/${name}.log; the part that is named must come back first.`;
  return { name, state: 'fail', says: `answers ${status}: it cannot do its work.`, why: failedChecks(text), fix };
}

function failedChecks(text: string): string {
  const parsed = ReadinessSchema.safeParse(parseJson(text));
  if (!parsed.success) return text.slice(0, 200);
  return Object.entries(parsed.data.checks)
    .filter(([, check]) => !check.is_ok)
    .map(([name, check]) => `${name}: ${check.error ?? 'failed'}`)
    .join('; ');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A proxy's page, for instance; the caller shows its beginning.
    return undefined;
  }
}

function clockResult(skewsMs: readonly number[]): CheckResult[] {
  if (skewsMs.length === 0) return [];
  const worst = skewsMs.toSorted((a, b) => Math.abs(b) - Math.abs(a))[0] ?? 0;
  const says = `${(Math.abs(worst) / 1000).toFixed(1)} s apart from the services`;
  if (Math.abs(worst) <= SKEW_WARN_MS) return [{ name: 'clock', state: 'ok', says: `within ${SKEW_WARN_MS / 1000} s of the services` }];
  return [
    {
      name: 'clock',
      state: 'warn',
      says: `${says}.`,
      why: 'Times of events and limits per minute would disagree.',
      fix: 'Synchronise the clock (NTP) on both machines.',
    },
  ];
}
