const { join } = require('node:path');

// Programs that the tests start compile the same sources each time: half of what a start costs.
process.env.NODE_COMPILE_CACHE ??= join(__dirname, '../../node_modules/.cache/node-compile');

module.exports = {
  rootDir: '../..',
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.sandbox/', '<rootDir>/.viewer'],
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
  // A global is looked up through the tests' sandbox each time, which makes loops ten times slower than they are; those that no test
  // replaces are handed to each module instead.
  sandboxInjectedGlobals: [
    ...['Object', 'Array', 'String', 'Number', 'Math', 'JSON', 'Map', 'Set', 'RegExp', 'Promise', 'Error'],
    ...['Uint8Array', 'Uint16Array', 'Uint32Array', 'Float32Array', 'Float64Array'],
  ],
  // Packages that ship ES modules only.
  transformIgnorePatterns: ['/node_modules/(?!(kysely|openid-client|oauth4webapi|jose|oidc-provider)/)'],
  reporters: ['default', '<rootDir>/config/tooling/skipped-reporter.cjs'],
};
