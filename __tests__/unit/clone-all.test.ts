import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { ROOT } from '../support/yaml.ts';

const SCRIPT = join(ROOT, 'examples/clone-all.sh');
/** Stands in for `gh repo clone OWNER/REPO FOLDER -- --quiet`. */
const GH =
  '#!/bin/bash\nset -eu\ntest "$1 $2 $5" = "repo clone --"\ngit clone "$6" "file://$HOME/$3.git" "$4"\n';

let folder: string;
const environment = (): NodeJS.ProcessEnv => ({
  PATH: [join(folder, 'bin'), process.env['PATH']].join(delimiter),
  HOME: folder,
  GIT_CONFIG_NOSYSTEM: '1',
  ...Object.fromEntries(
    ['AUTHOR', 'COMMITTER'].flatMap((who) => [
      [`GIT_${who}_NAME`, 'Somebody'],
      [`GIT_${who}_EMAIL`, 'somebody@invalid'],
    ]),
  ),
});

function sh(script: string): string {
  const options = { cwd: folder, env: environment(), encoding: 'utf8' } as const;
  return execFileSync('bash', ['-euc', script], options).trim();
}

/** Returns a digest of the files in the clones, with their times. */
const stateOfFiles = (): string =>
  sh('find srv -type f -newermt 2000-01-01 | xargs ls -l --full-time | sha256sum');

/** Creates a repository with two branches. */
function repository(name: string): void {
  sh(`git init -q -b main seed && cd seed && echo 1 >a.md && git add -A && git commit -qm first && git branch next && cd ..
    mkdir -p "$(dirname ${name})" && git clone -q --bare seed ${name}.git && rm -rf seed`);
}

function cloneAll(...names: readonly string[]): { readonly status: number | null; readonly printed: string } {
  const input = names.map((name) => `${name}\n`).join('');
  const options = { cwd: folder, env: environment(), encoding: 'utf8', input } as const;
  const { status, stdout, stderr } = spawnSync('bash', ['-c', `'${SCRIPT}' srv 2>&1`], options);
  return { status, printed: stdout + stderr };
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'clone-all-'));
  for (const name of ['bin', 'srv']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'bin/gh'), GH, { mode: 0o755 });
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

(process.platform === 'linux' ? describe : describe.skip)('the script that clones repositories', () => {
  test('clones each with all branches, and changes nothing in a second run', () => {
    for (const name of ['octo-org/a', 'octo-org/b']) repository(name);
    expect(cloneAll('octo-org/a', 'octo-org/b')).toEqual({
      status: 0,
      printed: 'octo-org/a: cloned\nocto-org/b: cloned\n',
    });
    expect(sh('git -C srv/octo-org/b branch --remotes --format="%(refname:short)"').split('\n')).toEqual(
      expect.arrayContaining(['origin/main', 'origin/next']),
    );
    sh('cd srv/octo-org/a && git switch -qc work && echo mine >a.md');
    const before = stateOfFiles();
    expect(cloneAll('octo-org/a', 'octo-org/b')).toEqual({
      status: 0,
      printed: 'octo-org/a: is there\nocto-org/b: is there\n',
    });
    expect(stateOfFiles()).toBe(before);
    expect(readdirSync(join(folder, 'srv'))).toEqual(['octo-org']);
  });

  test('goes through a list past what fails, and says what that is', () => {
    repository('octo-org/a');
    expect(cloneAll('octo-org/missing', 'octo-org/a')).toMatchObject({
      status: 1,
      printed: expect.stringMatching(/octo-org\/missing: failed\nocto-org\/a: cloned\n$/),
    });
    expect(readdirSync(join(folder, 'srv/octo-org'))).toEqual(['a']);
    repository('octo-org/missing');
    expect(cloneAll('octo-org/missing', 'octo-org/a').printed).toBe(
      'octo-org/missing: cloned\nocto-org/a: is there\n',
    );
  });

  test.each([
    ['an empty repository, which a server has made', 'git init -q srv/octo-org/a'],
    ['a plain folder', 'mkdir -p srv/octo-org/a'],
    ['a clone of another one', 'git clone -q octo-org/b.git srv/octo-org/a'],
  ])('takes no folder for a clone that is %s', (_, make) => {
    for (const name of ['octo-org/a', 'octo-org/b']) repository(name);
    sh(make);
    const { status, printed } = cloneAll('octo-org/a', 'octo-org/b');
    expect(status).toBe(1);
    expect(printed).toBe(
      `octo-org/a: ${join(folder, 'srv/octo-org/a')} is no clone of it\nocto-org/b: cloned\n`,
    );
  });

  test.each(['../a', 'octo-org/..', 'octo-org/a/b', 'a', '', '-x', '$(touch hacked)/a'])(
    'leaves "%s" of a list alone',
    (name) => {
      expect(cloneAll(name)).toEqual({ status: 1, printed: `${name}: is no OWNER/REPO\n` });
      expect(readdirSync(join(folder, 'srv'))).toEqual([]);
    },
  );
});
