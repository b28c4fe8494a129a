/**
 * Tells code from comments and strings in TypeScript, so that a rule about code is not fooled by a sentence about it. A scanner of our own,
 * because TypeScript 7 has no parser to call and a rule needs nothing finer than this.
 */

/** The same text three times, each of the same length with the same line breaks, so that an offset means one place in all of them. */
export interface SplitSource {
  /** Comments and the insides of strings, templates and regular expressions are blank. */
  readonly code: string;
  /** Only comments are blank: what import paths are read from. */
  readonly statements: string;
  /** Everything except comments is blank. */
  readonly comments: string;
}

type Kind = 'code' | 'text' | 'comment';

interface Piece {
  readonly kind: Kind;
  readonly end: number;
}

/** Splits TypeScript or JavaScript. Never throws: an unfinished string or comment runs to the end of the text. */
export function splitSource(text: string): SplitSource {
  const kinds = classify(text);
  const keep = (wanted: (kind: Kind | undefined) => boolean): string =>
    Array.from({ length: text.length }, (_, at) => {
      const character = text.charAt(at);
      return character === '\n' || wanted(kinds[at]) ? character : ' ';
    }).join('');
  return {
    code: keep((kind) => kind === 'code'),
    statements: keep((kind) => kind !== 'comment'),
    comments: keep((kind) => kind === 'comment'),
  };
}

function classify(text: string): Kind[] {
  const kinds: Kind[] = [];
  // Depth of braces inside each open `${`: the template goes on where its own brace closes.
  const templates: number[] = [];
  let at = 0;
  while (at < text.length) {
    const inTemplateTail = templates.at(-1) === 0 && text.charAt(at) === '}';
    if (inTemplateTail) templates.pop();
    const piece = inTemplateTail ? template(text, at) : pieceAt(text, at);
    for (let index = at; index < piece.end; index += 1) kinds.push(piece.kind);
    if (piece.kind === 'code' && templates.length > 0) {
      const change = { '{': 1, '}': -1 }[text.charAt(at)] ?? 0;
      templates.push((templates.pop() ?? 0) + change);
    }
    if (piece.kind === 'text' && text.slice(at, piece.end).endsWith('${')) templates.push(0);
    at = piece.end;
  }
  return kinds;
}

function pieceAt(text: string, at: number): Piece {
  const character = text.charAt(at);
  const pair = text.slice(at, at + 2);
  if (pair === '//') return { kind: 'comment', end: endOf(text, '\n', at) };
  if (pair === '/*') return { kind: 'comment', end: endOf(text, '*/', at + 2, 2) };
  if (character === '"' || character === "'") return { kind: 'text', end: quotedEnd(text, at, character) };
  if (character === '`') return template(text, at);
  if (character === '/' && startsRegex(text, at)) return { kind: 'text', end: regexEnd(text, at) };
  return { kind: 'code', end: at + 1 };
}

function endOf(text: string, mark: string, from: number, past = 0): number {
  const found = text.indexOf(mark, from);
  return found < 0 ? text.length : found + past;
}

function quotedEnd(text: string, start: number, quote: string): number {
  for (let at = start + 1; at < text.length; at += 1) {
    if (text.charAt(at) === '\\') at += 1;
    else if (text.charAt(at) === quote || text.charAt(at) === '\n') return at + 1;
  }
  return text.length;
}

/** From a backtick, or from the brace that closes an inserted expression, up to the closing backtick or the next `${`. */
function template(text: string, start: number): Piece {
  for (let at = start + 1; at < text.length; at += 1) {
    if (text.charAt(at) === '\\') at += 1;
    else if (text.charAt(at) === '`') return { kind: 'text', end: at + 1 };
    else if (text.startsWith('${', at)) return { kind: 'text', end: at + 2 };
  }
  return { kind: 'text', end: text.length };
}

/** A slash divides after a value and opens a regular expression after anything else. */
function startsRegex(text: string, at: number): boolean {
  const before = text.slice(Math.max(0, at - 40), at).trimEnd();
  if (before === '' || /[({[,;=:!&|?+\-*%<>~^]$/.test(before)) return true;
  return /\b(?:return|typeof|case|in|of|do|else|void|delete|await|yield|throw)$/.test(before);
}

function regexEnd(text: string, start: number): number {
  let inClass = false;
  for (let at = start + 1; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '\n') return at;
    if (character === '\\') at += 1;
    else if (character === '[') inClass = true;
    else if (character === ']') inClass = false;
    else if (character === '/' && !inClass) return at + 1;
  }
  return text.length;
}
