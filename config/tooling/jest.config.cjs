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
  transformIgnorePatterns: ['/node_modules/(?!(kysely)/)'],
  reporters: ['default', '<rootDir>/config/tooling/skipped-reporter.cjs'],
  collectCoverageFrom: ['src/**/*.ts', '!src/main.ts'],
  coverageProvider: 'v8',
  coverageReporters: ['text', 'json-summary'],
  coverageThreshold: floors,
};
