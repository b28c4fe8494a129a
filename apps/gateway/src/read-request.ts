/** A request as the dialects see it: its body whole and decompressed, its headers without the caller's key. */
import type { RelayRequest } from '@lurus/dialects/dialect';
import type { Exchange } from './exchange.ts';
import type { Gateway } from './gateway.ts';
import { readBody } from './read-body.ts';

/** Reads the body. Throws what `readBody` throws. `release` gives the body's memory back. */
export async function readRequest(
  exchange: Exchange,
  gateway: Gateway,
): Promise<{ readonly request: RelayRequest; readonly release: () => void }> {
  const { headers, method, path, query } = exchange;
  const body = await readBody({
    source: exchange.request,
    headers,
    bytesMax: gateway.settings.LURUS_BODY_BYTES_MAX,
    budget: gateway.bodies,
  });
  return { request: { method, path, query, headers, body: body.bytes }, release: body.release };
}
