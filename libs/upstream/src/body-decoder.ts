/** Answers that come compressed although `accept-encoding: identity` asked for plain bytes: some proxies compress whatever passes. */
import type { Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';

const makers: Readonly<Record<string, () => Transform>> = {
  gzip: () => createGunzip(),
  'x-gzip': () => createGunzip(),
  deflate: () => createInflate(),
  br: () => createBrotliDecompress(),
  zstd: () => createZstdDecompress(),
};

/**
 * A stream that turns an answer's body into plain bytes, or undefined where it is plain already. An encoding that nobody knows is left as it
 * is: the tap will find that it is no answer.
 */
export function createBodyDecoder(contentEncoding: string | string[] | undefined): Transform | undefined {
  if (typeof contentEncoding !== 'string') return undefined;
  return makers[contentEncoding.trim().toLowerCase()]?.();
}
