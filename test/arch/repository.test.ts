import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PROBLEM_CODES } from '../../src/domain/errors.ts';
import { ACT_REASONS } from '../../src/domain/act-reasons.ts';
import { REASONS } from '../../src/domain/reasons.ts';
import { PROBLEMS } from '../../src/http/problem.ts';
import { REFUSALS } from '../../src/identity/sign-in-refusal.ts';
import { REPOSITORY } from '../fakes/planted-tree.ts';

const read = (path: string): string => readFileSync(join(REPOSITORY, path), 'utf8');
const manifest = JSON.parse(read('package.json'));

/** Files that belong to the repository: tracked, or new and not ignored. */
function ownFiles(): readonly string[] {
  const { stdout } = spawnSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
    cwd: REPOSITORY,
    encoding: 'utf8',
  });
  return stdout.split('\0').filter((path) => path !== '' && isThere(path));
}
function isThere(path: string): boolean {
  return statSync(join(REPOSITORY, path), { throwIfNoEntry: false })?.isFile() ?? false;
}
const TEXT = /\.(ts|js|mjs|cjs|json|yaml|yml|md|njk|html|css|xml|sh|svg|txt)$|(^|\/)[^.]+$|^\.[a-z]+$/;
const texts = ownFiles().filter((path) => TEXT.test(path));

// Put together here, so that this file does not contain what it looks for.
const NOT_OURS: readonly { readonly name: string; readonly pattern: RegExp }[] = [
  { name: 'a home folder', pattern: new RegExp(['/ho', 'me/[a-z]|/ro', 'ot/'].join('')) },
  {
    name: 'the folder it was written in',
    pattern: new RegExp(['/wo', 'rk/(main|shared)|/tmp/br', 'ief'].join('')),
  },
  {
    name: 'a package registry',
    pattern: new RegExp(['registry\\.npm', 'js|npm', 'mirror|artifact', 'ory'].join('')),
  },
];

test('there are files to look at', () => {
  expect(texts.length).toBeGreaterThan(50);
  expect(texts).toContain('package-lock.json');
});

test.each(NOT_OURS)('no file names $name', ({ pattern }) => {
  expect(texts.filter((path) => pattern.test(read(path)))).toEqual([]);
});

test('the lock file says what each package is (integrity), not where somebody got it from', () => {
  const lock = JSON.parse(read('package-lock.json'));
  const packages = Object.entries<{ integrity?: string; resolved?: string; link?: boolean }>(lock.packages);
  expect(packages.filter(([, one]) => one.resolved !== undefined).map(([path]) => path)).toEqual([]);
  expect(
    packages.filter(([path, one]) => path !== '' && one.integrity === undefined).map(([path]) => path),
  ).toEqual([]);
});

test('dependencies are exact versions', () => {
  const wanted = { ...manifest.dependencies, ...manifest.devDependencies };
  const exact = /^\d+\.\d+\.\d+(-[\w.]+)?$/;
  expect(Object.entries<string>(wanted).filter(([, version]) => !exact.test(version))).toEqual([]);
});

test.each([
  'test',
  'sandbox',
  'build',
  'typecheck',
  'lint',
  'format',
  'format:check',
  'arch',
  'knip',
  'knip:production',
  'openapi:check',
  'audit:signatures',
])('npm run %s is there', (script) => {
  expect(manifest.scripts[script]).toEqual(expect.any(String));
});

test('the licence is Apache 2.0, whole and unchanged', () => {
  expect(manifest.license).toBe('Apache-2.0');
  expect(createHash('sha256').update(read('LICENSE')).digest('hex')).toBe(
    'cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30',
  );
});

describe('docs/problems.md and the code say the same', () => {
  const sections = read('docs/problems.md').split(/^## /m);
  const rowsOf = (title: string): readonly (readonly string[])[] =>
    (sections.find((section) => section.startsWith(title)) ?? '')
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')));
  const codesOf = (title: string): readonly string[] => rowsOf(title).map((cells) => cells[1] ?? '');

  test.each([
    { title: 'Problems', codes: PROBLEM_CODES },
    { title: 'Reasons', codes: REASONS },
    { title: 'Refused acts', codes: ACT_REASONS },
    { title: 'Refused sign-ins', codes: Object.keys(REFUSALS) },
  ])('$title: every code, each once, and none that is not there', ({ title, codes }) => {
    expect([...codesOf(title)].sort()).toEqual([...codes].sort());
  });

  test.each(PROBLEM_CODES)('status of %s', (code) => {
    const row = rowsOf('Problems').find((cells) => cells[1] === code);
    expect(row?.[2]).toBe(String(PROBLEMS[code].status));
  });

  test.each(['Problems', 'Reasons', 'Refused acts'])('%s: every row says what to do', (title) => {
    expect(rowsOf(title).filter((cells) => (cells.at(-2) ?? '') === '')).toEqual([]);
  });
});

describe('versions with known holes in sign-in are not installed', () => {
  const atLeast = (version: string, wanted: string): boolean => {
    const have = version.split('.').map(Number);
    for (const [index, part] of wanted.split('.').map(Number).entries()) {
      if (have[index] !== part) return (have[index] ?? 0) > part;
    }
    return true;
  };
  /** Lines of releases that are safe from a version on; a line that is not named here is not. */
  const SAFE: Readonly<Record<string, readonly string[]>> = {
    'passport-saml': [],
    'passport-wsfed-saml2': [],
    xmldom: [],
    '@node-saml/node-saml': ['5.1.0'],
    'xml-crypto': ['2.1.6', '3.2.1', '6.0.1'],
    '@xmldom/xmldom': ['0.8.15', '0.9.12'],
    xml2js: ['0.6.2'],
    samlify: ['2.10.0'],
  };
  const lineOf = (version: string): string =>
    version
      .split('.')
      .slice(0, version.startsWith('0.') ? 2 : 1)
      .join('.');
  const isSafe = (name: string, version: string): boolean =>
    (SAFE[name] ?? []).some((from) => lineOf(from) === lineOf(version) && atLeast(version, from));

  /** Every package below a node_modules folder, however deep. */
  const installed = (folder: string): readonly { name: string; version: string; path: string }[] =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((path) => /(^|node_modules\/)(@[^/]+\/)?[^/@]+\/package\.json$/.test(path))
      .map((path) => {
        const { name, version } = JSON.parse(readFileSync(join(folder, path), 'utf8'));
        return { name, version, path: dirname(path) };
      });
  // The sandbox's identity provider is a fixture: it reads nothing but the sandbox's own requests, on loopback.
  const ofFixtures = (path: string): boolean => /^(samlp|saml)\/node_modules\/@xmldom\//.test(path);

  test.each([
    { name: '@xmldom/xmldom', version: '0.9.12', safe: true },
    { name: '@xmldom/xmldom', version: '0.8.14', safe: false },
    { name: '@xmldom/xmldom', version: '0.7.13', safe: false },
    { name: 'xml-crypto', version: '6.1.0', safe: true },
    { name: 'xml-crypto', version: '5.9.9', safe: false },
    { name: 'passport-saml', version: '3.2.4', safe: false },
  ])('$name $version is safe: $safe', ({ name, version, safe }) => {
    expect(isSafe(name, version)).toBe(safe);
  });

  test('in the installed tree', () => {
    const tree = installed(join(REPOSITORY, 'node_modules'));
    expect(tree.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['@node-saml/node-saml', 'xml-crypto']),
    );
    const holes = tree.filter(
      ({ name, version, path }) => name in SAFE && !isSafe(name, version) && !ofFixtures(path),
    );
    expect(holes).toEqual([]);
  });
});
