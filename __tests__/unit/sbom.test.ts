import { describe, expect, test } from '@jest/globals';

import { checkLicenses, packagesNamedIn, sbomOf } from '../../scripts/sbom.ts';

/** The text of a lock file. ESLint needs another version of `ajv` than the action. */
const LOCK = JSON.stringify({
  packages: {
    '': { name: 'action', version: '1.0.0', license: 'MIT' },
    'node_modules/@acme/core': { version: '1.1.0', license: 'ISC', integrity: 'sha512-AAEC' },
    'node_modules/ajv': { version: '8.0.0', license: 'MIT', integrity: 'sha512-AAEC' },
    'node_modules/builder': { version: '3.0.0', license: 'MIT', integrity: 'sha1-AAEC', dev: true },
    'node_modules/eslint/node_modules/ajv': { version: '6.0.0', license: 'MIT', dev: true },
    'node_modules/left-out': { version: '1.0.0', license: 'MIT' },
  },
});
const LICENSES =
  '@acme/core\nISC\nBe kind to left-out.\n\najv\nMIT\nUse it.\nbuilder\nMIT\nBuild.\n\najv\nMIT\nUse it.\n';
const SOURCES = [
  '.././build/src/main.js',
  '.././node_modules/@acme/core/lib/a.js',
  '.././node_modules/ajv/b.js',
  '../node_modules/builder/missing.js?utf-8',
];

describe('the packages that a licenses.txt names', () => {
  test('are each listed once, with the version that is not for development', () => {
    const listed = packagesNamedIn(LICENSES, LOCK).map(({ name, version }) => `${name}@${version}`);
    expect(listed).toEqual(['@acme/core@1.1.0', 'ajv@8.0.0', 'builder@3.0.0']);
  });

  test('are those of the source files', () => {
    expect(() => {
      checkLicenses(LICENSES, SOURCES, LOCK);
    }).not.toThrow();
  });

  test.each([
    ['a package that is not named', [...SOURCES, '.././node_modules/left-out/c.js'], 'node_modules/left-out'],
    [
      'a package that is not in the lock file',
      [...SOURCES, '.././node_modules/new/c.js'],
      'node_modules/new',
    ],
    ['no code of a package that is named', SOURCES.slice(0, 3), 'node_modules/builder'],
    [
      'a second version',
      [...SOURCES, '.././node_modules/eslint/node_modules/ajv/b.js'],
      'node_modules/eslint/node_modules/ajv',
    ],
  ])('are wrong if there is %s', (_, sources, wrong) => {
    expect(() => {
      checkLicenses(LICENSES, sources, LOCK);
    }).toThrow(`does not name exactly the packages that were built: see ${wrong}.`);
  });
});

test('a package without a SHA-512 digest is in no bill of materials', () => {
  expect(() => sbomOf('1.0.0', packagesNamedIn(LICENSES, LOCK), new Date(0))).toThrow(
    'package-lock.json has no SHA-512 digest of builder.',
  );
});
