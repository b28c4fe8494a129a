import { describe, expect, test } from 'vitest';
import { countTests } from './test-count.ts';

const file = (name: string, input: { readonly status: string; readonly tests: number }) => ({
  name,
  status: input.status,
  assertionResults: Array.from({ length: input.tests }, () => ({})),
});

const report = (values: Record<string, unknown>): string =>
  JSON.stringify({ numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [], ...values });

describe('the closing line of npm test', () => {
  test('counts what vitest counted', () => {
    const text = report({ numPassedTests: 41, numFailedTests: 1, testResults: [file('a.test.ts', { status: 'failed', tests: 42 })] });
    expect(countTests({ exitCode: 1, report: text })).toEqual({ passed: 41, failed: 1 });
  });

  test('counts a file that could not be loaded as a failure', () => {
    const text = report({ numPassedTests: 3, testResults: [file('broken.test.ts', { status: 'failed', tests: 0 })] });
    expect(countTests({ exitCode: 1, report: text })).toMatchObject({
      passed: 3,
      failed: 1,
      note: expect.stringContaining('broken.test.ts'),
    });
  });

  test('counts a skipped test as a failure', () => {
    expect(countTests({ exitCode: 0, report: report({ numPassedTests: 3, numPendingTests: 2 }) })).toMatchObject({ passed: 3, failed: 2 });
  });

  test('never says that nothing failed when vitest said otherwise', () => {
    expect(countTests({ exitCode: 1, report: report({ numPassedTests: 3 }) })).toMatchObject({ passed: 3, failed: 1 });
    expect(countTests({ exitCode: 1, report: undefined })).toMatchObject({ passed: 0, failed: 1 });
  });
});
