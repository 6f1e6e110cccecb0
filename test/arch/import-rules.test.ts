import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { plantTree, REPOSITORY } from '../fakes/planted-tree.ts';

interface Rule {
  readonly name: string;
  readonly comment: string;
}
interface Violation {
  readonly from: string;
  readonly to: string;
  readonly rule: { readonly name: string };
}

const { forbidden } = createRequire(__filename)(
  join(REPOSITORY, 'config', 'tooling', 'dependency-cruiser.cjs'),
) as { readonly forbidden: readonly Rule[] };

const PACKAGES = ['express', 'pg', 'kysely', 'undici', 'ws', 'pino', 'nunjucks', 'passport'];
const packageFiles = [...PACKAGES, 'dev-only', 'undeclared'].flatMap((name) => [
  [`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', main: 'index.js' })],
  [`node_modules/${name}/index.js`, ''],
]);

/** Rooms as they should be; nothing here may be reported. */
const SOUND: Readonly<Record<string, string>> = {
  'package.json': JSON.stringify({
    name: 'planted',
    dependencies: Object.fromEntries(PACKAGES.map((name) => [name, '1.0.0'])),
    devDependencies: { 'dev-only': '1.0.0' },
  }),
  'src/config.ts': `export const config = 1;`,
  'src/domain/word.ts': `import { createHash } from 'node:crypto';\nexport const word = createHash;`,
  'src/flows/ports.ts': `import { word } from '../domain/word.ts';\nexport interface Port { word: typeof word }\nexport const port = 1;`,
  'src/flows/do-it.ts': `import { port } from './ports.ts';\nexport const doIt = port;`,
  'src/db/open.ts': `import pg from 'pg';\nexport const open = pg;`,
  'src/telemetry/logger.ts': `import pino from 'pino';\nexport const logger = pino;`,
  'src/register/store.ts': `import { open } from '../db/open.ts';\nimport type { Port } from '../flows/ports.ts';\nimport kysely from 'kysely';\nexport const store = [open, kysely] as unknown as Port;`,
  'src/identity/door.ts': `import type { Handler } from 'express';\nimport passport from 'passport';\nexport const door = passport as unknown as Handler;`,
  'src/upstreams/client.ts': `import { fetch } from 'undici';\nexport const client = fetch;`,
  'src/ui/page.ts': `import nunjucks from 'nunjucks';\nimport type { word } from '../domain/word.ts';\nexport const page: typeof word | unknown = nunjucks;`,
  'src/http/route.ts': `import express from 'express';\nimport { doIt } from '../flows/do-it.ts';\nimport { page } from '../ui/page.ts';\nimport { logger } from '../telemetry/logger.ts';\nexport const route = [express, doIt, page, logger];`,
  'src/compose-stores.ts': `import { store } from './register/store.ts';\nexport const stores = store;`,
  'src/caselog/append-worker.ts': `export const started = 1;`,
  'test/fake.ts': `export const fake = 1;`,
};

/** One fault for each rule: the file it is planted in, and its text. */
const FAULTS: readonly { readonly rule: string; readonly file: string; readonly text: string }[] = [
  { rule: 'no-circular', file: 'src/domain/about.ts', text: `import '../domain/round.ts';` },
  { rule: 'no-orphans', file: 'src/domain/lonely.ts', text: `export const lonely = 1;` },
  { rule: 'no-leftover-folders', file: 'src/http/a.ts', text: `import '../http/utils.ts';` },
  { rule: 'no-barrels', file: 'src/http/b.ts', text: `import '../register/index.ts';` },
  { rule: 'no-unresolvable', file: 'src/http/c.ts', text: `import '../flows/nowhere.ts';` },
  { rule: 'src-never-sees-test', file: 'src/http/d.ts', text: `import '../../test/fake.ts';` },
  { rule: 'no-development-packages', file: 'src/http/e.ts', text: `import 'dev-only';` },
  { rule: 'no-undeclared-packages', file: 'src/http/f.ts', text: `import 'undeclared';` },
  { rule: 'domain-is-pure', file: 'src/domain/g.ts', text: `import 'node:fs';` },
  { rule: 'flows-see-domain-only', file: 'src/flows/h.ts', text: `import '../register/store.ts';` },
  { rule: 'adapters-never-meet', file: 'src/caselog/i.ts', text: `import '../register/store.ts';` },
  { rule: 'adapters-see-no-room-above', file: 'src/drift/j.ts', text: `import '../flows/do-it.ts';` },
  {
    rule: 'ports-are-types-to-adapters',
    file: 'src/drift/k.ts',
    text: `import { port } from '../flows/ports.ts'; void port;`,
  },
  { rule: 'db-sees-telemetry-only', file: 'src/db/l.ts', text: `import '../domain/word.ts';` },
  { rule: 'telemetry-sees-domain-only', file: 'src/telemetry/m.ts', text: `import '../db/open.ts';` },
  { rule: 'http-never-sees-adapters', file: 'src/http/n.ts', text: `import '../register/store.ts';` },
  { rule: 'ui-sees-domain-types-only', file: 'src/ui/o.ts', text: `import '../flows/do-it.ts';` },
  {
    rule: 'ui-runs-no-domain',
    file: 'src/ui/p.ts',
    text: `import { word } from '../domain/word.ts'; void word;`,
  },
  { rule: 'only-main-sees-compose', file: 'src/http/q.ts', text: `import '../compose-stores.ts';` },
  {
    rule: 'main-sees-compose-and-config',
    file: 'src/main.ts',
    text: `import './compose.ts'; import './domain/word.ts';`,
  },
  {
    rule: 'commands-load-what-they-run',
    file: 'src/compose-offline.ts',
    text: `import './http/s.ts'; import './compose-stores.ts';`,
  },
  {
    rule: 'main-loads-when-asked',
    file: 'src/main.ts',
    text: `import './compose.ts'; import './domain/word.ts';`,
  },
  { rule: 'nobody-imports-main', file: 'src/http/r.ts', text: `import '../main.ts';` },
  { rule: 'config-is-handed-down', file: 'src/http/s.ts', text: `import '../config.ts';` },
  { rule: 'express-only-in-http', file: 'src/upstreams/t.ts', text: `import 'express';` },
  {
    rule: 'express-types-only-outside-http',
    file: 'src/compose.ts',
    text: `import 'express'; import './compose-stores.ts';`,
  },
  { rule: 'sign-in-packages-only-in-identity', file: 'src/http/u.ts', text: `import 'passport';` },
  { rule: 'drivers-only-in-stores', file: 'src/upstreams/v.ts', text: `import 'pg';` },
  { rule: 'queries-only-in-stores', file: 'src/http/w.ts', text: `import 'kysely';` },
  { rule: 'calls-leave-through-upstreams', file: 'src/http/x.ts', text: `import 'undici';` },
  { rule: 'sockets-only-in-http', file: 'src/upstreams/ws.ts', text: `import 'ws';` },
  { rule: 'logging-packages-only-in-telemetry', file: 'src/http/y.ts', text: `import 'pino';` },
  { rule: 'templates-only-in-ui', file: 'src/http/z.ts', text: `import 'nunjucks';` },
];

const tree = plantTree(
  {
    ...Object.fromEntries(packageFiles),
    ...SOUND,
    'src/domain/round.ts': `import './about.ts';`,
    'src/http/utils.ts': `export const u = 1;`,
    'src/register/index.ts': `export const i = 1;`,
    ...Object.fromEntries(FAULTS.map(({ file, text }) => [file, text])),
  },
  false,
);
afterAll(tree.remove);

function cruise(): readonly Violation[] {
  const cruiser = join(REPOSITORY, 'node_modules', '.bin', 'depcruise');
  const options = ['--config', 'config/tooling/dependency-cruiser.cjs', '--output-type', 'json', 'src'];
  const { stdout, stderr } = spawnSync(process.execPath, [cruiser, ...options], {
    cwd: tree.root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (stdout === '') throw new Error(stderr);
  const report = JSON.parse(stdout) as { readonly summary: { readonly violations: readonly Violation[] } };
  return report.summary.violations;
}
const violations = cruise();

test.each(FAULTS)('$rule: caught in $file', ({ rule, file }) => {
  expect(violations.filter((found) => found.from === file).map((found) => found.rule.name)).toContain(rule);
});

test('every rule has its planted fault, and every planted fault its rule', () => {
  expect(FAULTS.map(({ rule }) => rule).sort()).toEqual(forbidden.map(({ name }) => name).sort());
});

test.each(Object.keys(SOUND).filter((path) => path.startsWith('src/')))('%s: nothing to report', (path) => {
  expect(violations.filter((found) => found.from === path)).toEqual([]);
});

test.each(forbidden)('$name says what to do instead', ({ comment }) => {
  expect(comment.split(/[.:]/).filter((sentence) => sentence.trim() !== '').length).toBeGreaterThan(1);
});
