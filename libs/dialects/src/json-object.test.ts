/**
 * Method: seeded documents (nested values, equal keys, escapes in keys and texts, text of all planes, white space everywhere) are read by the
 * scanner and by JSON.parse, and must agree. Then each is damaged at a seeded place; where JSON.parse refuses it, the scanner must refuse it
 * too. The damaged documents hold no escapes and no control characters, since the inside of texts nobody asks for is not ours to judge.
 */
import { describe, expect, test } from 'vitest';
import { encode } from './bytes.ts';
import { seeded } from './cuts-suite.ts';
import { keyTable, readDocument, requestKeyTable } from './json-object.ts';
import { JsonFault, JsonTooDeep, skipString, stringBytesAt } from './json-skip.ts';

const NAMES = ['model', 'stream', 'n', 'metadata', 'schlüssel', 'a"b'] as const;
const TABLE = keyTable(...NAMES);

type Chance = () => number;
const pick = <Item>(chance: Chance, items: readonly Item[]): Item => {
  const item = items[Math.floor(chance() * items.length)];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
};

const TEXTS = [
  '',
  'a',
  'model',
  '"model":"x"',
  '\\',
  '\\"',
  'line\nbreak',
  'ümläut',
  '漢字',
  '🦜🦜',
  '\u0000\u001f',
  'x'.repeat(90),
  '}],{[',
];
const PLAIN_TEXTS = ['', 'a', 'model', 'plain', '}],{[', 'y'.repeat(70)];
const SPACES = ['', '', '', ' ', '\n', '\t ', '\r\n'];

interface Style {
  readonly texts: readonly string[];
  readonly spaces: readonly string[];
  readonly escapes: boolean;
}
const WILD: Style = { texts: TEXTS, spaces: SPACES, escapes: true };
const PLAIN: Style = { texts: PLAIN_TEXTS, spaces: ['', ' '], escapes: false };

function textSource(chance: Chance, style: Style, text: string): string {
  const source = JSON.stringify(text);
  if (!style.escapes || chance() < 0.6) return source;
  // Any character may be written as an escape, in keys too.
  return `"${Array.from(text, (letter) => (chance() < 0.5 ? unicodeEscapes(letter) : JSON.stringify(letter).slice(1, -1))).join('')}"`;
}
const unicodeEscapes = (letter: string): string =>
  Array.from({ length: letter.length }, (_, index) => `\\u${letter.charCodeAt(index).toString(16).padStart(4, '0')}`).join('');

function valueSource(chance: Chance, style: Style, depth: number): string {
  const kind = chance();
  if (kind < 0.35) return textSource(chance, style, pick(chance, style.texts));
  if (kind < 0.6 || depth > 5) return pick(chance, ['0', '-0', '12', '-3.5', '1e5', '2E-3', 'true', 'false', 'null', '9007199254740993']);
  return kind < 0.8 ? objectSource(chance, style, depth + 1) : listSource(chance, style, depth + 1);
}

const spaced = (chance: Chance, style: Style, parts: readonly string[]): string =>
  parts.map((part) => `${pick(chance, style.spaces)}${part}`).join('') + pick(chance, style.spaces);

function objectSource(chance: Chance, style: Style, depth: number): string {
  const keys = style.escapes ? [...NAMES, 'messages', 'Model', 'x'] : ['model', 'stream', 'n', 'metadata', 'messages', 'x'];
  const members = Array.from({ length: Math.floor(chance() * 6) }, () =>
    spaced(chance, style, [textSource(chance, style, pick(chance, keys)), ':', valueSource(chance, style, depth)]),
  );
  return `{${members.length === 0 ? pick(chance, style.spaces) : members.join(',')}}`;
}

function listSource(chance: Chance, style: Style, depth: number): string {
  const items = Array.from({ length: Math.floor(chance() * 4) }, () => spaced(chance, style, [valueSource(chance, style, depth)]));
  return `[${items.length === 0 ? pick(chance, style.spaces) : items.join(',')}]`;
}

const isRefused = (read: () => unknown): boolean => {
  try {
    read();
    return false;
  } catch {
    return true;
  }
};

