import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Root of this repository. */
export const REPOSITORY = join(__dirname, '..', '..');

export interface PlantedTree {
  readonly root: string;
  readonly remove: () => void;
}

/**
 * A small copy of the repository in a temporary folder: its tool configuration and the given files (path → text), for
 * showing that a machine check catches what was planted. Installed packages are linked in unless files bring their own.
 */
export function plantTree(files: Readonly<Record<string, string>>, linkPackages = true): PlantedTree {
  const root = mkdtempSync(join(tmpdir(), 'planted-'));
  cpSync(join(REPOSITORY, 'config', 'tooling'), join(root, 'config', 'tooling'), { recursive: true });
  cpSync(join(REPOSITORY, 'tsconfig.json'), join(root, 'tsconfig.json'));
  if (linkPackages) symlinkSync(join(REPOSITORY, 'node_modules'), join(root, 'node_modules'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return {
    root,
    remove: () => {
      rmSync(root, { recursive: true, force: true });
    },
  };
}
