import { expect, test } from 'vitest';
import { splitSource } from './split-source.ts';

const codeOf = (text: string): string => splitSource(text).code.replaceAll(/ +/g, ' ').trim();

test('comments and strings are no code', () => {
  expect(codeOf("a(); // Date.now()\n/* Date.now() */ b('Date.now()');")).toBe('a(); \n b( );');
});

test('all three texts keep the length and the lines of the source', () => {
  const text = "const a = 'x\\'y'; // why\nconst b = `1${a + `2${a}`}3`;\n";
  for (const part of Object.values(splitSource(text))) {
    expect(part).toHaveLength(text.length);
    expect(part.split('\n')).toHaveLength(3);
  }
});

test('what a template inserts is code, nested templates and braces too', () => {
  expect(codeOf('`text ${call({ a: 1 }, `in ${deep()} ner`)} text` + after()')).toBe('call({ a: 1 }, deep() ) + after()');
});

test('a regular expression is no code and its slashes open no comment', () => {
  expect(codeOf('const end = /[/]*\\/ Date/.exec(x); // gone')).toBe('const end = .exec(x);');
});

test('a division is code', () => {
  expect(codeOf('const half = total / 2; const other = (a + b) / 4;')).toBe('const half = total / 2; const other = (a + b) / 4;');
});

test('import paths stay readable when only comments are blanked', () => {
  expect(splitSource("import a from 'pg'; // import b from 'undici'").statements.trimEnd()).toBe("import a from 'pg';");
});
