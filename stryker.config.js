/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  mutate: ['src/{port,session,start,continue,wait}/**/*.ts', 'src/openhands/**/*.ts'],
  testRunner: 'jest',
  // Jest runs modules as modules with this alone.
  testRunnerNodeArgs: ['--disable-warning=ExperimentalWarning', '--experimental-vm-modules'],
  jest: {
    configFile: 'jest.config.js',
    config: {
      // The tests that are about these folders, and fast: every mutant outside of a function runs them all.
      testMatch: [
        '**/__tests__/{unit,contract}/*.test.ts',
        '**/__tests__/integration/{budget,continue,deadline,hidden,keyed,pauses,push,slow-start,stop-hook}.test.ts',
      ],
      testPathIgnorePatterns: [
        '/(?:comment|event|inputs|interface|leftover|permission|proxy|report|safe|secrets|template|workflow)[.]test[.]ts$',
      ],
      // Jest finds the tests of a file by what imports it, and sees the imports of these folders alone.
      roots: ['<rootDir>/__tests__', '<rootDir>/src', '<rootDir>/simulator', '<rootDir>/testbed'],
    },
  },
  coverageAnalysis: 'perTest',
  concurrency: 2,
  incremental: true,
  incrementalFile: 'reports/mutation/incremental.json',
  thresholds: { high: 95, low: 90, break: 85 },
  reporters: ['clear-text', 'html'],
  ignorePatterns: ['.cache', '.live', 'coverage', 'reports'],
};
