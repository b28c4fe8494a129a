import { importsOf, packageOf } from '../imports.ts';
import { isTest, isTypeScript, type Repository } from '../repository.ts';
import type { Finding, Rule } from '../rule.ts';
import { ownerOf, packagesOf, type WorkspacePackage } from '../workspace.ts';

/** Each package lists what it imports, so that one app can be installed alone. */
export const dependenciesListed: Rule = {
  name: 'dependencies-listed',
  says: 'Every imported package stands in the package.json of the importing folder.',
  check: (repository) => {
    const packages = packagesOf(repository);
    return sourceFiles(repository).flatMap((file) => {
      const owner = ownerOf(packages, file.path);
      if (!owner) return [];
      return importsOf(file).flatMap(({ specifier, line }): Finding[] => {
        const name = packageOf(specifier);
        if (!name || name === owner.name || owner.dependencies.has(name)) return [];
        if (isForTests(file.path) && isInRepository({ name, packages })) return [];
        const folder = owner.folder === '' ? 'the root' : owner.folder;
        return [
          {
            path: file.path,
            line,
            message: `${name} is imported but not listed: add it to the dependencies in the package.json of ${folder}`,
          },
        ];
      });
    });
  },
};

const sourceFiles = (repository: Repository) => repository.files.filter((file) => isTypeScript(file.path));

/** Tests and tools run in the whole repository only, never in an app installed alone. */
const isForTests = (path: string): boolean => isTest(path) || path.startsWith('tools/') || !path.includes('/');

const isInRepository = (input: { readonly name: string; readonly packages: readonly WorkspacePackage[] }): boolean =>
  input.packages.some((one) => one.name === input.name || one.dependencies.has(input.name));
