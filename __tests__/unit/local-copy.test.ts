import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { copyCheckout } from '../../local/src/copy.ts';
import { allowedSettings, configText, settingsIn } from '../../local/src/git-config.ts';

const SECRET = 'a-secret-of-the-job';
let root: string;
let checkout: string;
let copy: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'copy-'));
  checkout = join(root, 'checkout');
  copy = join(root, 'copy');
  mkdirSync(checkout);
  mkdirSync(copy);
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

function git(cwd: string, ...args: readonly string[]): string {
  const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
  return execFileSync('git', args, { cwd, env, encoding: 'utf8', stdio: 'pipe' }).trim();
}

function repository(folder: string): void {
  git(root, 'init', '-q', '-b', 'main', folder);
  writeFileSync(join(folder, 'a file'), 'content\n');
  git(folder, 'add', '-A');
  git(folder, '-c', 'user.name=A', '-c', 'user.email=a@invalid', 'commit', '-q', '-m', 'First');
}

// Needs symbolic links and programs of Unix.
const onUnix = process.platform === 'win32' ? describe.skip : describe;

onUnix('the copy of a checkout', () => {
  test('has the same commit and changes, in a repository of its own', async () => {
    repository(checkout);
    writeFileSync(join(checkout, 'a file'), 'changed\n');
    await copyCheckout(checkout, copy);
    expect(git(copy, 'rev-parse', 'HEAD')).toBe(git(checkout, 'rev-parse', 'HEAD'));
    expect(git(copy, 'status', '--porcelain')).toBe('M "a file"');
    expect(readFileSync(join(copy, 'a file'), 'utf8')).toBe('changed\n');
  });

  test('has no git settings that contain or lead to a secret, and no hooks, in submodules either', async () => {
    repository(checkout);
    const inner = join(checkout, '.git/modules/lib');
    git(root, 'init', '-q', '--bare', inner);
    for (const [folder, file] of [
      [checkout, join(checkout, '.git/config')],
      [inner, join(inner, 'config')],
    ] as const) {
      const set = (name: string, value: string): string => git(folder, 'config', '--file', file, name, value);
      set('http.https://github.com/.extraheader', `basic ${SECRET}`);
      set('remote.origin.url', `https://x:${SECRET}@github.com/octo/repo`);
      set('credential.helper', `!echo ${SECRET}`);
      set(`url.https://${SECRET}@github.com/.insteadOf`, 'https://github.com/');
      set('include.path', '/home/runner/secrets');
    }
    writeFileSync(join(checkout, '.git/hooks/pre-commit'), `echo ${SECRET}`);
    await copyCheckout(checkout, copy);
    const found = execFileSync('sh', ['-c', `grep -rl ${SECRET} . || true`], { cwd: copy, encoding: 'utf8' });
    expect(found).toBe('');
    expect(git(copy, 'remote', 'get-url', 'origin')).toBe('https://github.com/octo/repo');
    expect(existsSync(join(copy, '.git/hooks/pre-commit'))).toBe(false);
    expect(readFileSync(join(checkout, '.git/config'), 'utf8')).toContain(SECRET);
  });

  test.each(['files', 'reftable'])('has no token in logs or names, with refs as %s', async (format) => {
    const address = `https://x:${SECRET}@github.com/octo/repo`;
    git(root, 'init', '-q', '-b', 'main', `--ref-format=${format}`, checkout);
    repository(checkout);
    git(checkout, 'update-ref', '--create-reflog', '-m', `pull ${address}`, 'refs/heads/other', 'HEAD');
    git(checkout, 'config', 'branch.main.remote', address);
    git(checkout, 'config', `remote.${address}.fetch`, '+refs/heads/*:refs/remotes/x/*');
    git(checkout, 'config', 'submodule.lib.update', `!echo ${SECRET}`);
    git(checkout, 'config', 'extensions.worktreeConfig', 'true');
    git(checkout, 'config', '--worktree', 'core.sparseCheckout', 'true');
    git(checkout, 'config', '--worktree', 'remote.y.url', address);
    for (const name of ['FETCH_HEAD', 'info/refs', 'a file of a tool', 'modules/not-a-repository/config']) {
      mkdirSync(dirname(join(checkout, '.git', name)), { recursive: true });
      writeFileSync(join(checkout, '.git', name), address);
    }
    await copyCheckout(checkout, copy);
    const found = execFileSync('sh', ['-c', `grep -rl ${SECRET} . || true`], { cwd: copy, encoding: 'utf8' });
    expect(found).toBe('');
    expect(git(copy, 'reflog', 'show', 'other')).toBe('');
    expect(git(copy, 'config', 'branch.main.remote')).toBe('https://github.com/octo/repo');
    expect(git(copy, 'config', 'core.sparseCheckout')).toBe('true');
    expect(git(copy, 'rev-parse', 'other')).toBe(git(checkout, 'rev-parse', 'HEAD'));
    expect(git(copy, 'status', '--porcelain')).toBe('');
  });

  test('has no cloud credentials that an action left in the workspace', async () => {
    writeFileSync(join(checkout, 'gha-creds-0123456789abcdef.json'), SECRET);
    writeFileSync(join(checkout, 'gha-creds.md'), 'How we use them');
    await copyCheckout(checkout, copy);
    expect(existsSync(join(copy, 'gha-creds-0123456789abcdef.json'))).toBe(false);
    expect(existsSync(join(copy, 'gha-creds.md'))).toBe(true);
  });

  test('leaves content that looks like a git repository unchanged', async () => {
    git(root, 'init', '-q', '--bare', join(checkout, 'fixtures/repo.git'));
    writeFileSync(join(checkout, 'fixtures/repo.git/config'), '[broken');
    writeFileSync(join(checkout, 'fixtures/repo.git/hooks/pre-commit'), 'hook');
    mkdirSync(join(checkout, 'fixtures/repo.git/refs'), { recursive: true });
    repository(checkout);
    await copyCheckout(checkout, copy);
    expect(git(copy, 'status', '--porcelain')).toBe('');
  });

  test('has folders whose names are not UTF-8', async () => {
    mkdirSync(Buffer.concat([Buffer.from(join(checkout, 'caf')), Buffer.from([0xe9])]));
    await copyCheckout(checkout, copy);
    expect(readdirSync(copy, { encoding: 'latin1' })).toEqual(['café']);
  });

  test('follows no symbolic link', async () => {
    const outside = join(root, 'outside');
    mkdirSync(outside);
    writeFileSync(join(outside, 'secret'), SECRET);
    symlinkSync(outside, join(checkout, 'link'));
    // The folder looks like a repository, whose settings must not be rewritten through the link.
    writeFileSync(join(outside, 'HEAD'), '');
    mkdirSync(join(outside, 'objects'));
    mkdirSync(join(outside, 'refs'));
    writeFileSync(join(outside, 'config'), `[credential]\n\thelper = ${SECRET}\n`);
    await copyCheckout(checkout, copy);
    expect(lstatSync(join(copy, 'link')).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(outside, 'config'), 'utf8')).toContain(SECRET);
  });

  test("writes through no symbolic link in place of git's settings or hooks", async () => {
    repository(checkout);
    const outside = join(root, 'outside');
    mkdirSync(outside);
    writeFileSync(join(outside, 'config'), '[user]\n\tname = Somebody\n');
    writeFileSync(join(outside, 'pre-commit'), 'hook');
    rmSync(join(checkout, '.git/hooks'), { recursive: true });
    symlinkSync(outside, join(checkout, '.git/hooks'));
    symlinkSync(join(outside, 'config'), join(checkout, '.git/config.worktree'));
    await copyCheckout(checkout, copy);
    expect(readFileSync(join(outside, 'config'), 'utf8')).toContain('Somebody');
    expect(readFileSync(join(outside, 'pre-commit'), 'utf8')).toBe('hook');
    expect(existsSync(join(copy, '.git/hooks'))).toBe(false);
  });

  test('is empty without a checkout', async () => {
    await copyCheckout('', copy);
    await copyCheckout(join(root, 'nowhere'), copy);
    expect(git(root, 'init', '-q', '--bare', join(root, 'bare'))).toBe('');
    expect(existsSync(join(copy, '.git'))).toBe(false);
  });
});

