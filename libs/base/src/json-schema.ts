import { z } from 'zod';

/** A JSON schema as plain data. */
export type JsonSchema = z.core.JSONSchema.BaseSchema;

/**
 * The form that a zod schema accepts, as JSON schema without what depends on the version of zod. Refinements and transforms are code and do not
 * show; a `bigint`, which JSON has not, shows as anything.
 */
export function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  const { $schema: _draft, ...form } = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
    },
  });
  return form;
}
