/**
 * The simulator's tokenizer: one token for every four bytes of UTF-8, the last one perhaps short. It is wrong about every real model and exact
 * about itself, which is what a book needs: anybody can count again.
 */
const BYTES_PER_TOKEN = 4;

/** Tokens of so many bytes. */
export const tokensOfBytes = (bytes: number): number => Math.ceil(bytes / BYTES_PER_TOKEN);

/** Tokens of a text, by its UTF-8 bytes. */
export const tokensOf = (text: string): number => tokensOfBytes(Buffer.byteLength(text));

const WORDS =
  'The relay took the request, counted every token of it and wrote the figures into a journal that nobody can edit afterwards, so that the wallet, the log and the receipt all tell the same story. ';
/** Two, three and four bytes a character, so that writes can be cut inside each kind. */
const WIDE_WORDS = 'Grüße aus Zürich, 東京の朝, 🦀 und 🛰️ über naïve façades. ';

/** A text of exactly `tokens` tokens. `isWide` fills it with characters of several bytes. */
export function textOfTokens(input: { readonly tokens: number; readonly isWide: boolean }): string {
  const bytes = input.tokens * BYTES_PER_TOKEN;
  const words = input.isWide ? WIDE_WORDS : WORDS;
  const source = Buffer.from(words.repeat(Math.ceil(bytes / Buffer.byteLength(words)) || 1));
  let end = Math.min(bytes, source.length);
  while (end > 0 && ((source[end] ?? 0) & 0xc0) === 0x80) end -= 1; // Never end inside a character,
  return source.subarray(0, end).toString() + '.'.repeat(bytes - end); // and make up for what that took away.
}

/** Cuts a text after every `tokens` tokens, never inside a character. Joined again the pieces are the text. */
export function piecesOf(input: { readonly text: string; readonly tokens: number }): readonly string[] {
  const pieces: string[] = [];
  let piece = '';
  let bytes = 0;
  for (const character of input.text) {
    piece += character;
    bytes += Buffer.byteLength(character);
    if (bytes < input.tokens * BYTES_PER_TOKEN) continue;
    pieces.push(piece);
    piece = '';
    bytes = 0;
  }
  return piece === '' ? pieces : [...pieces, piece];
}
