import { mkdir, mkdtemp, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { beforeEach, describe, expect, test } from '@jest/globals';

import { deleteFile, saveAtomically } from '../../src/text/file.ts';

let root: string;
let elsewhere: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'root-'));
  elsewhere = await mkdtemp(join(tmpdir(), 'elsewhere-'));
});

async function save(...path: readonly string[]): Promise<void> {
  await saveAtomically(join(root, ...path), pieces(), [root]);
}

async function* pieces(): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from('one, '));
  yield Buffer.from('two');
}

describe('a file that is saved', () => {
  test('brings the folders on its way with it', async () => {
    await save('not', 'there', 'file');
    expect(await readFile(join(root, 'not/there/file'), 'utf8')).toBe('one, two');
    expect(await readdir(join(root, 'not/there'))).toEqual(['file']);
  });

  test('takes the place of an older one', async () => {
    await writeFile(join(root, 'file'), 'older');
    await save('file');
    expect(await readFile(join(root, 'file'), 'utf8')).toBe('one, two');
  });

  test.each([['linked'], ['linked', 'not', 'there']])(
    'is not written behind a link that has come since its place was checked: %s',
    async (...folders) => {
      await symlink(elsewhere, join(root, 'linked'));
      await expect(save(...folders, 'file')).rejects.toThrow('is below a symbolic link');
      expect(await readdir(elsewhere)).toEqual([]);
    },
  );

  test('is deleted, but not behind a link', async () => {
    await save('folder', 'file');
    await deleteFile(join(root, 'folder', 'file'), [root]);
    await deleteFile(join(root, 'folder', 'file'), [root]);
    expect(await readdir(join(root, 'folder'))).toEqual([]);
    await writeFile(join(elsewhere, 'file'), '');
    await symlink(elsewhere, join(root, 'linked'));
    await expect(deleteFile(join(root, 'linked', 'file'), [root])).rejects.toThrow('symbolic link');
    expect(await readdir(elsewhere)).toEqual(['file']);
  });

  test('is not written in the place of a folder, or below a file', async () => {
    await mkdir(join(root, 'folder'));
    await writeFile(join(root, 'file'), '');
    await expect(save('folder')).rejects.toThrow('is not a file');
    await expect(save('file', 'below')).rejects.toThrow('is below a file');
  });
});
