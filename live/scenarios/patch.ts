import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { ActionRun } from '../../simulator/runner/runner.ts';
import { idOf } from '../agent-servers.ts';
import { sh } from '../git.ts';
import {
  act,
  asking,
  assertFailure,
  assertSuccess,
  type Inputs,
  type Scenario,
  type Stage,
} from '../stage.ts';

/** The scenarios for patch-file, with agents that change a repository in ways that are hard for git or the server. */
export const SCENARIOS_PATCH: readonly Scenario[] = [
  {
    name: 'patch: everything that the agent changed, on a detached HEAD, with commits that it pushed',
    run: testAll,
  },
  { name: 'patch: by the id of a conversation, since its start', run: testLater },
  { name: 'patch: nothing has changed', run: testNothing },
  { name: 'patch: a repository within the folder is named', run: testWithin },
  { name: 'patch: a tracked file in a folder of installed packages is named', run: testInstalled },
  { name: 'patch: edits in a folder below the root, with blanks at the ends of names', run: testBelow },
  { name: 'patch: edits in a folder below the root, and above it', run: testBelowAndAbove },
  { name: 'patch: an ignored file that was committed fails the step', run: testIgnored },
  { name: 'patch: a worktree within the folder is named', run: testWorktree },
  { name: 'patch: a folder that is not a repository starts nothing', run: testNoRepository },
  {
    name: 'patch: without a log of HEAD it counts from the commit that was read before the start',
    run: testNoLog,
  },
];

export const FILE = 'changes.patch';

/** A shell command that sets the agent's name for commits. */
const NAMED = 'git config user.name Agent\ngit config user.email agent@invalid\n';

interface Place {
  readonly folder: string;
  readonly origin: string;
  readonly inputs: Inputs;
}

/** Creates a clone like actions/checkout, and the script that the agent runs in it. */
export async function cloneFor(stage: Stage, name: string, script: string): Promise<Place> {
  const root = join(stage.open.root, 'patch');
  await mkdir(root, { recursive: true });
  const folder = join(root, name);
  const origin = join(root, `${name}.git`);
  const seed = join(root, `${name}.seed`);
  sh(
    root,
    `git init -q --bare -b main "${origin}"
    git init -q -b main "${seed}"
    cd "${seed}"
    mkdir dist old
    printf 'one\\ntwo\\n' >a.txt
    echo built >dist/main.js
    seq 40 >old/name.txt
    printf 'out/\\n*.log\\n' >.gitignore
    git add -A
    git commit -q -m first
    git push -q "${origin}" main
    git clone -q --depth 1 "file://${origin}" "${folder}"`,
  );
  await writeFile(`${folder}.sh`, `set -eu\n${NAMED}${script}`);
  return {
    folder,
    origin,
    inputs: { ...asking('changes'), poll: 'true', 'working-directory': folder, 'patch-file': FILE },
  };
}

const CHANGES = `echo three >>a.txt
git commit -q -a -m 'A commit'
git push -q origin HEAD:main
git fetch -q origin main
echo 'built anew' >dist/main.js
mkdir -p new 'a folder' out node_modules/x
git mv old/name.txt new/name.txt
echo more >>new/name.txt
ln -s /etc/hostname link
printf '\\000\\001\\377binary' >image.bin
printf 'x\\n' >'a folder/line
break "q" \\\\ é'
printf 'no end' >end.txt
chmod +x a.txt
: >empty
echo left >out/ignored
echo left >node_modules/x/index.js
`;

async function testAll(stage: Stage): Promise<void> {
  const { folder, origin, inputs } = await cloneFor(stage, 'all', CHANGES);
  sh(folder, 'git checkout -q --detach');
  const base = sh(folder, 'git rev-parse HEAD');
  const run = await act(stage, stage.open, inputs, {
    inspect: async ({ workspace }) => {
      assertSame(origin, folder, base, join(workspace, FILE));
      return Promise.resolve();
    },
  });
  assertSuccess(run, 'finished');
  assert.equal(run.outputs['patch-base'], base);
  assert.match(run.log, /where the agent started/);
}

/** Asserts that the patch turns the commit into the content of the agent's folder, except for what was installed there. */
function assertSame(origin: string, folder: string, base: string, patch: string): void {
  const applied = `${folder}.applied`;
  sh(origin, `git clone -q "file://${origin}" "${applied}"`);
  sh(applied, `git checkout -q --detach ${base} && git apply --index "${patch}"`);
  const own = sh(folder, "git add -A -- . ':(exclude)node_modules' && git write-tree", {
    GIT_INDEX_FILE: `${folder}.index`,
  });
  assert.equal(sh(applied, 'git write-tree'), own);
}

async function testLater(stage: Stage): Promise<void> {
  const { folder, inputs } = await cloneFor(stage, 'later', `sleep 2\n${CHANGES}`);
  const base = sh(folder, 'git rev-parse HEAD');
  // Git's reflog has times in seconds.
  sh(folder, 'sleep 2');
  const started = await act(stage, stage.open, { ...inputs, poll: 'false', 'patch-file': '' });
  assertSuccess(started, 'running');
  const attached = { 'conversation-id': idOf(started), poll: 'true', 'patch-file': FILE };
  const run = await act(stage, stage.open, attached);
  assertSuccess(run, 'finished');
  assert.equal(run.outputs['patch-base'], base);
  assert.match(run.log, /8 files, /);
}

