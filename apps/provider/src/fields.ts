/** The fields of the provider service's requests. */
import { DialectNameSchema, DIALECT_NAMES } from '@lurus/base/dialect-name';
import { AuthStyleSchema } from '@lurus/events/catalogue/provider';
import { z } from 'zod';

/** A provider's name: what a person types, and one segment of a path. */
export const ProviderName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be 1 to 64 letters, digits, ".", "_" or "-", and begin with a letter or digit');

export const ProviderPath = z.strictObject({ name: ProviderName });

/** A model or a pattern of models, as clients or providers name them. */
export const ModelPattern = z
  .string()
  .regex(/^[^\s\p{C}]{1,200}$/u, 'must be 1 to 200 characters without spaces; "*" stands for any run of characters');

export const Dialect = DialectNameSchema.describe(`The wire format that it speaks: ${DIALECT_NAMES.join(', ')}.`);

const URL_CHARACTERS_MAX = 500;

/** An http or https address without credentials, query or fragment, trailing slashes taken off. */
export const BaseUrl = z
  .string()
  .max(URL_CHARACTERS_MAX, `must be at most ${URL_CHARACTERS_MAX} characters`)
  .transform((text, context) => {
    const fault = (message: string): never => {
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    };
    if (!URL.canParse(text)) return fault(`must be a URL like https://api.example.com, "${text}" is none`);
    const url = new URL(text);
    if (url.protocol !== 'http:' && url.protocol !== 'https:') return fault(`must begin with http:// or https://, not ${url.protocol}//`);
    if (url.username !== '' || url.password !== '') return fault('must not hold a user or password; give them as "credential"');
    if (url.search !== '' || url.hash !== '') return fault('must end with its path: the query comes from each request');
    return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
  })
  .describe('Where it is, with or without the version: https://api.example.com or https://api.example.com/v1.');

// It becomes a header, so that anything but printable ASCII could smuggle a second one.
export const Credential = z
  .string()
  .regex(/^[\x21-\x7e]{1,1000}$/, 'must be 1 to 1000 printable ASCII characters without spaces')
  .describe('The API key; sealed at once and never shown again.');

export const AuthStyle = AuthStyleSchema.describe(
  'How the credential is sent. Unless given as the dialect’s vendor wants it: x-api-key for anthropic, bearer for OpenAI’s, x-goog-api-key for gemini; none without a credential.',
);

export const Models = z.array(ModelPattern).min(1, 'must name at least one model or "*"').max(200, 'must be at most 200 patterns');

export const ModelMapping = z
  .record(ModelPattern, ModelPattern)
  .refine((mapping) => Object.keys(mapping).length <= 200, 'must be at most 200 entries')
  .describe('Which name a model has at this provider, pattern by pattern; a "*" in both carries over what it stood for.');

export const Priority = z
  .number()
  .int('must be a whole number')
  .min(0, 'must be 0 to 1000')
  .max(1000, 'must be 0 to 1000')
  .describe('Lower is tried first.');
export const Weight = z
  .number()
  .int('must be a whole number')
  .min(1, 'must be 1 to 1000')
  .max(1000, 'must be 1 to 1000')
  .describe('Share of the traffic among providers of one priority.');

export const Reason = z.string().max(200, 'must be at most 200 characters');

const PAGE_MAX = 1_000; // About 500 KB of JSON.
const PAGE_DEFAULT = 200;

/** How many rows a list may have. */
export const Limit = z.coerce
  .number('must be a whole number')
  .int('must be a whole number')
  .min(1, 'must be at least 1')
  .max(PAGE_MAX, `must be at most ${PAGE_MAX}`)
  .default(PAGE_DEFAULT)
  .describe(`How many at most; ${PAGE_DEFAULT} unless given.`);
