/** Compressed request bodies, with the output limit enforced while decompressing, so that a bomb is refused after its first megabytes. */
import type { Transform } from 'node:stream';
import { constants, createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import { bodyEncodingUnknown } from './problems.ts';

/** One output piece: small enough that a bomb is noticed early, large enough that an honest body takes few pieces. */
const CHUNK_BYTES = 65_536;

/** The largest window that a zstd body may demand, as a power of two: 8 MB, what RFC 8878 asks decoders to support, not the 2 GB that a frame can claim. */
const ZSTD_WINDOW_LOG_MAX = 23;

export type BodyEncoding = 'gzip' | 'deflate' | 'br' | 'zstd';

/**
 * The encoding that a content-encoding header names, undefined for none. Throws a Problem on an unknown or stacked one: stacking is how small
 * bombs become large ones, and no client does it.
 */
export function bodyEncodingOf(header: string | undefined): BodyEncoding | undefined {
  const encoding = header?.trim().toLowerCase() ?? '';
  switch (encoding) {
    case '':
    case 'identity':
      return undefined;
    case 'x-gzip':
      return 'gzip';
    case 'gzip':
    case 'deflate':
    case 'br':
    case 'zstd':
      return encoding;
    default:
      throw bodyEncodingUnknown({ encoding: encoding.slice(0, 60) });
  }
}

const makers: Readonly<Record<BodyEncoding, () => Transform>> = {
  gzip: () => createGunzip({ chunkSize: CHUNK_BYTES }),
  deflate: () => createInflate({ chunkSize: CHUNK_BYTES }),
  br: () => createBrotliDecompress({ chunkSize: CHUNK_BYTES }),
  zstd: () => createZstdDecompress({ chunkSize: CHUNK_BYTES, params: { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG_MAX } }),
};

/** A stream that decompresses one body. It errors on broken and on cut-off input. */
export const createDecoder = (encoding: BodyEncoding): Transform => makers[encoding]();
