import { expect, test } from 'vitest';
import { defineProblem, Problem, problemText } from './problem.ts';

const noPrice = defineProblem<{ readonly model: string }>({
  code: 'no_price',
  kind: 'not-found',
  status: 404,
  isRetryable: false,
  says: ({ model }) => `Model ${model} has no price.`,
  fix: ({ model }) => `Set one with "lurus price set ${model}".`,
});

test('a problem carries its sentence, its remedy and its cause', () => {
  const cause = new Error('low');
  const problem = noPrice({ model: 'm' }, { cause, retryAfterSeconds: 3 });
  expect(problem).toBeInstanceOf(Problem);
  expect(problem.cause).toBe(cause);
  expect(problem.details).toMatchObject({ code: 'no_price', status: 404, retryAfterSeconds: 3 });
  expect(problemText(problem.details)).toBe('Model m has no price. Set one with "lurus price set m".');
});
