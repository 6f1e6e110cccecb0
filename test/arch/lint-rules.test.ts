import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { plantTree, REPOSITORY } from '../fakes/planted-tree.ts';

interface Fault {
  readonly name: string;
  readonly room: string;
  readonly text: string;
  /** Rule, and where one rule holds several restrictions, a word of its message. */
  readonly rule: string;
  readonly says?: string;
}

const syntax = (room: string, name: string, text: string, says: string): Fault => ({
  name,
  room,
  text,
  rule: 'no-restricted-syntax',
  says,
});
const lines = (count: number): string => Array.from({ length: count }, (_, n) => `  tick(${n});`).join('\n');
const TICK = 'declare const tick: (n: number) => void;';

const FAULTS: readonly Fault[] = [
  // The clock and chance are injected in domain and flows.
  syntax('src/domain', 'new Date()', 'export const at = new Date();', 'clock'),
  syntax('src/flows', 'Date.now()', 'export const at = Date.now();', 'clock'),
  syntax('src/domain', 'Date()', 'export const at = Date();', 'clock'),
  syntax('src/flows', 'performance.now()', 'export const at = performance.now();', 'clock'),
  syntax('src/domain', 'Math.random()', 'export const id = Math.random();', 'identifiers'),
  syntax(
    'src/flows',
    'randomUUID()',
    `import { randomUUID } from 'node:crypto';\nexport const id = randomUUID();`,
    'identifiers',
  ),
  syntax(
    'src/domain',
    'crypto.randomBytes()',
    `import * as crypto from 'node:crypto';\nexport const id = crypto.randomBytes(8);`,
    'identifiers',
  ),
  {
    name: 'fetch',
    room: 'src/flows',
    text: `export const go = (): unknown => fetch('http://x');`,
    rule: 'no-restricted-globals',
  },
  {
    name: 'setTimeout',
    room: 'src/flows',
    text: `export const later = (): unknown => setTimeout(() => undefined, 1);`,
    rule: 'no-restricted-globals',
  },
  {
    name: 'setInterval',
    room: 'src/domain',
    text: `export const often = (): unknown => setInterval(() => undefined, 1);`,
    rule: 'no-restricted-globals',
  },
  // Everywhere in src.
  syntax('src/http', 'default export', 'export default function one(): void {}', 'Named exports'),
  syntax('src/drift', 'cast outside a parse function', `export const n = JSON.parse('1') as number;`, 'cast'),
  syntax(
    'src/drift',
    'cast in a method of a class',
    `export class A { n = (x: unknown): number => x as number; }`,
    'cast',
  ),
  syntax('src/http', 'export all', `export * from './other.ts';`, 'barrels'),
  syntax('src/http', 're-export', `export { other } from './other.ts';`, 'barrels'),
  syntax('src/http', 'import.meta', 'export const here = import.meta.dirname;', 'src/main.ts'),
  syntax(
    'src/register',
    'INSERT OR REPLACE',
    `export const sql = 'insert or replace into entry';`,
    'OR REPLACE',
  ),
  syntax(
    'src/caselog',
    'OR REPLACE in a template',
    'export const sql = (t: string): string => `INSERT OR  REPLACE into ${t}`;',
    'OR REPLACE',
  ),
  {
    name: 'process.env',
    room: 'src/http',
    text: `export const e = process.env['HOME'];`,
    rule: 'no-restricted-properties',
  },
  {
    name: 'env of node:process',
    room: 'src/http',
    text: `import { env } from 'node:process';\nexport const e = env;`,
    rule: 'no-restricted-imports',
  },
  {
    name: 'process without node:',
    room: 'src/http',
    text: `import * as p from 'process';\nexport const e = p;`,
    rule: 'no-restricted-imports',
  },
  { name: 'console', room: 'src/http', text: `console.log('x');\nexport {};`, rule: 'no-console' },
  {
    name: 'console in a test',
    room: 'test/domain',
    text: `console.log('x');\nexport {};`,
    rule: 'no-console',
  },
  {
    name: 'promise nobody waits for',
    room: 'src/flows',
    text: `export function go(): void { Promise.resolve(1); }`,
    rule: '@typescript-eslint/no-floating-promises',
  },
  {
    name: 'any',
    room: 'src/domain',
    text: `export const x: any = 1;`,
    rule: '@typescript-eslint/no-explicit-any',
  },
  {
    name: 'non-null assertion',
    room: 'src/domain',
    text: `export const x = (a: readonly number[]): number => a[0]!;`,
    rule: '@typescript-eslint/no-non-null-assertion',
  },
  {
    name: 'switch that leaves one out',
    room: 'src/domain',
    text: `export function f(x: 'a' | 'b'): number { switch (x) { case 'a': return 1; } return 2; }`,
    rule: '@typescript-eslint/switch-exhaustiveness-check',
  },
  {
    name: 'no return type on an export',
    room: 'src/domain',
    text: `export function f() { return 1; }`,
    rule: '@typescript-eslint/explicit-module-boundary-types',
  },
  {
    name: 'import of a type as a value',
    room: 'src/http',
    text: `import { Other } from './other.ts';\nexport const f = (x: Other): Other => x;`,
    rule: '@typescript-eslint/consistent-type-imports',
  },
  {
    name: '==',
    room: 'src/domain',
    text: `export const f = (a: number): boolean => a == 1;`,
    rule: 'eqeqeq',
  },
  {
    name: 'five parameters',
    room: 'src/domain',
    text: `export const f = (a: 1, b: 1, c: 1, d: 1, e: 1): number => a + b + c + d + e;`,
    rule: 'max-params',
  },
  {
    name: 'nine ways through',
    room: 'src/domain',
    text: `export const f = (a: number): string => (${Array.from({ length: 8 }, (_, n) => `a === ${n} ? '${n}' : `).join('')}'x');`,
    rule: 'complexity',
  },
  {
    name: 'four levels deep',
    room: 'src/domain',
    text: `export function f(a: number): number { if (a > 1) { if (a > 2) { if (a > 3) { if (a > 4) { return 1; } } } } return 2; }`,
    rule: 'max-depth',
  },
  {
    name: 'function of 41 lines',
    room: 'src/domain',
    text: `${TICK}\nexport function f(): void {\n${lines(39)}\n}`,
    rule: 'max-lines-per-function',
  },
  {
    name: 'file of 301 lines',
    room: 'test/domain',
    text: `${TICK}\n${lines(299)}\nexport {};`,
    rule: 'max-lines',
  },
  {
    name: 'a comment that would switch a rule off',
    room: 'src/domain',
    text: `/* eslint-disable no-restricted-syntax */\nexport const at = Date.now();`,
    rule: 'no-restricted-syntax',
    says: 'clock',
  },
];

