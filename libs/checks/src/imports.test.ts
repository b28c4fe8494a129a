import { expect, test } from 'vitest';
import { importsOf, packageOf } from './imports.ts';
import { repositoryOf } from './repository.ts';

const specifiers = (text: string): string[] => {
  const [file] = repositoryOf({ 'libs/x/src/a.ts': text }).files;
  return file ? importsOf(file).map((one) => `${one.line} ${one.specifier}`) : [];
};

test('static, type, side-effect and dynamic imports and re-exports are found with their lines', () => {
  const text = [
    "import { a } from 'pg';",
    "import type {\n  B,\n} from './b.ts';",
    "import 'undici';",
    "export { c } from '@lurus/base/ids';",
    "const d = await import('zod');",
  ].join('\n');
  expect(specifiers(text)).toEqual(['1 pg', '4 ./b.ts', '5 undici', '6 @lurus/base/ids', '7 zod']);
});

test('an import inside a comment or a string is none', () => {
  expect(specifiers("// import a from 'pg';\nconst text = `import b from 'undici'`;\nexport const c = 'from pg';")).toEqual([]);
});

test('the package of a specifier keeps its scope and drops its path', () => {
  expect(['@lurus/base/ids', 'pg/lib/x', './a.ts', 'node:fs'].map(packageOf)).toEqual(['@lurus/base', 'pg', undefined, undefined]);
});
