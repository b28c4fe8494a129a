import { repositoryOf } from './repository.ts';
import type { Rule } from './rule.ts';

/** Where a rule does not hold in a repository of these texts by path, as `path:line`: how the rules' own tests look at them. */
export const placesOf = (rule: Rule, texts: Readonly<Record<string, string>>): string[] =>
  rule.check(repositoryOf(texts)).map((finding) => `${finding.path}:${finding.line}`);
