import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { saveAtomically } from '../../src/text/file.ts';

let root: string;
let elsewhere: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'root-'));
  elsewhere = await mkdtemp(join(tmpdir(), 'elsewhere-'));
});
afterEach(async () => {
  await rm(root, { recursive: true });
  await rm(elsewhere, { recursive: true });
});

async function save(...path: readonly string[]): Promise<void> {
  await saveAtomically(join(root, ...path), pieces(), [root]);
}

async function* pieces(): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from('one, '));
  yield Buffer.from('two');
}

describe('a saved file', () => {
  test('creates the missing folders of its path', async () => {
    await save('not', 'there', 'file');
    expect(await readFile(join(root, 'not/there/file'), 'utf8')).toBe('one, two');
    expect(await readdir(join(root, 'not/there'))).toEqual(['file']);
  });

  test('replaces an older file', async () => {
    await writeFile(join(root, 'file'), 'older');
    await save('file');
    expect(await readFile(join(root, 'file'), 'utf8')).toBe('one, two');
  });

  test.each([['linked'], ['linked', 'not', 'there']])(
    'is not written through a symbolic link that was created after the path was checked: %s',
    async (...folders) => {
      await symlink(elsewhere, join(root, 'linked'));
      await expect(save(...folders, 'file')).rejects.toThrow('is a symbolic link, or below one');
      expect(await readdir(elsewhere)).toEqual([]);
    },
  );

  test('does not replace a folder, and is not written below a file', async () => {
    await mkdir(join(root, 'folder'));
    await writeFile(join(root, 'file'), '');
    await expect(save('folder')).rejects.toThrow('is not a regular file');
    await expect(save('file', 'below')).rejects.toThrow('is below a file');
  });
});
