import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, zstdDecompress } from 'node:zlib';
import { defineProblem } from '@lurus/base/problem';
import { type JsonObject, objectOf } from './json-reading.ts';

const BODY_BYTES_MAX = 67_108_864; // Twice the gateway's own limit, so that the gateway's is the one that is felt.

const decoders = {
  gzip: promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
  zstd: promisify(zstdDecompress),
} as const;

const bodyTooLarge = defineProblem<{ readonly limit: number }>({
  code: 'body_too_large',
  kind: 'too-large',
  status: 413,
  isRetryable: false,
  says: ({ limit }) => `The request body is larger than ${limit} bytes.`,
  fix: () => 'Send less.',
});

const bodyUnreadable = defineProblem<{ readonly why: string }>({
  code: 'body_unreadable',
  kind: 'invalid-request',
  status: 400,
  isRetryable: false,
  says: ({ why }) => `We could not parse the JSON body of your request: ${why}.`,
  fix: () => 'Send a JSON object.',
});

/** A body that was read. */
export interface RequestBody {
  readonly json: JsonObject;
  /** After decompression. */
  readonly bytes: number;
}

/** Reads, decompresses and parses a body. Throws a Problem where it is too large, broken, or no JSON object. */
export async function readRequestBody(request: IncomingMessage): Promise<RequestBody> {
  const bytes = await decoded(await collected(request), request.headers['content-encoding']);
  const json = parsed(bytes.toString());
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw bodyUnreadable({ why: 'it is no JSON object' });
  return { json: objectOf(json), bytes: bytes.length };
}

async function collected(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk as Uint8Array); // No encoding was set, so chunks are bytes.
    length += bytes.length;
    if (length > BODY_BYTES_MAX) throw bodyTooLarge({ limit: BODY_BYTES_MAX });
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

async function decoded(bytes: Buffer, encoding: string | undefined): Promise<Buffer> {
  if (encoding === undefined || encoding === 'identity') return bytes;
  if (!isKnown(encoding)) throw bodyUnreadable({ why: `its content encoding "${encoding}" is unknown` });
  try {
    return await decoders[encoding](bytes, { maxOutputLength: BODY_BYTES_MAX });
  } catch (cause) {
    throw bodyUnreadable({ why: `it does not decompress as ${encoding}` }, { cause });
  }
}

const isKnown = (encoding: string): encoding is keyof typeof decoders => encoding in decoders;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw bodyUnreadable({ why: 'it is no JSON' }, { cause });
  }
}
