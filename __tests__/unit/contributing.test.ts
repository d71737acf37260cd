import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from '@jest/globals';

const read = (path: string): string => readFileSync(join(import.meta.dirname, '../..', path), 'utf8');

test('the first change of CONTRIBUTING.md begins at a test and a line that exist', () => {
  const guide = read('CONTRIBUTING.md').replaceAll(/\s+/g, ' ');
  const [, name = '', event = '', line = ''] =
    /in the test "(.*?)", add an event after `(.*?)`, .*? after `(.*?)`/.exec(guide) ?? [];
  const [, changed = ''] = read('__tests__/unit/log.test.ts').split(`\ntest('${name}', `);
  const body = changed.slice(0, changed.indexOf('\n}'));
  expect(body).toContain(`emit({ kind: '${event}' })`);
  expect(body).toContain(`${line}'`);

  const [, path = '', before = ''] = /In `(src\/\S+)`, put `.*?` in place of `(.*?)`/.exec(guide) ?? [];
  expect(read(path)).toContain(`\`${before} \${`);
});
