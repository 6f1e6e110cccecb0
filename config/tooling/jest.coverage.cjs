const { readdirSync, readFileSync } = require('node:fs');
const { stripTypeScriptTypes } = require('node:module');
const { join, resolve } = require('node:path');
const base = require('./jest.config.cjs');
const { OTHERS_COUNTED } = require('./counted-tests.cjs');

/** Rooms of which every line and branch is run by a test, because everything else rests on them. */
const COMPLETE_ROOMS = ['domain', 'caselog'];

/** Files that hold types only: nothing of them runs, and the coverage of nothing is reported as 0. */
function typesOnly() {
  const root = resolve(__dirname, '../..');
  return COMPLETE_ROOMS.flatMap((room) =>
    readdirSync(join(root, 'src', room), { recursive: true, encoding: 'utf8' }).map(
      (name) => `src/${room}/${name}`,
    ),
  )
    .filter((name) => name.endsWith('.ts'))
    .filter((name) => {
      const code = stripTypeScriptTypes(readFileSync(join(root, name), 'utf8'));
      return code.replace(/\/\*[\s\S]*?\*\/|\/\/.*|;/g, '').trim() === '';
    });
}

const complete = { branches: 100, functions: 100, lines: 100, statements: 100 };

/** These rooms are covered by their own tests and by those of the flows; running no others keeps it quick. */
module.exports = {
  ...base,
  testMatch: undefined,
  testRegex: ['/config/tooling/counted/part-\\d\\.cjs$', ...OTHERS_COUNTED],
  moduleNameMapper: { '^fast-check$': '<rootDir>/config/tooling/seeded-fast-check.cjs' },
  collectCoverage: true,
  // What runs in a process or thread of its own is seen to work, not counted: the worker's shell.
  collectCoverageFrom: [
    ...COMPLETE_ROOMS.map((room) => `src/${room}/**/*.ts`),
    '!src/**/*-worker.ts',
    ...typesOnly().map((name) => `!${name}`),
  ],
  coverageProvider: 'v8',
  coverageReporters: [['text', { skipFull: true }], 'json-summary'],
  coverageThreshold: Object.fromEntries(COMPLETE_ROOMS.map((room) => [`./src/${room}/`, complete])),
};
