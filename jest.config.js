import process from 'node:process';

// Few machines are in this zone: a time that is read in the machine's own zone is wrong by three and a half hours.
process.env.TZ = 'America/St_Johns';

/** @type {import('jest').Config} */
export default {
  testEnvironment: './__tests__/support/environment.js',
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
  // No handle is open at the end, but a worker has up to half a gigabyte of modules, and four of them free it at the same moment: on two
  // busy processors that took 0.4 to 0.8 s. A worker with an open handle never ends, and is still reported.
  workerGracefulExitTimeout: 10_000,
  coverageDirectory: 'coverage',
  collectCoverageFrom: ['src/**/*.ts', 'local/src/**/*.ts', 'outcomes/src/**/*.ts', 'simulator/**/*.ts'],
};
