import { expect, test } from 'vitest';
import { renderFacts, renderTable } from './table.ts';

const columns = [
  { title: 'user', cell: (row: readonly string[]) => row[0] ?? '' },
  { title: 'available', align: 'right' as const, cell: (row: readonly string[]) => row[1] ?? '' },
];

test('columns are as wide as their widest cell, numbers stand to the right', () => {
  const rows = [
    ['ada', '$1.25'],
    ['grace', '$1000.00'],
  ];
  expect(renderTable({ rows, columns, whenEmpty: '' })).toBe('user   available\nada        $1.25\ngrace   $1000.00\n');
});

test('an empty list says what to do instead of showing an empty table', () => {
  expect(renderTable({ rows: [], columns, whenEmpty: 'No users yet: lurus user add <name>' })).toBe(
    'No users yet: lurus user add <name>\n',
  );
});

test('wide characters count as two columns', () => {
  expect(
    renderTable({
      rows: [
        ['李雷', '1'],
        ['ada', '2'],
      ],
      columns,
      whenEmpty: '',
    }).split('\n')[1],
  ).toBe('李雷          1');
});

test('facts are aligned and absent ones left out', () => {
  expect(
    renderFacts([
      ['user', 'ada'],
      ['wallet id', undefined],
      ['held', '$0.00'],
    ]),
  ).toBe('user  ada\nheld  $0.00\n');
});
