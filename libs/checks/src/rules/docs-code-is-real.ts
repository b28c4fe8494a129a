import type { Repository, RepositoryFile } from '../repository.ts';
import { lineAt, type Finding, type Rule } from '../rule.ts';

/** `<!-- code: path -->`, then a fenced block. */
const BLOCK = /<!--\s*code:\s*(\S+)\s*-->\s*\n```\w*\n([\s\S]*?)\n```/g;
const LEFT_OUT = /^\s*(?:\/\/|--)\s*…\s*$/;

/** Code that a page shows is code that runs. */
export const docsCodeIsReal: Rule = {
  name: 'docs-code-is-real',
  says: 'A block after <!-- code: path --> stands in that file, word for word; a line with only "// …" leaves something out.',
  check: (repository) => repository.files.filter((file) => file.path.endsWith('.md')).flatMap((file) => staleBlocks(repository, file)),
};

function staleBlocks({ files }: Repository, page: RepositoryFile): Finding[] {
  return Array.from(page.text.matchAll(BLOCK)).flatMap((match) => {
    const [, path = '', block = ''] = match;
    const line = lineAt(page.text, match.index);
    const source = files.find((file) => file.path === path);
    if (!source) return [{ path: page.path, line, message: `${path} does not exist: name the file that the code is from` }];
    const stale = piecesOf(block).find((piece) => !withoutIndent(source.text).includes(withoutIndent(piece)));
    if (stale === undefined) return [];
    return [{ path: page.path, line, message: `${path} no longer says "${stale.trim().split('\n')[0]}": copy the code anew` }];
  });
}

/** The runs of lines between those that say that something is left out. */
function piecesOf(block: string): string[] {
  const pieces: string[][] = [[]];
  for (const line of block.split('\n')) {
    if (LEFT_OUT.test(line)) pieces.push([]);
    else pieces.at(-1)?.push(line);
  }
  return pieces.map((piece) => piece.join('\n').trim()).filter((piece) => piece !== '');
}

/** A page may show an inner part further left than it stands. */
const withoutIndent = (text: string): string => text.replaceAll(/^[ \t]+/gm, '');
