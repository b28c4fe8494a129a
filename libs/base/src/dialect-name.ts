import { z } from 'zod';

/** The four wire formats: Anthropic Messages, OpenAI Chat Completions, OpenAI Responses, Google Gemini generateContent. */
export const DialectNameSchema = z.enum(['anthropic', 'openai-chat', 'openai-responses', 'gemini']);
export type DialectName = z.infer<typeof DialectNameSchema>;
/** All four, in the order of the documentation. */
export const DIALECT_NAMES = DialectNameSchema.options;
