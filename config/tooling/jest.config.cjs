const { readdirSync, readFileSync } = require('node:fs');
const { stripTypeScriptTypes } = require('node:module');
const { join, resolve } = require('node:path');

/** Files that hold types only: nothing of them runs, and the coverage of nothing is reported as 0. */
function typesOnly() {
  const root = resolve(__dirname, '../..');
  return readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .map((name) => `src/${name}`)
    .filter((name) => name.endsWith('.ts'))
    .filter((name) => {
      const code = stripTypeScriptTypes(readFileSync(join(root, name), 'utf8'));
      return code.replace(/\/\*[\s\S]*?\*\/|\/\/.*|;/g, '').trim() === '';
    });
}

/** Coverage wanted per room, in percent. A room that is not named here is only reported. */
const complete = { branches: 100, functions: 100, lines: 100, statements: 100 };
const floors = { './src/domain/': complete, './src/caselog/': complete };

module.exports = {
  rootDir: '../..',
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.sandbox/'],
  // Room for a loaded machine with two cores; a test that waits for nothing ends long before.
  testTimeout: 30_000,
  // Tests of servers mostly wait for them: every core gets a worker, not all but one.
  maxWorkers: '100%',
  transform: {
    '^.+\\.(ts|m?js)$': [
      '@swc/jest',
      { jsc: { target: 'es2023', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
    ],
  },
  // Packages that ship ES modules only.
  transformIgnorePatterns: ['/node_modules/(?!(kysely|openid-client|oauth4webapi|jose|oidc-provider)/)'],
  reporters: ['default', '<rootDir>/config/tooling/skipped-reporter.cjs'],
  // What runs in a process or thread of its own is seen to work, not counted: the process entry and the worker's shell.
  collectCoverageFrom: [
    'src/**/*.ts',
    '!src/main.ts',
    '!src/**/*-worker.ts',
    ...typesOnly().map((name) => `!${name}`),
  ],
  coverageProvider: 'v8',
  coverageReporters: ['text', 'json-summary'],
  coverageThreshold: floors,
};
