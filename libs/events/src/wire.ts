/** Names and numbers on the wire, for events and bucket values alike. */
const snakeNames = new Map<string, string>();
const camelNames = new Map<string, string>();

/** `amountNanos` to `amount_nanos`. Digits stay with their word: `cacheWrite5mTokens` is `cache_write5m_tokens`. */
function snakeCase(name: string): string {
  let known = snakeNames.get(name);
  if (known === undefined) {
    known = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    snakeNames.set(name, known);
  }
  return known;
}

function camelCase(name: string): string {
  let known = camelNames.get(name);
  if (known === undefined) {
    known = name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    // Names come from our own schemas, but bytes may come from anywhere: the table must not grow with them.
    if (camelNames.size < 10_000) camelNames.set(name, known);
  }
  return known;
}

/** Code's form as JSON can hold it: snake_case names, decimal strings for `bigint`, absent for undefined. */
export function toWire(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (Array.isArray(value)) return value.map(toWire);
  if (value === null || typeof value !== 'object') return value;
  const result: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(value)) if (field !== undefined) result[snakeCase(name)] = toWire(field);
  return result;
}

/** JSON in code's names. Values stay as they are; schemas turn them into code's types. */
export function fromWire(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fromWire);
  if (value === null || typeof value !== 'object') return value;
  const result: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(value)) result[camelCase(name)] = fromWire(field);
  return result;
}
