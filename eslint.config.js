import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import simpleImportSort from 'eslint-plugin-simple-import-sort';
import tseslint from 'typescript-eslint';

export default defineConfig(
  { ignores: ['**/dist/', 'coverage/', 'build/', 'reports/', '.stryker-tmp/', '.cache/', '.live/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  {
    plugins: { 'simple-import-sort': simpleImportSort },
    rules: { 'simple-import-sort/imports': 'error', 'simple-import-sort/exports': 'error' },
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      // A cast silences the compiler: parse or narrow instead. `as const` stays allowed.
      '@typescript-eslint/consistent-type-assertions': ['error', { assertionStyle: 'never' }],
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/prefer-readonly': 'error',
      '@typescript-eslint/promise-function-async': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // A switch over a union is one decision, however many members the union has.
      complexity: ['error', { max: 15, variant: 'modified' }],
      'max-depth': ['error', 3],
      'max-lines-per-function': ['error', { max: 90, skipBlankLines: true, skipComments: true }],
      'max-params': ['error', 5],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'error',
      'no-restricted-syntax': [
        'error',
        {
          selector: "MemberExpression[object.name='process'][property.name='exit']",
          message: 'Set process.exitCode: exiting right after a fetch crashes on Windows.',
        },
      ],
      'prefer-const': 'error',
    },
  },
  {
    // Only these speak to the runner's toolkit, so that everything else runs without it.
    files: ['src/**/*.ts', 'local/src/**/*.ts', 'outcomes/src/**/*.ts'],
    ignores: ['src/github/**', '{local,outcomes}/src/runner.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['@actions/*'],
              message: 'Import it in src/github or in runner.ts of another action only.',
            },
          ],
        },
      ],
    },
  },
  {
    files: [
      'scripts/**/*.ts',
      'bench/**/*.ts',
      'histories/**/*.ts',
      'simulator/**/*.ts',
      'live/**/*.ts',
      'workflow-tests/**/*.ts',
    ],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['__tests__/**/*.ts'],
    rules: {
      'max-lines-per-function': 'off',
      'no-console': 'off',
      'no-restricted-imports': [
        'error',
        {
          name: 'nock',
          message: 'Import it from support/offline.ts, which removes it from Node after the tests.',
        },
      ],
    },
  },
  {
    files: ['__tests__/support/offline.ts'],
    rules: { 'no-restricted-imports': 'off' },
  },
);