describe('the git settings of a copy', () => {
  test.each([
    ['https://user:secret@example.com/a', 'https://example.com/a'],
    ['https://secret@example.com/a?token=secret', 'https://example.com/a'],
    ['ssh://git:secret@example.com/a', 'ssh://git@example.com/a'],
    ['git@example.com:a/b', 'git@example.com:a/b'],
    ['cache::https://secret@example.com/a', 'cache::https://example.com/a'],
    ['/a/path', '/a/path'],
  ])('keep the address %s as %s', (address, kept) => {
    expect(allowedSettings([['remote.origin.url', address]])).toEqual([['remote.origin.url', kept]]);
  });

  test('keep the filters of Git LFS, and no other program', () => {
    const lfs = ['filter.lfs.clean', 'git-lfs clean -- %f'] as const;
    expect(
      allowedSettings([lfs, ['filter.lfs.smudge', 'sh -c evil'], ['core.sshcommand', 'ssh -i key']]),
    ).toEqual([lfs]);
  });

  test('are read back as they were written, whatever they contain', () => {
    const settings = [
      ['remote.a "quoted" \\ name.url', 'https://example.com/ with # ; "signs" \\'],
      ['core.filemode', 'true'],
      ['branch.x.merge', 'two\nlines\tand a tab'],
    ] as const;
    const file = join(root, 'config');
    writeFileSync(file, configText(settings));
    expect(settingsIn(git(root, 'config', '--file', file, '--list', '--null'))).toEqual(settings);
  });
});
