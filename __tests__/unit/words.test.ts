import { globSync } from 'node:fs';

import { expect, test } from '@jest/globals';

import { proseWordsOf, wordsOfPages } from '../../scripts/parts.ts';
import { read, ROOT } from '../support/yaml.ts';

test('code, tables, HTML and addresses do not count as words', () => {
  const page = [
    '# Two words',
    '<picture>\n  <img alt="not these" src="a.png">\n</picture>',
    '| not | these |\n| --- | --- |\n| at | all |',
    '<!-- nor\nthese -->',
    '- one [link](https://example.com/not-this) and `code`',
    '  ```sh\n  not these\n  ```',
  ].join('\n\n');
  expect(proseWordsOf(page)).toBe(6);
});

test('the README has at most 1,700 words, tables counted', () => {
  expect(wordsOfPages('README.md')).toBeLessThanOrEqual(1700);
});

test('all pages for users have at most 9,800 words, tables counted', () => {
  expect(wordsOfPages('{README,docs/*}.md')).toBeLessThanOrEqual(9800);
});

test('the pages for contributors have at most 1,500 words of prose', () => {
  const words = globSync('docs/contributing/*.md', { cwd: ROOT }).map((page) => proseWordsOf(read(page)));
  expect(words.length).toBeGreaterThan(2);
  expect(words.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(1500);
});
