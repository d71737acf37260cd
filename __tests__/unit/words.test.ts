import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from '@jest/globals';

import { wordsOf } from '../../scripts/words.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

test('code, tables, HTML and addresses do not count as words', () => {
  const page = [
    '# Two words',
    '<picture>\n  <img alt="not these" src="a.png">\n</picture>',
    '| not | these |\n| --- | --- |\n| at | all |',
    '<!-- nor\nthese -->',
    '- one [link](https://example.com/not-this) and `code`',
    '  ```sh\n  not these\n  ```',
  ].join('\n\n');
  expect(wordsOf(page)).toBe(6);
});

test('the README takes three minutes to read', () => {
  expect(wordsOf(read('README.md'))).toBeLessThanOrEqual(650);
});

test('all pages together take half an hour to read', () => {
  const words = globSync('docs/**/*.md', { cwd: ROOT }).map((page) => wordsOf(read(page)));
  expect(words.length).toBeGreaterThan(10);
  expect(words.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(6000);
});
