import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { parsePatch } from '../../src/patch/git-patch.ts';

const REJECTED = 'not in a format that git apply accepts';

let folder: string;
let patch: Buffer;

function git(script: string): Buffer {
  return execFileSync('bash', ['-euc', script], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', HOME: folder, GIT_CONFIG_NOSYSTEM: '1' },
  });
}

const onPosix = process.platform === 'win32' ? describe.skip : describe;

onPosix("a patch as git's own program writes it", () => {
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'git-patch-'));
    git(`git init -q . && git config user.name A && git config user.email a
      seq 40 >old.txt; printf 'one\\ntwo\\n' >a.txt; echo gone >gone.txt; printf '\\000%04000d' 7 >image.bin
      git add -A && git commit -qm 1
      git mv old.txt 'new name.txt'; printf 'one\\nTWO\\n-- three\\n' >a.txt; git rm -q gone.txt; : >empty
      printf '\\000data' >data.bin; printf '\\000%04000d' 8 >image.bin; printf 'no end' >end.txt
      chmod +x a.txt; ln -s /etc/passwd link; printf 'x\\n' >$'line\\nbreak "q" \\\\ é'
      git init -q lib; cd lib; echo 1 >1; git add -A; git -c user.name=A -c user.email=a commit -qm 1; cd ..
      git add -A 2>/dev/null`);
    patch = git('git diff --binary --cached HEAD');
  });

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  test('is parsed with its names, size and everything that it adds', () => {
    const content = parsePatch(patch);
    expect(content).toMatchObject({ files: 10, added: 6, removed: 2, submodules: ['lib'] });
    expect(content.names).toEqual(
      expect.arrayContaining(['old.txt', 'new name.txt', 'line\nbreak "q" \\ é', 'empty', 'link']),
    );
    expect(content.addedText).toContain('-- three\n');
  });

  test('is rejected if it is cut off within a line', () => {
    const ends = Array.from({ length: 400 }, (_, index) => 1 + index * Math.floor(patch.length / 400));
    const cut = ends.map((end) => patch.subarray(0, end)).filter((part) => part.at(-1) !== 0x0a);
    for (const part of cut) expect(() => parsePatch(part)).toThrow(REJECTED);
  });

  test('is rejected in a form that git apply does not accept', () => {
    for (const option of ['--no-prefix', '--color=always', '--src-prefix=c/', '--submodule=log'])
      expect(() => parsePatch(git(`git diff --binary --cached ${option} HEAD`))).toThrow(REJECTED);
  });

  test('is parsed if empty context lines lack their blank', () => {
    git("printf '\\n\\nx\\n' >blank.txt; git add blank.txt; printf '\\n\\ny\\n' >blank.txt");
    const read = parsePatch(git('git -c diff.suppressBlankEmpty=true diff --binary blank.txt'));
    expect(read).toMatchObject({ files: 1, added: 1, removed: 1 });
  });
});

test('a patch of several megabytes is read to its end, if it has many files or many lines', () => {
  const newFile = (name: string, id: string, lines: readonly string[]): string =>
    `diff --git a/${name} b/${name}\nnew file mode 100644\nindex 0000000..${id}\n--- /dev/null\n+++ b/${name}\n@@ -0,0 +1,${lines.length} @@\n${lines.map((line) => `+${line}\n`).join('')}`;
  const many = Array.from({ length: 30_000 }, (_, at) => newFile(`f${at}`, '5626abf', ['one']));
  const content = parsePatch(Buffer.from(many.join('')));
  expect(content.files).toBe(30_000);
  const lines = Array.from({ length: 2_500_000 }, () => 'x');
  expect(parsePatch(Buffer.from(newFile('large', '0123456', lines)))).toMatchObject({ added: 2_500_000 });
});

describe('text that is not a patch', () => {
  test.each([
    '<!doctype html>\n<html></html>\n',
    '{"detail":"no"}\n',
    'diff --git a/x b/y\n',
    'diff --git a/x b/x\n--- a/x\n+++ b/x\n',
    'diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-one\n',
    'diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-one\n-two\n',
    'diff --git a/x b/x\nBinary files a/x and b/x differ\n',
    'diff --git a/x b/x\nGIT binary patch\nliteral 5\nnot base 85\n\n',
    'diff --git a/x b/x\nGIT binary patch\nliteral 5\n\n',
    ...['D~~~~~', 'A0000', '00000'].map(
      (line) => `diff --git a/x b/x\nGIT binary patch\nliteral 4\n${line}\n\n`,
    ),
  ])('is rejected: %j', (text) => {
    expect(() => parsePatch(Buffer.from(text))).toThrow(REJECTED);
  });

  test('is rejected, whatever it is', () => {
    const line = fc.oneof(
      fc.constantFrom(
        'diff --git a/x b/x',
        'GIT binary patch',
        'literal 3',
        '--- a/x',
        '+++ b/x',
        '@@ -1 +1 @@',
        '',
      ),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
        try {
          parsePatch(Buffer.from(lines.join('\n')));
        } catch (error) {
          expect(String(error)).toContain(REJECTED);
        }
      }),
    );
    expect(() => parsePatch(randomBytes(1000))).toThrow(REJECTED);
  });
});
