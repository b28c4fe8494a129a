import { expect, test } from 'vitest';
import { piecesOf, textOfTokens, tokensOf } from './token-count.ts';

test.each([0, 1, 2, 7, 100, 4_321])('a text of %i tokens counts as exactly so many, in narrow and in wide characters', (tokens) => {
  expect(tokensOf(textOfTokens({ tokens, isWide: false }))).toBe(tokens);
  expect(tokensOf(textOfTokens({ tokens, isWide: true }))).toBe(tokens);
  expect(Buffer.byteLength(textOfTokens({ tokens, isWide: true }))).toBe(tokens * 4);
});

test('pieces joined are the text, and none ends inside a character', () => {
  const text = textOfTokens({ tokens: 50, isWide: true });
  const pieces = piecesOf({ text, tokens: 1 });
  expect(pieces.join('')).toBe(text);
  expect(pieces.join('')).not.toContain('\u{FFFD}');
  expect(pieces.length).toBeGreaterThan(30);
});

test('a short last token counts as a whole one', () => expect(tokensOf('12345')).toBe(2));
