/**
 * Model patterns, as providers and price lists use them: exact text, or text with `*` for any run of characters.
 * An exact pattern beats a wildcard, a wildcard with more fixed characters beats one with fewer.
 */

/** How well `pattern` fits `text`: undefined where it does not, else a number that is higher for the closer fit. */
export function matchPattern(pattern: string, text: string): number | undefined {
  if (pattern === text) return Number.MAX_SAFE_INTEGER;
  const parts = pattern.split('*');
  if (parts.length === 1) return undefined;
  const first = parts[0] ?? '';
  const last = parts.at(-1) ?? '';
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return undefined;
  let at = first.length;
  const end = text.length - last.length;
  for (const middle of parts.slice(1, -1)) {
    const found = text.indexOf(middle, at);
    if (found < 0 || found + middle.length > end) return undefined;
    at = found + middle.length;
  }
  return pattern.length - (parts.length - 1);
}

/** The pattern of `patterns` that fits `text` best, or undefined where none does. Equal fits: the first in text order, so that the choice is stable. */
export function bestPattern(patterns: Iterable<string>, text: string): string | undefined {
  let best: { pattern: string; fit: number } | undefined;
  for (const pattern of patterns) {
    const fit = matchPattern(pattern, text);
    if (fit === undefined) continue;
    if (!best || fit > best.fit || (fit === best.fit && pattern < best.pattern)) best = { pattern, fit };
  }
  return best?.pattern;
}

/**
 * Applies a mapping target to a model name: where the pattern and the target both hold one `*`, what the pattern's star matched is carried
 * over (`claude-*` to `vendor/claude-*`); otherwise the target stands as it is.
 */
export function mapModel(input: { readonly pattern: string; readonly target: string; readonly model: string }): string {
  const star = input.pattern.indexOf('*');
  if (star < 0 || !input.target.includes('*')) return input.target;
  const tail = input.pattern.length - star - 1;
  return input.target.replace('*', input.model.slice(star, input.model.length - tail));
}
