import type { z } from 'zod';

/** The lines of a client's output that are JSON of the given shape. */
export function linesOf<Schema extends z.ZodType>(output: string, schema: Schema): z.output<Schema>[] {
  return output.split('\n').flatMap((line) => {
    const parsed = schema.safeParse(jsonOf(line));
    return parsed.success ? [parsed.data] : [];
  });
}

/** The last such line. Throws an Error that shows the end of the output where there is none. */
export function lastLineOf<Schema extends z.ZodType>(output: string, schema: Schema): z.output<Schema> {
  const last = linesOf(output, schema).at(-1);
  if (last === undefined)
    throw new Error(`the client did not print what a finished turn prints; its output ends with: ${output.slice(-600)}`);
  return last;
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined; // Clients mix notices into their output.
  }
}
