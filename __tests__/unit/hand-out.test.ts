import { execFileSync, spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { ROOT } from '../support/yaml.ts';

const SCRIPT = join(ROOT, 'examples/hand-out.sh');
const EXAMPLE = join(ROOT, 'examples/organization-caller.yml');
/** The example with everything replaced that a user must replace. */
let file: string;
const PATH_IN_REPOSITORY = '.github/workflows/openhands-issue.yml';
const HAS_JQ = process.platform === 'linux' && spawnSync('jq', ['--version']).status === 0;

/**
 * Stands in for `gh`, with a bare repository, a list of pull requests and a list of labels for each repository. Writes each change
 * into writes.txt. `fails.txt` names a command that GitHub refuses.
 */
const GH = `#!/bin/bash
set -euo pipefail
command="$1 $2"; shift 2
repo='' head='' query=. search='' name=''
flags=()
while test $# -gt 0; do case "$1" in
  --repo) repo=$2; shift 2 ;;
  --head) head=$2; shift 2 ;;
  --jq) query=$2; shift 2 ;;
  --search) search=$2; shift 2 ;;
  --state | --json | --limit | --title | --body | --description) flags+=("$1=$2"); shift 2 ;;
  --) shift; break ;;
  *) if test -z "$name"; then name=$1; else folder=$1; fi; shift ;;
esac; done
if grep -qxF "$command" "$HOME/fails.txt"; then echo "HTTP 403: You have exceeded a secondary rate limit" >&2; exit 1; fi
case "$command" in
  'repo clone') git clone "$@" "file://$HOME/$name.git" "$folder" ;;
  'pr list')
    test "\${flags[0]}" = --state=all
    jq --arg head "$head" '[.[] | select(.head == $head)]' "$HOME/$repo.pulls" | jq -r "$query" ;;
  'label list') jq --arg text "$search" '[.[] | select(.name | ascii_downcase | contains($text))]' "$HOME/$repo.labels" | jq -r "$query" ;;
  'label create')
    echo "$command $repo $name" >>"$HOME/writes.txt"
    labels="$(jq --arg name "$name" '. + [{$name}]' "$HOME/$repo.labels")"; echo "$labels" >"$HOME/$repo.labels" ;;
  'pr create')
    git -C "$HOME/$repo.git" rev-parse --quiet --verify "refs/heads/$head" >"$HOME/null"
    echo "$command $repo $head" >>"$HOME/writes.txt"
    url="https://github.com/$repo/pull/1"
    pulls="$(jq --arg head "$head" --arg url "$url" '. + [{$head, $url, isCrossRepository: false}]' "$HOME/$repo.pulls")"
    echo "$pulls" >"$HOME/$repo.pulls"; echo "$url" ;;
  *) echo "unknown command $command" >&2; exit 1 ;;
esac
`;

let folder: string;
const inFolder = (...names: readonly string[]): string => join(folder, ...names);
const environment = (): NodeJS.ProcessEnv => ({
  PATH: [inFolder('bin'), process.env['PATH']].join(delimiter),
  HOME: folder,
  TMPDIR: inFolder('tmp'),
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Somebody',
  GIT_AUTHOR_EMAIL: 'somebody@invalid',
  GIT_COMMITTER_NAME: 'Somebody',
  GIT_COMMITTER_EMAIL: 'somebody@invalid',
});

function sh(script: string): string {
  const options = { cwd: folder, env: environment(), encoding: 'utf8' } as const;
  return execFileSync('bash', ['-euc', script], options).trim();
}

/** Creates a repository with a default branch and other files. */
function repository(name: string, branch = 'main'): void {
  sh(`git init -q -b ${branch} seed && cd seed && mkdir -p docs .github/workflows && echo 1 >docs/a.md
    echo 1 >.github/workflows/ci.yml && echo 1 >README.md && git add -A && git commit -qm first && cd ..
    mkdir -p "$(dirname ${name})" && git clone -q --bare seed ${name}.git && rm -rf seed
    git -C ${name}.git config uploadpack.allowFilter true
    echo '[]' >${name}.pulls && echo '[{"name": "bug"}]' >${name}.labels`);
}

function handOut(name: string): { readonly status: number | null; readonly printed: string } {
  const options = { cwd: folder, env: environment(), encoding: 'utf8' } as const;
  const { status, stdout, stderr } = spawnSync(SCRIPT, [file, name], options);
  return { status, printed: stdout + stderr };
}

/** Runs the script for each of several repositories, as the page says. */
function handOutAll(workflow: string, names: readonly string[]): SpawnSyncReturns<string> {
  writeFileSync(inFolder('repositories.txt'), names.join('\n'));
  const command = `xargs -n 1 '${SCRIPT}' '${workflow}' <repositories.txt`;
  return spawnSync('bash', ['-c', command], { cwd: folder, env: environment(), encoding: 'utf8' });
}

const linesOf = (name: string): readonly string[] =>
  readFileSync(inFolder(name), 'utf8').split('\n').slice(0, -1);
const refsOf = (name: string): string =>
  sh(`git -C ${name}.git for-each-ref --format='%(refname) %(objectname)'`);
const refuse = (command: string): void => {
  writeFileSync(inFolder('fails.txt'), `${command}\n`);
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hand-out-'));
  for (const name of ['bin', 'tmp']) mkdirSync(inFolder(name));
  file = inFolder('workflow.yml');
  writeFileSync(file, readFileSync(EXAMPLE, 'utf8').replaceAll(/REPLACE_WITH_[A-Z]+/g, 'octo-org'));
  writeFileSync(inFolder('bin/gh'), GH, { mode: 0o755 });
  writeFileSync(inFolder('bin/sleep'), '#!/bin/sh\necho "$1" >>"$HOME/sleeps.txt"\n', { mode: 0o755 });
  for (const name of ['fails.txt', 'writes.txt', 'sleeps.txt']) writeFileSync(inFolder(name), '');
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

(HAS_JQ ? describe : describe.skip)('the script that hands a workflow out', () => {
  /** Adds a file to the default branch. */
  const add = (name: string, path: string, from: string): string =>
    sh(`git clone -q ${name}.git work && cd work && cp '${from}' ${path} && git add -A
      git commit -qm workflow && git push -q && rm -rf ../work`);

  test.each(['main', 'trunk'])(
    'proposes one file on top of the default branch %s, and creates the label',
    (branch) => {
      repository('octo-org/a', branch);
      const before = refsOf('octo-org/a');
      expect(handOut('octo-org/a')).toEqual({
        status: 0,
        printed: 'octo-org/a: https://github.com/octo-org/a/pull/1\n',
      });
      expect(linesOf('writes.txt')).toEqual([
        'label create octo-org/a agent',
        'pr create octo-org/a add-openhands',
      ]);
      expect(refsOf('octo-org/a')).toContain(before);
      const git = 'git -C octo-org/a.git';
      expect(sh(`${git} diff --name-status ${branch}...add-openhands`)).toBe(`A\t${PATH_IN_REPOSITORY}`);
      expect(sh(`${git} rev-list --count ${branch}..add-openhands`)).toBe('1');
      expect(sh(`${git} show add-openhands:${PATH_IN_REPOSITORY}`)).toBe(readFileSync(file, 'utf8').trim());
      expect(sh('ls tmp')).toBe('');
    },
  );

  test('hands out no file in which something must still be replaced, and ends a list at once', () => {
    repository('octo-org/a');
    const { status, stderr } = handOutAll(EXAMPLE, ['octo-org/a', 'octo-org/a']);
    expect(status).toBe(124); // of xargs, after a command's 255
    expect(stderr.match(/replace what begins with REPLACE_WITH/g)).toHaveLength(1);
    expect(linesOf('writes.txt')).toEqual([]);
  });

  test('changes nothing in a second run', () => {
    repository('octo-org/a');
    handOut('octo-org/a');
    const [refs, writes] = [refsOf('octo-org/a'), linesOf('writes.txt')];
    expect(handOut('octo-org/a')).toEqual({
      status: 0,
      printed: 'octo-org/a: https://github.com/octo-org/a/pull/1\n',
    });
    expect([refsOf('octo-org/a'), linesOf('writes.txt')]).toEqual([refs, writes]);
    expect(linesOf('sleeps.txt')).toHaveLength(1);
  });

  test.each(['label create', 'pr create'])('continues after a failure of %s', (command) => {
    repository('octo-org/a');
    refuse(command);
    const { status, printed } = handOut('octo-org/a');
    expect(status).toBe(1);
    expect(printed).toMatch(/secondary rate limit\nocto-org\/a: failed\n$/);
    refuse('');
    expect(handOut('octo-org/a').status).toBe(0);
    expect(linesOf('writes.txt')).toEqual([
      'label create octo-org/a agent',
      'pr create octo-org/a add-openhands',
    ]);
  });

  test('replaces what a failed run has left, although the default branch has moved', () => {
    repository('octo-org/a');
    refuse('pr create');
    expect(handOut('octo-org/a').status).toBe(1);
    refuse('');
    add('octo-org/a', 'docs/b.md', file);
    expect(handOut('octo-org/a').status).toBe(0);
    expect(sh('git -C octo-org/a.git rev-list --count main..add-openhands')).toBe('1');
    expect(sh('git -C octo-org/a.git rev-list --count add-openhands..main')).toBe('0');
  });

  test.each([
    ['of another person', 'Add the OpenHands workflow', 'other@invalid', 1],
    ['with another message', 'Mine', 'somebody@invalid', 1],
    ['with a second commit', 'Add the OpenHands workflow', 'somebody@invalid', 2],
  ])(
    "fails for a repository with somebody's branch of this name, %s, and leaves it",
    (_, subject, email, commits) => {
      repository('octo-org/a');
      sh(`git clone -q octo-org/a.git work && cd work && git switch -qc add-openhands
      for each in $(seq ${commits}); do
        echo "$each" >docs/mine.md && git add -A && GIT_COMMITTER_EMAIL=${email} git commit -qm '${subject}'
      done
      git push -q origin add-openhands && rm -rf ../work`);
      const refs = refsOf('octo-org/a');
      expect(handOut('octo-org/a')).toEqual({
        status: 1,
        printed: 'octo-org/a: has another branch add-openhands\n',
      });
      expect([refsOf('octo-org/a'), linesOf('writes.txt')]).toEqual([refs, []]);
    },
  );

  test('opens no second pull request after one that was closed, merged or left without its branch', () => {
    repository('octo-org/a');
    handOut('octo-org/a');
    sh('git -C octo-org/a.git branch -qD add-openhands');
    expect(handOut('octo-org/a').status).toBe(0);
    expect(linesOf('writes.txt')).toHaveLength(2);
  });

  test("does not take a fork's pull request for its own", () => {
    repository('octo-org/a');
    const url = 'https://github.com/octo-org/a/pull/7';
    const foreign = [{ head: 'add-openhands', url, isCrossRepository: true }];
    writeFileSync(inFolder('octo-org/a.pulls'), JSON.stringify(foreign));
    expect(handOut('octo-org/a').printed).toContain('/pull/1\n');
  });

  test.each([
    ['leaves a repository alone that has the file', () => file, 0, 'has'],
    ['fails for a repository that has another file of this name', () => SCRIPT, 1, 'has another'],
  ])('%s', (_, from, status, has) => {
    repository('octo-org/a');
    add('octo-org/a', PATH_IN_REPOSITORY, from());
    const refs = refsOf('octo-org/a');
    expect(handOut('octo-org/a')).toEqual({
      status,
      printed: `octo-org/a: ${has} ${PATH_IN_REPOSITORY}\n`,
    });
    expect([refsOf('octo-org/a'), linesOf('writes.txt')]).toEqual([refs, []]);
  });

  test('proposes the file to a repository with the workflow of the quick start', () => {
    repository('octo-org/a');
    add('octo-org/a', '.github/workflows/openhands.yml', join(ROOT, 'examples/step.yml'));
    expect(handOut('octo-org/a').printed).toContain('/pull/1\n');
    expect(linesOf('writes.txt')).toHaveLength(2);
  });

  test('keeps a label that there is, in whatever case, but takes no similar one for it', () => {
    for (const [name, label] of [
      ['octo-org/a', 'Agent'],
      ['octo-org/b', 'user-agent'],
    ] as const) {
      repository(name);
      writeFileSync(inFolder(`${name}.labels`), JSON.stringify([{ name: label }]));
      expect(handOut(name).status).toBe(0);
    }
    expect(linesOf('writes.txt').filter((line) => line.startsWith('label'))).toEqual([
      'label create octo-org/b agent',
    ]);
  });

  test('writes nothing outside of the clone, although the repository has a link at the place of the folder', () => {
    repository('octo-org/a');
    mkdirSync(inFolder('outside'));
    sh(`git clone -q octo-org/a.git work && cd work && git rm -rq .github && ln -s ${inFolder('outside')} .github
      git add -A && git commit -qm link && git push -q && rm -rf ../work`);
    const { status, printed } = handOut('octo-org/a');
    expect(sh('find outside')).toBe('outside');
    expect(status).toBe(1);
    expect(printed).toMatch(/\nocto-org\/a: failed\n$/);
    expect(linesOf('writes.txt')).toEqual([]);
  });

  test('goes through a list with xargs, past what fails, at most 80 writes a minute and 500 an hour', () => {
    const names = ['octo-org/a', 'octo-org/missing', 'octo-org/c'];
    for (const name of [names[0], names[2]]) repository(name ?? '');
    sh(`echo '[]' >octo-org/missing.pulls`);
    const { status, stdout, stderr } = handOutAll(file, names);
    expect(status).toBe(123);
    expect(stderr).toContain('octo-org/missing: failed\n');
    expect(stdout.split('\n').filter((line) => line.includes('/pull/'))).toHaveLength(2);
    expect(linesOf('sleeps.txt')).toEqual(['20', '20']); // one for each repository that is written to
    const perSecond = linesOf('writes.txt').length / 40;
    expect(perSecond * 60).toBeLessThanOrEqual(80);
    expect(perSecond * 3_600).toBeLessThanOrEqual(500);
  });
});
