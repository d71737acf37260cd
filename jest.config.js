/** @type {import('jest').Config} */
export default {
  testEnvironment: '<rootDir>/__tests__/support/environment.js',
  roots: ['<rootDir>/__tests__'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2024' }, module: { type: 'es6' } },
    ],
  },
  // A process that takes a second takes several on a machine that is busy with something else.
  testTimeout: 60_000,
  // Tests of processes mostly wait: more of them than there are processors do so together.
  maxWorkers: 4,
  coverageDirectory: 'coverage',
  collectCoverageFrom: ['src/**/*.ts', 'local/src/**/*.ts', 'outcomes/src/**/*.ts', 'simulator/**/*.ts'],
};