const fileOf = ({ room }: Fault, index: number): string => `${room}/fault-${index}.ts`;

/** What may be done, and where. */
const SOUND: Readonly<Record<string, string>> = {
  'src/domain/parse-number.ts': `export function parseNumber(text: string): number {\n  return JSON.parse(text) as number;\n}\n`,
  'src/domain/moment.ts': `export const later = (ms: number): Date => new Date(ms + 1);\n`,
  'src/drift/clock.ts': `export const nowMs = (): number => Date.now();\n`,
  'src/config.ts': `export const home = process.env['HOME'];\n`,
  'src/main.ts': `export const here = import.meta.dirname;\n`,
  'src/http/other.ts': `export const other = 1;\nexport type Other = typeof other;\n`,
  'fixtures/sandbox/main.ts': `console.log(import.meta.dirname);\n`,
  'test/domain/long.test.ts': `${TICK}\ntest('long', () => {\n${lines(60)}\n});\n`,
};

const tree = plantTree({
  ...SOUND,
  ...Object.fromEntries(FAULTS.map((fault, n) => [fileOf(fault, n), `${fault.text}\n`])),
});
afterAll(tree.remove);

interface Message {
  readonly ruleId: string | null;
  readonly message: string;
}

function lint(): ReadonlyMap<string, readonly Message[]> {
  const eslint = join(REPOSITORY, 'node_modules', '.bin', 'eslint');
  const options = [
    '--config',
    'config/tooling/eslint.config.mjs',
    '--format',
    'json',
    'src',
    'test',
    'fixtures',
  ];
  const { stdout, stderr } = spawnSync(process.execPath, [eslint, ...options], {
    cwd: tree.root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (stdout === '') throw new Error(stderr);
  const report = JSON.parse(stdout) as readonly {
    readonly filePath: string;
    readonly messages: readonly Message[];
  }[];
  return new Map(report.map(({ filePath, messages }) => [filePath.slice(tree.root.length + 1), messages]));
}
const found = lint();

test.each(FAULTS.map((fault, index) => ({ ...fault, file: fileOf(fault, index) })))(
  '$name in $room -> $rule',
  ({ file, rule, says = '' }) => {
    const messages = found.get(file) ?? [];
    expect(messages.filter(({ message }) => message.includes(says)).map(({ ruleId }) => ruleId)).toContain(
      rule,
    );
  },
);

test.each(Object.keys(SOUND))('%s: nothing to report', (file) => {
  expect(found.get(file)).toEqual([]);
});