describe('against JSON.parse', () => {
  test('3,000 seeded documents read the same', () => {
    const chance = seeded(7);
    for (let round = 0; round < 3_000; round++) {
      const source = pick(chance, SPACES) + objectSource(chance, WILD, 0) + pick(chance, SPACES);
      const parsed: Record<string, unknown> = JSON.parse(source);
      const found = readDocument(encode(source), TABLE);
      for (const name of NAMES) expect({ source, name, value: found.value(name) }).toEqual({ source, name, value: parsed[name] });
    }
  });

  test('what JSON.parse refuses after seeded damage, the scanner refuses, and it accepts what JSON.parse accepts', () => {
    const chance = seeded(11);
    let refused = 0;
    for (let round = 0; round < 3_000; round++) {
      const source = objectSource(chance, PLAIN, 0);
      const at = Math.floor(chance() * source.length);
      const damage = pick(chance, ['', ',', ':', '{', '}', '[', ']', '"', '0', 'e', '.', '-', 't']);
      const damaged = source.slice(0, at) + damage + source.slice(at + (chance() < 0.5 ? 1 : 0));
      const isBroken = isRefused(() => {
        const value: unknown = JSON.parse(damaged);
        if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('no object');
      });
      expect({ damaged, isRefused: isRefused(() => readDocument(encode(damaged), TABLE)) }).toEqual({ damaged, isRefused: isBroken });
      if (isBroken) refused++;
    }
    expect(refused).toBeGreaterThan(1_000);
  });

  test('every document cut short is refused', () => {
    const source = encode('{"model":"m","messages":[{"a":"b\\"c","n":[1,true]}],"x":null}');
    for (let length = 0; length < source.length; length++) expect(isRefused(() => readDocument(source.slice(0, length), TABLE))).toBe(true);
  });
});

test('the last of equal keys counts, and the earlier ones can be found', () => {
  const found = readDocument(encode('{"model":"first","mod\\u0065l":"second","x":{"model":"nested"}}'), TABLE);
  expect(found.text('model')).toBe('second');
  expect(found.repeats('model')).toEqual([{ start: 9, end: 16 }]);
});

test('keys that differ by case alone are noted where they are asked for', () => {
  const source = encode('{"model":"a","MODEL":"b","Stream":true,"models":1}');
  expect(readDocument(source, requestKeyTable('model', 'stream')).lookalikes).toEqual(['MODEL', 'Stream']);
  expect(readDocument(source, TABLE).lookalikes).toEqual([]);
});

test('depth is bounded, and great depth costs no stack', () => {
  const nested = (levels: number) => encode(`{"x":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`);
  expect(readDocument(nested(64), TABLE, 64).has('model')).toBe(false);
  expect(() => readDocument(nested(65), TABLE, 64)).toThrow(JsonTooDeep);
  expect(() => readDocument(encode(`{"x":${'['.repeat(1_000_000)}`), TABLE, 64)).toThrow(JsonTooDeep);
});

test('a text without end, and bytes after the end, are faults', () => {
  expect(() => readDocument(encode('{"model":"never ends'), TABLE)).toThrow(JsonFault);
  expect(() => readDocument(encode('{} {}'), TABLE)).toThrow(JsonFault);
  expect(() => readDocument(encode('\ufeff{}'), TABLE)).toThrow(JsonFault);
});

test('a long text that ends in backslashes is stepped over to its own quote', () => {
  for (const slashes of [0, 1, 2, 3, 4]) {
    const source = encode(JSON.stringify(`${'x'.repeat(60)}${'\\'.repeat(slashes)}`));
    expect(skipString(encode(`${new TextDecoder().decode(source)},"next"`), 0)).toBe(source.length);
  }
});

test('the size of a text is that of its characters, not of its escapes', () => {
  for (const text of [...TEXTS, 'é', '\ud83e', 'tab\tand "quotes"'])
    for (const source of [JSON.stringify(text), `"${unicodeEscapes(text)}"`])
      expect({ source, size: stringBytesAt(encode(source), 0) }).toEqual({ source, size: text === '\ud83e' ? 2 : encode(text).length });
});
