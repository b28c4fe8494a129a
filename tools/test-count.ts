/** How many tests passed and failed, out of vitest's own report. Pure. */
import { z } from 'zod';

export interface TestCount {
  readonly passed: number;
  /** Never 0 when vitest itself reported a failure. */
  readonly failed: number;
  /** Why `failed` is more than the failed tests: a sentence. */
  readonly note?: string;
}

const ReportSchema = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number().default(0),
  numTodoTests: z.number().default(0),
  testResults: z.array(z.object({ name: z.string(), status: z.string(), assertionResults: z.array(z.unknown()) })),
});

/** A file that could not be loaded has no tests to fail, yet it is a failure. */
const brokenFiles = (report: z.output<typeof ReportSchema>): string[] =>
  report.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).map((file) => file.name);

/**
 * Counts. A skipped test counts as failed: nothing is skipped here, a need that is missing fails. So does a file that could not be loaded, and
 * so does a run that failed as a whole although no test did.
 */
export function countTests(input: { readonly exitCode: number; readonly report: string | undefined }): TestCount {
  if (input.report === undefined) return { passed: 0, failed: 1, note: 'vitest ended without a report.' };
  const report = ReportSchema.parse(JSON.parse(input.report));
  const broken = brokenFiles(report);
  const skipped = report.numPendingTests + report.numTodoTests;
  const failed = report.numFailedTests + broken.length + skipped;
  const notes = [
    ...(broken.length > 0 ? [`Test files that could not be run: ${broken.join(', ')}.`] : []),
    ...(skipped > 0 ? [`${skipped} tests were skipped, which counts as failed.`] : []),
  ];
  if (failed === 0 && input.exitCode !== 0) return { passed: report.numPassedTests, failed: 1, note: 'vitest failed outside of any test.' };
  return { passed: report.numPassedTests, failed, ...(notes.length > 0 ? { note: notes.join(' ') } : {}) };
}
