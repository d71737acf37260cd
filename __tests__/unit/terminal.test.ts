import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { forTerminal } from '../../src/report/terminal.ts';
import { processorSeconds } from '../support/work.ts';

describe('a table', () => {
  test('is aligned, whatever its letters and signs', () => {
    const table = [
      '| Line | It said | True |',
      '| --- | :---: | --- |',
      '| 14 | **`npm run serve`** starts it | ✅ |',
      '| 310 | 日本 | a \\| b |',
    ];
    expect(forTerminal(['Found:', '', ...table, '', 'All fixed.'].join('\n'))).toBe(
      [
        'Found:',
        '',
        'Line  It said                    True',
        '────  ─────────────────────────  ─────',
        '14    `npm run serve` starts it  ✅',
        '310   日本                       a | b',
        '',
        'All fixed.',
      ].join('\n'),
    );
  });

  test('that is too wide for a log stays unchanged', () => {
    const table = `| a | b |\n|---|---|\n| ${'x'.repeat(200)} | 1 |`;
    expect(forTerminal(table)).toBe(table);
  });

  test('keeps cells beyond its head', () => {
    expect(forTerminal('| a |\n| --- |\n| 1 | 2 |')).toBe('a\n─\n1  2');
  });

  test('in a block of code stays unchanged', () => {
    expect(forTerminal('```\n| a | b |\n| - | - |\n```')).toBe('    | a | b |\n    | - | - |');
  });
});

test.each([
  ['## What I did ##', 'What I did'],
  ['All **three** are **`really` fixed**', 'All three are `really` fixed'],
  ['`a **b** c` and 2**3**2', '`a **b** c` and 2**3**2'],
  ['See [the guide](https://example.com/a)', 'See the guide (https://example.com/a)'],
  ['[https://example.com](https://example.com)', 'https://example.com'],
  ['![A chart](https://example.com/a.png)', 'A chart (https://example.com/a.png)'],
  [
    '[![CI](https://example.com/a.svg)](https://example.com/ci)',
    '[CI (https://example.com/a.svg)](https://example.com/ci)',
  ],
  ['- a list\n- of two', '- a list\n- of two'],
  ['<!-- hidden --> #12 @octocat', '<!-- hidden --> #12 @octocat'],
  ['```ts\nconst a = 1;\n```\nDone', '    const a = 1;\nDone'],
])('%j is shown as %j', (markdown, shown) => {
  expect(forTerminal(markdown)).toBe(shown);
});

test('no letter or digit of an answer is lost, except the language of a block of code', () => {
  const word = fc.constantFrom(
    'a',
    '1',
    '**',
    '__',
    '|',
    '---',
    '`',
    '[',
    '](',
    ')',
    '#',
    ' ',
    '\n',
    '\\',
    '- ',
    '~~~\n',
  );
  const letters = (text: string): string => text.replace(/[^a1]/g, '');
  fc.assert(
    fc.property(fc.array(word, { maxLength: 60 }), (words) => {
      const markdown = words.join('');
      expect(letters(forTerminal(markdown))).toBe(letters(markdown));
    }),
  );
});

test.each([
  ['# Use C#', 'Use C#'],
  ['```\na\n    ```\nb\n  ``` \nc', '    a\n        ```\n    b\nc'],
  ['```js  these words\na\n``` not the end\nb\n```', 'these words\n    a\n    ``` not the end\n    b'],
])('no word of %j is lost', (markdown, shown) => {
  expect(forTerminal(markdown)).toBe(shown);
});

test.each([
  ['a heading of blanks', `# x${' '.repeat(65_000)}y`],
  ['a heading of its marks', `# x${'#'.repeat(65_000)}y`],
  ['blanks below a head', `a|b\n${' '.repeat(65_000)}x|`],
  ['a dash and blanks below a head', `a|b\n-${' '.repeat(65_000)}x|`],
  ['as many columns as rows', `${'|a'.repeat(10_000)}\n${'|-'.repeat(10_000)}\n${'|\n'.repeat(10_000)}`],
  ['more rows than arguments a call may have', `|a|\n|-|\n${'|b|\n'.repeat(200_000)}`],
  ['stars', '**a '.repeat(16_000)],
])('%s take no noticeable time', (_, markdown) => {
  const seconds = processorSeconds(() => forTerminal(markdown));
  // Usually it is some hundred times less. Without care, these texts take seconds.
  expect(seconds).toBeLessThan(2);
});
