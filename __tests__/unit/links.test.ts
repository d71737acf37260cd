import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test } from '@jest/globals';

import { brokenLinks } from '../../scripts/links.ts';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'links-'));
  mkdirSync(join(root, 'docs'));
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

function page(name: string, text: string): void {
  writeFileSync(join(root, name), text);
}

test('brokenLinks accepts links to existing pages, headings and pictures', () => {
  page('docs/other.md', '# Other\n\n## The `key`, and more\n\n## Twice\n\n## Twice\n');
  page('docs/a picture.png', '');
  page(
    'README.md',
    '# Top\n\n[1](#top) [2](docs/other.md) [3](docs/other.md#the-key-and-more) [4](docs/other.md#twice-1) ' +
      '[5](https://example.com/#nothing) [6](mailto:a@example.com) ![7](<docs/a picture.png>)\n\n' +
      '<img src="docs/a picture.png">\n',
  );
  expect(brokenLinks(root, ['README.md', 'docs/other.md'])).toEqual([]);
});

test('brokenLinks names each broken link', () => {
  page('docs/other.md', '# Other\n\n[up](../README.md#gone) [out](../../secret.md)\n');
  page('README.md', '# Top\n\n[1](docs/none.md) [2](#none) `[3](none.md)`\n\n<img src="none.png">\n');
  expect(brokenLinks(root, ['README.md', 'docs/other.md'])).toEqual([
    'README.md: docs/none.md is broken',
    'README.md: #none is broken',
    'README.md: none.png is broken',
    'docs/other.md: ../README.md#gone is broken',
    'docs/other.md: ../../secret.md is broken',
  ]);
});
