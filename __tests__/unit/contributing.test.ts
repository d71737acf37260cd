import { globSync } from 'node:fs';

import { describe, expect, test } from '@jest/globals';

import { LEFT_OUT } from '../../scripts/built.ts';
import { read, ROOT } from '../support/yaml.ts';

test('the first change of CONTRIBUTING.md begins at a test and a line that exist', () => {
  const guide = read('CONTRIBUTING.md').replaceAll(/\s+/g, ' ');
  const [, name = '', event = '', line = ''] =
    /in the test "(.*?)", add an event after `(.*?)`, .*? after `(.*?)`/.exec(guide) ?? [];
  const [, changed = ''] = read('__tests__/unit/log.test.ts').split(`\ntest('${name}', `);
  const body = changed.slice(0, changed.indexOf('\n}'));
  expect(body).toContain(`emit({ kind: '${event}'`);
  expect(body).toContain(`${line}'`);

  const [, path = '', ...words] = /In `(src\/\S+)`, put `(.*?)` in place of `(.*?)`/.exec(guide) ?? [];
  // Either word: whoever follows the guide runs this test after the change, too.
  expect(words.filter((each) => read(path).includes(`\`${each} \${`))).toHaveLength(1);
});

describe('the packages that are left out of the built files', () => {
  const filesIn = (pattern: string, wanted: RegExp): readonly string[] =>
    globSync(pattern, { cwd: ROOT }).filter((path) => wanted.test(read(path)));
  const imported = new RegExp(`from '(?:${LEFT_OUT.join('|')})'`);

  test('are named in CONTRIBUTING.md', () => {
    const guide = read('CONTRIBUTING.md');
    for (const name of LEFT_OUT.filter((each) => !each.endsWith('/auth')))
      expect(guide).toContain(`\`${name}\``);
  });

  test("are only imported by GitHub's toolkit, for id tokens, the name of the system and its own fetch", () => {
    expect(filesIn('node_modules/@actions/{core,github}/lib/**/*.js', imported).toSorted()).toEqual(
      ['core/lib/oidc-utils', 'core/lib/platform', 'github/lib/internal/utils'].map(
        (path) => `node_modules/@actions/${path}.js`,
      ),
    );
  });

  test('are not used by the source', () => {
    const uses = new RegExp(`${imported.source}|\\bgetIDToken\\b|\\bcore\\.platform\\b|\\bgetDetails\\b`);
    expect(filesIn('{src,local/src,outcomes/src,simulator}/**/*.ts', uses)).toEqual([]);
    const [client, ...others] = filesIn('src/**/*.ts', /\bgetOctokit\(/);
    expect(others).toEqual([]);
    expect(read(client ?? '')).toMatch(/\bgetOctokit\(token, \{[^;]*?\bfetch: guard\w+\(/);
  });
});
