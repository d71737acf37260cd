import { globSync } from 'node:fs';

import { describe, expect, test } from '@jest/globals';

import { proseWordsOf } from '../../scripts/parts.ts';
import { read, ROOT } from '../support/yaml.ts';

describe('the questions and answers', () => {
  const [, ...answers] = read('docs/faq.md').split(/^### /m);

  test.each(answers.map((each) => [each.slice(0, each.indexOf('\n')), each] as const))(
    '"%s" has an answer of at most sixty words, with one link',
    (question, text) => {
      expect(question).toMatch(/^[A-Z].*\?$/);
      const [answer = ''] = text.slice(question.length).split(/^## /m);
      expect(proseWordsOf(answer)).toBeGreaterThan(10);
      expect(proseWordsOf(answer)).toBeLessThanOrEqual(60);
      expect(answer.match(/\]\(/g)).toHaveLength(1);
    },
  );

  test('are the first link of the README', () => {
    const [, link] = /\]\(((?!https:)[^)]*)\)/.exec(read('README.md').replaceAll(/<!--.*?-->/gs, '')) ?? [];
    expect(link).toBe('docs/faq.md');
  });
});

test.each(globSync('examples/*', { cwd: ROOT }).sort())('a page shows %s, or links to it', (file) => {
  const pages = globSync('docs/*.md', { cwd: ROOT }).map(read);
  const here = file.replaceAll('\\', '/');
  // The quick start downloads set-up.sh from the release.
  const found = [read('README.md').includes('bash set-up.sh') && here.endsWith('/set-up.sh')].concat(
    pages.map((page) => page.includes(`](../${here})`) || page.includes(`<!-- ${here}: `)),
  );
  expect(found).toContain(true);
});
