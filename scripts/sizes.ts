/**
 * Prints the sizes of the project's parts and of its built files, and which files are long: look whether they hold one thing.
 *
 *     npm run sizes                        those of the working tree
 *     npm run sizes -- --beside v1.0.0     beside those of another revision
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { printSizes, ROOT } from './built.ts';
import { LONG, longFiles, PARTS, sizeOf, wordsOfPages } from './parts.ts';

type Sizes = ReadonlyMap<string, string>;

function sizesIn(root: string): Sizes {
  const parts = PARTS.map((part) => {
    const { lines, files } = sizeOf(part, root);
    return [part, `${lines} lines in ${files} files`] as const;
  });
  return new Map([
    ...parts,
    [
      `files of more than ${LONG} lines`,
      longFiles(root)
        .map((each) => each.join(' '))
        .join(', ') || 'none',
    ],
    ['words of the pages for users', String(wordsOfPages('{README,docs/*}.md', root))],
    ['words of the README', String(wordsOfPages('README.md', root))],
  ]);
}

/** Returns the sizes of a revision, from a copy of its files. */
function sizesAt(revision: string): Sizes {
  const folder = mkdtempSync(join(tmpdir(), 'sizes-'));
  try {
    // Not `git archive`, which leaves out what jobs do not need. The index is one of its own, so that nothing is staged.
    const env = { ...process.env, GIT_INDEX_FILE: join(folder, 'index') };
    execFileSync('git', ['--work-tree', folder, 'checkout', revision, '--', '.'], { cwd: ROOT, env });
    return sizesIn(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const { beside } = parseArgs({ options: { beside: { type: 'string' } } }).values;
const before = beside === undefined ? undefined : sizesAt(beside);
for (const [name, size] of sizesIn(ROOT)) {
  const other = before ? ` (${beside}: ${before.get(name) ?? 'none'})` : '';
  console.log(`${name}: ${size}${other}`);
}
printSizes();
