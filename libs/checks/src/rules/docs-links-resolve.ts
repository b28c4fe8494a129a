import { posix } from 'node:path';
import type { Repository } from '../repository.ts';
import { findAll, type Finding, type Rule } from '../rule.ts';

/** A reader who follows a link arrives. */
export const docsLinksResolve: Rule = {
  name: 'docs-links-resolve',
  says: 'Every relative link in a Markdown file leads to a file or folder of the repository.',
  check: (repository) => {
    const known = knownPaths(repository);
    return repository.files.filter((file) => file.path.endsWith('.md')).flatMap((file) => deadLinks({ file, known }));
  },
};

/** Every file and every folder above one. */
function knownPaths({ files }: Repository): ReadonlySet<string> {
  const known = new Set<string>(['.']);
  for (const { path } of files) for (let at = path; at !== '.'; at = posix.dirname(at)) known.add(at);
  return known;
}

function deadLinks(input: { readonly file: Repository['files'][number]; readonly known: ReadonlySet<string> }): Finding[] {
  const { file, known } = input;
  const found = findAll({ file, within: 'text', pattern: /\]\(([^)\s#]+)(?:#[^)\s]*)?\)/g, message: (match) => match[1] ?? '' });
  return found.flatMap(({ path, line, message: link }) => {
    if (/^[a-z]+:/i.test(link)) return [];
    const target = posix.join(posix.dirname(path), link).replace(/\/$/, '');
    if (known.has(target)) return [];
    return [{ path, line, message: `${link} leads nowhere: correct it, or write the page` }];
  });
}
