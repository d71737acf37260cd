import assert from 'node:assert/strict';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { idOf } from '../agent-servers.ts';
import { sh } from '../git.ts';
import { act, asking, assertFailure, assertSuccess, type Scenario, type Stage } from '../stage.ts';
import { actOn, cloneWithBranches, push } from './branch.ts';

/** The scenarios for folders of an agent server that are not as a step needs them, or not for this step alone. */
export const SCENARIOS_FOLDER: readonly Scenario[] = [
  { name: 'folder: a bare repository and a .git folder start nothing', run: testNoWorkTree },
  { name: 'folder: without a log of HEAD the patch counts from where the worktree began', run: testNoLog },
  { name: 'folder: the agent makes a new repository in its worktree', run: testNewRepository },
  { name: 'folder: two conversations at once in one, without a branch', run: testOneFolder },
];

async function testNoWorkTree(stage: Stage): Promise<void> {
  const { folder, origin, inputs } = await cloneWithBranches(stage, 'no-work-tree');
  for (const wrong of [origin, join(folder, '.git'), join(folder, '.git/objects')]) {
    const run = await act(stage, stage.open, { ...inputs, 'working-directory': wrong, branch: 'next' });
    assertFailure(run, 'start-failed', /has no files of a git repository/);
    assert.equal(run.outputs['failure-kind'], 'input');
    assert.equal(idOf(run), '');
  }
}

const NO_LOG = 'git config core.logAllRefUpdates false';

async function testNoLog(stage: Stage): Promise<void> {
  const place = await cloneWithBranches(stage, 'no-log');
  sh(place.folder, NO_LOG);
  const base = push(place, 'next');
  const keyed = { branch: 'next', 'idempotency-key': 'branch no-log' };
  const { patch } = await actOn(stage, place, base, keyed);
  assert.match(patch, /^\+by the agent$/m);
  // Another step does not know where it began, and git does not either.
  const again = await act(stage, stage.open, { ...place.inputs, ...keyed });
  assertFailure(again, 'error', /What to do: .*core\.logAllRefUpdates/);
  assert.doesNotMatch(again.log, /llm-api-key/);
  const below = { branch: 'next', 'working-directory': join(place.folder, 'docs') };
  const run = await act(stage, stage.open, { ...place.inputs, ...below });
  assertSuccess(run, 'finished');
  assert.equal(run.outputs['patch-base'], base);
}

async function testNewRepository(stage: Stage): Promise<void> {
  for (const hasLog of [true, false]) {
    const name = `new-repository-${hasLog ? 'with' : 'without'}-log`;
    const script = `set -eu
echo 'by the agent' >>a.txt
rm -f .git
git init -q
git add -A
git -c user.name=A -c user.email=a commit -q -m 'All of it'
`;
    const place = await cloneWithBranches(stage, name, script);
    if (!hasLog) sh(place.folder, NO_LOG);
    const inputs = { ...place.inputs, branch: 'next', 'idempotency-key': name };
    for (const why of [/the agent has replaced the repository/, /replaced|core\.logAllRefUpdates/]) {
      const run = await act(stage, stage.open, inputs);
      assertFailure(run, 'error', why);
      assert.equal(run.outputs['failure-kind'], 'server');
      assert.equal(run.outputs['patch-file'], undefined);
      assert.doesNotMatch(run.log, /llm-api-key/);
    }
  }
}

async function testOneFolder(stage: Stage): Promise<void> {
  const { inputs } = await cloneWithBranches(stage, 'one-folder');
  const [long, quick] = [asking('long 8'), asking('message')].map((message) => ({ ...inputs, ...message }));
  const [first, other] = await Promise.all([
    act(stage, stage.open, { ...long, 'patch-file': '' }),
    delay(3_000).then(async () => act(stage, stage.open, { ...quick, 'patch-file': '' })),
  ]);
  assertSuccess(first, 'finished');
  assertSuccess(other, 'finished');
  assert.match(
    other.log,
    new RegExp(`Another conversation is at work in .*one-folder/project: .*${idOf(first)}`),
  );
  const later = await act(stage, stage.open, { ...quick, 'patch-file': '' });
  for (const { log } of [first, later]) assert.doesNotMatch(log, /Another conversation is at work/);
}
