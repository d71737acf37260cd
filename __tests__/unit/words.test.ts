import { expect, test } from '@jest/globals';

import { proseWordsOf } from '../../scripts/parts.ts';

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
