/** What one check of `lurus doctor` found. */
export interface CheckResult {
  readonly name: string;
  readonly state: 'ok' | 'warn' | 'fail';
  /** What was found, one sentence. */
  readonly says: string;
  readonly why?: string;
  /** What to do; present whenever the state is not ok. */
  readonly fix?: string;
}

/** Results as people read them, with a last line that counts. */
export function renderResults(results: readonly CheckResult[]): string {
  const width = Math.max(0, ...results.map((result) => result.name.length));
  const lines = results.flatMap((result) => [
    ` ${{ ok: 'ok  ', warn: 'warn', fail: 'FAIL' }[result.state]}  ${result.name.padEnd(width)}  ${result.says}`,
    ...(result.why === undefined ? [] : [`         why: ${result.why}`]),
    ...(result.fix === undefined ? [] : [`         fix: ${result.fix}`]),
  ]);
  return `${[...lines, summary(results)].join('\n')}\n`;
}

function summary(results: readonly CheckResult[]): string {
  const count = (state: CheckResult['state']): number => results.filter((result) => result.state === state).length;
  const parts = [`${count('ok')} ok`, `${count('warn')} warnings`, `${count('fail')} failures`];
  return ` ${parts.join(', ')}`;
}
