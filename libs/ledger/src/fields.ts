/** Rows compared field by field, as text: exact for integers of any size. */
export type Fields = Readonly<Record<string, string>>;

/** The text of each value; null and undefined are none, as in a column that holds nothing. */
export const fieldsOf = (values: Readonly<Record<string, bigint | number | string | boolean | null | undefined>>): Fields =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value ?? '')]));

/** The first field in which a row is not what it should be, with both values. */
export function firstDifference(row: Fields, wanted: Fields): { readonly name: string; readonly says: string } | undefined {
  for (const [name, value] of Object.entries(wanted)) {
    if (row[name] !== value) return { name, says: `is ${quoted(row[name])} and should be ${quoted(value)}` };
  }
  return undefined;
}

const quoted = (text: string | undefined): string => (text === undefined ? 'absent' : text === '' ? 'empty' : text);