async function testNothing(stage: Stage): Promise<void> {
  const { inputs } = await cloneFor(stage, 'nothing', 'ls\n');
  const run = await act(stage, stage.open, inputs, {
    inspect: async ({ workspace }) => {
      assert.equal(await readFile(join(workspace, FILE), 'utf8'), '');
    },
  });
  assertSuccess(run, 'finished');
  assert.match(run.log, /The agent changed no files/);
}

async function testWithin(stage: Stage): Promise<void> {
  const script =
    'git init -q lib\ncd lib\necho 1 >1\ngit add -A\ngit -c user.name=A -c user.email=a commit -q -m 1\n';
  const run = await runScript(stage, 'within', script);
  assertSuccess(run, 'finished');
  assert.match(run.log, /only the commits of these nested repositories, not their files: lib/);
}

async function testWorktree(stage: Stage): Promise<void> {
  const script = 'git worktree add -q -b side wt\necho 1 >wt/new\necho 3 >>a.txt\n';
  const run = await runScript(stage, 'worktree', script);
  assertSuccess(run, 'finished');
  assert.match(run.log, /only the commits of these nested repositories, not their files: wt$/m);
}

async function testInstalled(stage: Stage): Promise<void> {
  const { folder, inputs } = await cloneFor(stage, 'installed', 'echo 2 >venv/x.py\necho 3 >>a.txt\n');
  sh(folder, 'mkdir venv; echo 1 >venv/x.py; git add -f venv; git commit -q -m installed');
  const run = await act(stage, stage.open, inputs);
  assertSuccess(run, 'finished');
  assert.match(run.log, /folders of installed packages are left out: venv\/x\.py/);
}

/** Runs an agent in a folder below the root of a repository. Git tracks two files there, and one above it. */
async function inPackage(
  stage: Stage,
  name: string,
  script: string,
): Promise<{ readonly run: ActionRun; readonly patch: string }> {
  const { folder, inputs } = await cloneFor(stage, name, script);
  sh(
    folder,
    `mkdir -p packages/app
    echo 1 | tee packages/app/a.txt >'packages/app/ends '
    cp "$PWD.sh" packages/app.sh
    git add -A
    git commit -q -m packages`,
  );
  let patch = '';
  const run = await act(
    stage,
    stage.open,
    { ...inputs, 'working-directory': join(folder, 'packages/app') },
    {
      inspect: async ({ workspace }) => {
        patch = await readFile(join(workspace, FILE), 'utf8');
      },
    },
  );
  assertSuccess(run, 'finished');
  return { run, patch };
}

async function testBelow(stage: Stage): Promise<void> {
  const script = "echo 2 | tee -a a.txt >>'ends '\necho 2 >'new '\n";
  const { run, patch } = await inPackage(stage, 'below', script);
  assert.match(run.log, /: 3 files, \+3 −0, /);
  assert.match(patch, /^\+\+\+ b\/packages\/app\/ends \t$/m);
  assert.doesNotMatch(run.log, /lacks these files/);
}

async function testBelowAndAbove(stage: Stage): Promise<void> {
  const { run, patch } = await inPackage(stage, 'both', 'echo 2 >>a.txt\necho 2 >>../../a.txt\n');
  assert.match(patch, /^diff --git a\/packages\/app\/a\.txt b\/packages\/app\/a\.txt$/m);
  assert.match(run.log, /: 1 file, \+1 −0, /);
  assert.match(run.log, /lacks these files.*above working-directory.*: .*\.\.\/\.\.\/a\.txt/);
}

async function testIgnored(stage: Stage): Promise<void> {
  const run = await runScript(stage, 'ignored', 'echo 1 >x.log\ngit add -f x.log\ngit commit -q -m 1\n');
  assertFailure(run, 'error', /patch lacks x\.log/);
  assert.equal(run.outputs['failure-kind'], 'server');
}

async function testNoRepository(stage: Stage): Promise<void> {
  const { folder, inputs } = await cloneFor(stage, 'none', 'ls\n');
  sh(folder, 'rm -rf .git');
  const run = await act(stage, stage.open, inputs);
  assertFailure(run, 'start-failed', /Not a git repository/);
  assert.equal(idOf(run), '');
}

async function testNoLog(stage: Stage): Promise<void> {
  const { folder, inputs } = await cloneFor(stage, 'no-log', 'echo 3 >>a.txt\ngit commit -q -a -m 1\n');
  sh(folder, 'git config core.logAllRefUpdates false; rm -r .git/logs');
  const base = sh(folder, 'git rev-parse HEAD');
  const run = await act(stage, stage.open, inputs);
  assertSuccess(run, 'finished');
  assert.equal(run.outputs['patch-base'], base);
  assert.match(run.log, /1 file, \+1 −0/);
}

/** Runs an agent with this script in a clone. */
export async function runScript(stage: Stage, name: string, script: string): Promise<ActionRun> {
  const { inputs } = await cloneFor(stage, name, script);
  return act(stage, stage.open, inputs);
}
