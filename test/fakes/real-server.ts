import { accessSync, constants, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Debian keeps servers where a person's PATH does not look. */
const SERVER_FOLDERS: readonly string[] = ['/usr/sbin', '/usr/local/sbin', ...postgresFolders()];

/**
 * What a suite asks for that may have several names. A browser that only draws pages takes half the time for them of one that has a
 * window of its own, tabs and a viewer of documents, out of sight.
 */
const KINDS: ReadonlyMap<string, string> = new Map([['browser', 'chromium-headless-shell|chromium']]);

/** Paths of the binaries that a suite asked for, by the name it asked with. */
export type BinaryPaths = Readonly<Record<string, string>>;

function postgresFolders(): readonly string[] {
  try {
    const versions = readdirSync('/usr/lib/postgresql').sort((a, b) => Number(b) - Number(a));
    return versions.map((version) => `/usr/lib/postgresql/${version}/bin`);
  } catch {
    return [];
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Where a program is installed; `a|b` takes the first of several names. Undefined when it is not. */
export function findBinary(names: string): string | undefined {
  const folders = [
    ...(process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== ''),
    ...SERVER_FOLDERS,
  ];
  const candidates = names.split('|').flatMap((name) => folders.map((folder) => join(folder, name)));
  return candidates.find(isExecutable);
}

/** What a suite that cannot run here becomes: one test, skipped by name, or failed by name where CI must have everything. */
function reportMissing(suite: string, missing: string, isFailure: boolean): void {
  const name = `needs ${missing}`;
  if (isFailure) {
    describe(suite, () => {
      test(name, () => {
        throw new Error(`${missing} is missing, and CI=true: install it so that "${suite}" runs`);
      });
    });
  } else {
    describe(suite, () => {
      test.skip(name, () => undefined);
    });
  }
}

/**
 * A suite that runs against real servers or programs, given by the names of their binaries, or as a `browser`. Where one is missing the
 * suite is reported as skipped, by name; under CI=true it fails. Nothing is started here: the suite does that itself.
 */
export function describeWithBinary(
  suite: string,
  binaries: readonly string[],
  body: (paths: BinaryPaths) => void,
): void {
  const found = binaries.map((name) => [name, findBinary(KINDS.get(name) ?? name)] as const);
  const missing = found.filter(([, path]) => path === undefined).map(([name]) => KINDS.get(name) ?? name);
  if (missing.length > 0) {
    reportMissing(suite, missing.join(', '), process.env['CI'] === 'true');
    return;
  }
  const paths = Object.fromEntries(found.map(([name, path]) => [name, path ?? '']));
  describe(suite, () => {
    body(paths);
  });
}

/**
 * A suite that needs something of the machine which even CI may lack (real files, root, a kernel feature): where
 * `missing` says what, it is reported as skipped, by name.
 */
export function describeUnlessMissing(suite: string, missing: string | undefined, body: () => void): void {
  if (missing === undefined) describe(suite, body);
  else reportMissing(suite, missing, false);
}
