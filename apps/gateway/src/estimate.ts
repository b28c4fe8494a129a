/** How many tokens a request and an answer have, as far as their bytes tell. */

/**
 * Text and code in every recorded request lie between 3 and 5 bytes a token. For estimates, never for bounds.
 */
const BYTES_PER_TOKEN = 4;

/**
 * A token rarely stands for more than this. A reported output that would need longer tokens is a placeholder (Anthropic starts a stream
 * with an output of 1), not a count.
 */
const BYTES_PER_TOKEN_MAX = 16;

/**
 * A megabyte picture or document has a few thousand tokens, not a million: base64 counts one token for this many bytes. A 5 MB picture comes
 * to 80,000 tokens, above what any provider charges for one.
 */
const BASE64_BYTES_PER_TOKEN = 64;

/** Base64 is looked for in runs of this length: few texts have as many bytes without a space or a quotation mark. */
const RUN_BYTES = 4_096;
const RUN_SAMPLES = 32;
const SPACE = 0x20;
const QUOTE = 0x22;

/** An estimate of tokens from UTF-8 bytes, rounded up. */
export const tokensOfBytes = (bytes: number): number => Math.ceil(bytes / BYTES_PER_TOKEN);

/** Whether a reported output can be a count of what was generated so far. */
export const isPlausibleOutput = (input: { readonly outputTokens: number; readonly generatedBytes: number }): boolean =>
  input.outputTokens * BYTES_PER_TOKEN_MAX >= input.generatedBytes;

/** The request's size in bytes of text: base64 is counted as the text that would have as many tokens. */
export function textBytes(body: Uint8Array): number {
  let base64 = 0;
  let at = 0;
  while (at + RUN_BYTES <= body.length) {
    const end = runEnd(body, at);
    if (end - at >= RUN_BYTES && isBase64({ body, start: at, end })) {
      base64 += end - at;
      at = end;
    } else {
      // Steps of a run's length look at one byte in four thousand; a run is found by its second half at the latest.
      at += RUN_BYTES;
    }
  }
  return body.length - base64 + Math.ceil(base64 / BASE64_BYTES_PER_TOKEN);
}

/** Where the next space or quotation mark stands; a quotation mark ends every string of a JSON body. */
function runEnd(body: Uint8Array, at: number): number {
  const quote = body.indexOf(QUOTE, at);
  const end = quote < 0 ? body.length : quote;
  if (end - at < RUN_BYTES) return end;
  const space = body.indexOf(SPACE, at);
  return space < 0 ? end : Math.min(space, end);
}

/** Looks at evenly spread samples: text without spaces (Chinese) shows at once. */
function isBase64({ body, start, end }: { readonly body: Uint8Array; readonly start: number; readonly end: number }): boolean {
  const step = Math.floor((end - start) / RUN_SAMPLES);
  for (let sample = 0; sample < RUN_SAMPLES; sample += 1) {
    if (!isBase64Byte(body[start + sample * step] ?? 0)) return false;
  }
  return true;
}

const isBase64Byte = (byte: number): boolean =>
  (byte >= 0x41 && byte <= 0x5a) ||
  (byte >= 0x61 && byte <= 0x7a) ||
  (byte >= 0x30 && byte <= 0x39) ||
  byte === 0x2b || // +
  byte === 0x2f || // /
  byte === 0x2d || // -
  byte === 0x5f || // _
  byte === 0x3d; // =
