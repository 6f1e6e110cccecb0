import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { SANDBOX_CAST } from '../../fixtures/sandbox/sandbox-cast.ts';
import { REPOSITORY } from '../fakes/planted-tree.ts';

const read = (path: string): string => readFileSync(join(REPOSITORY, path), 'utf8');
const decisions = readdirSync(join(REPOSITORY, 'docs/adr')).map((name) => `docs/adr/${name}`);
const documents = [
  'README.md',
  'CHANGELOG.md',
  'docs/operations.md',
  'docs/operations/identity.md',
  'docs/operations/policy.md',
  'docs/problems.md',
  ...decisions,
];
const { scripts } = JSON.parse(read('package.json'));

test.each(documents)('%s: links lead somewhere', (path) => {
  const targets = [...read(path).matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, target = '']) => target);
  expect(targets.filter((target) => !existsSync(join(REPOSITORY, dirname(path), target)))).toEqual([]);
});

test.each(documents)('%s: files it names are there', (path) => {
  const named = [...read(path).matchAll(/`((?:src|config|docs|fixtures|test)\/[\w./-]+|\.ci\/run)`/g)];
  expect(named.map(([, name = '']) => name).filter((name) => !existsSync(join(REPOSITORY, name)))).toEqual(
    [],
  );
});

test.each(documents)('%s: npm scripts it names are there', (path) => {
  const named = [...read(path).matchAll(/npm run ([\w:]+)/g)].map(([, name = '']) => name);
  expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
});

test.each(documents)('%s: commands it names are there', (path) => {
  const named = [...read(path).matchAll(/^countersign ([a-z-]+)|`countersign ([a-z-]+)/gm)];
  const commands = named
    .map(([, line, inline]) => line ?? inline ?? '')
    .filter((name) => !['ready', 'listening'].includes(name));
  const usage = read('src/compose-usage.ts');
  expect(commands.filter((name) => !new RegExp(`^  ${name} `, 'm').test(usage))).toEqual([]);
});

test.each(decisions)('%s is numbered and says what decisions say', (path) => {
  expect(path).toMatch(/\/\d{4}-[a-z0-9-]+\.md$/);
  const headings = [...read(path).matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
  expect(headings).toEqual(['Background', 'Decision', 'Before and after', 'Checked by', 'Trusts']);
  expect(read(path)).toMatch(
    new RegExp(`^# ${Number(path.slice('docs/adr/'.length, 'docs/adr/0000'.length))}\\. `),
  );
});

test('every release of the changelog begins with security, then the format of the case log', () => {
  const releases = read('CHANGELOG.md').split(/^## /m).slice(1);
  expect(releases.length).toBeGreaterThan(0);
  for (const release of releases) {
    const headings = [...release.matchAll(/^### (.+)$/gm)].map(([, heading]) => heading);
    expect(headings.slice(0, 2)).toEqual(['Security', 'Case log format']);
  }
});

test('README says who to sign in as, and with what', () => {
  const rows = read('README.md').match(/^\| `[a-z.]+` \| `[a-z-]+` \|/gm) ?? [];
  expect(rows).toEqual(SANDBOX_CAST.map(({ username, password }) => `| \`${username}\` | \`${password}\` |`));
});

test('README begins with the two commands of a fresh clone', () => {
  const blocks = [...read('README.md').matchAll(/```\n([^`]+)```/g)].map(([, block = '']) => block.trim());
  expect(blocks.slice(0, 2)).toEqual(['npm ci && npm run sandbox', 'npm ci && npm test']);
});
