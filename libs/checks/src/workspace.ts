import type { Repository } from './repository.ts';

/** One package of the workspace, found by its `package.json`. */
export interface WorkspacePackage {
  /** `@lurus/base` */
  readonly name: string;
  /** Its folder from the root: `libs/base`; empty for the root itself. */
  readonly folder: string;
  readonly dependencies: ReadonlySet<string>;
}

interface Manifest {
  readonly name: string;
  readonly dependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
  readonly optionalDependencies?: Record<string, string>;
}

/** Every package of the repository, the root last. Throws SyntaxError when a `package.json` is no JSON. */
export function packagesOf(repository: Repository): WorkspacePackage[] {
  return repository.files
    .filter((file) => /(?:^|\/)package\.json$/.test(file.path) && !file.path.includes('fixtures/'))
    .map((file) => {
      const manifest = JSON.parse(file.text) as Manifest; // Our own files; npm refuses another shape.
      return {
        name: manifest.name,
        folder: file.path.replace(/\/?package\.json$/, ''),
        dependencies: new Set(
          [manifest.dependencies, manifest.devDependencies, manifest.optionalDependencies].flatMap((list) => Object.keys(list ?? {})),
        ),
      };
    })
    .toSorted((a, b) => b.folder.length - a.folder.length);
}

/** The package that a file belongs to; the root for what lies in no other. */
export const ownerOf = (packages: readonly WorkspacePackage[], path: string): WorkspacePackage | undefined =>
  packages.find((one) => one.folder === '' || path.startsWith(`${one.folder}/`));
