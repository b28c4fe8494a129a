/** One column of a table. */
export interface Column<Row> {
  readonly title: string;
  readonly align?: 'left' | 'right';
  readonly cell: (row: Row) => string;
}

/** Rows as text in aligned columns, for people. Numbers belong to the right. An empty list becomes `whenEmpty`. */
export function renderTable<Row>(input: {
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  readonly whenEmpty: string;
}): string {
  const { rows, columns, whenEmpty } = input;
  if (rows.length === 0) return `${whenEmpty}\n`;
  const lines = [columns.map((column) => column.title), ...rows.map((row) => columns.map((column) => column.cell(row)))];
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => widthOf(line[index] ?? ''))));
  const padded = lines.map((line) =>
    line
      .map((cell, index) => pad({ cell, width: widths[index] ?? 0, isRight: columns[index]?.align === 'right' }))
      .join('  ')
      .trimEnd(),
  );
  return `${padded.join('\n')}\n`;
}

/** Names and values below each other, for one thing. Entries without a value are left out. */
export function renderFacts(facts: readonly (readonly [string, string | undefined])[]): string {
  const shown = facts.filter((fact): fact is readonly [string, string] => fact[1] !== undefined && fact[1] !== '');
  const width = Math.max(0, ...shown.map(([name]) => name.length));
  return shown.map(([name, value]) => `${name.padEnd(width)}  ${value}\n`).join('');
}

function pad(input: { readonly cell: string; readonly width: number; readonly isRight: boolean }): string {
  const room = ' '.repeat(Math.max(0, input.width - widthOf(input.cell)));
  return input.isRight ? room + input.cell : input.cell + room;
}

const WIDE = /[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]|\p{Extended_Pictographic}/gu;

/** Columns that a terminal uses: Chinese, Japanese and Korean characters take two. */
const widthOf = (text: string): number => Array.from(text).length + (text.match(WIDE)?.length ?? 0);
