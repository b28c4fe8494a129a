import { isTest, isTypeScript } from '../repository.ts';
import { findAll, type Rule } from '../rule.ts';

const ABOUT_MONEY = /^(?:libs\/pricing\/|libs\/base\/src\/money\.ts$|projections\/)/;

/** A float cannot hold a nano-dollar: 0.1 + 0.2 is not 0.3. */
export const moneyWithoutFloats: Rule = {
  name: 'money-without-floats',
  says: 'What computes money never passes through a float.',
  check: ({ files }) =>
    files
      .filter((file) => isTypeScript(file.path) && !isTest(file.path) && ABOUT_MONEY.test(file.path))
      .flatMap((file) =>
        findAll({
          file,
          within: 'code',
          pattern: /\bparseFloat\b|\bNumber\(|\bNumber\.parseFloat\b|\.toFixed\b|\bMath\.(?:round|floor|ceil)\b/g,
          message: (match) =>
            `${match[0]} makes a float of money: stay with bigint, and use parseDecimal and formatDecimal of libs/base/src/money.ts`,
        }),
      ),
};
