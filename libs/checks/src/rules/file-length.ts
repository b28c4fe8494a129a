import type { Rule } from '../rule.ts';

const LINES_MAX = 400; // What one can hold in the head; the well-kept repositories we learn from have 90 of 100 files below it.

/** A file is about one thing. */
export const fileLength: Rule = {
  name: 'file-length',
  says: `Files have at most ${LINES_MAX} lines; wire schemas and generated files apart.`,
  check: ({ files }) =>
    files.flatMap((file) => {
      if (!/\.(?:ts|mjs|sql|sh)$/.test(file.path) || /(?:^|\/)(?:[\w-]+\.)?wire\.ts$|\/generated\//.test(file.path)) return [];
      const lines = file.text.trimEnd().split('\n').length;
      if (lines <= LINES_MAX) return [];
      return [
        {
          path: file.path,
          line: LINES_MAX + 1,
          message: `${lines} lines, at most ${LINES_MAX}: move one of its concerns into a file of its own`,
        },
      ];
    }),
};
