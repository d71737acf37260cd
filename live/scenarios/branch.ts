import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { isRecord } from '../../simulator/json.ts';
import type { ActionRun } from '../../simulator/runner/runner.ts';
import { follow, idOf, pathOf } from '../agent-servers.ts';
import { sh } from '../git.ts';
import {
  act,
  ask,
  asking,
  assertFailure,
  assertSuccess,
  type Inputs,
  type Scenario,
  type Stage,
} from '../stage.ts';
import { FILE } from './patch.ts';

/** The scenarios for a branch at an agent server that makes worktrees. */
export const SCENARIOS_BRANCH: readonly Scenario[] = [
  { name: 'branch: two conversations at once on two branches of one clone, each with a patch', run: testTwo },
  { name: 'branch: the newest commit at origin, which the clone does not have yet', run: testNewest },
  { name: 'branch: a re-run and follow-ups, with patches of the worktree', run: testLater },
  { name: 'branch: a folder below the root of the clone', run: testBelow },
  { name: 'branch: it is not at origin, or its name is refused', run: testAbsent },
  { name: 'branch: folders without a repository, a commit or a remote', run: testWrongFolders },
  { name: 'branch: a fetch that fails takes what was fetched last', run: testNoFetch },
  { name: 'branch: deleting the conversation removes the worktree', run: testDeleted },
];

/** The scenarios for a branch at an agent server before 1.57. */
export const SCENARIOS_OLD_BRANCH: readonly Scenario[] = [
  { name: 'branch: an older server works in the folder itself, and says so', run: testOld },
];

/** A real agent thinks before it commits: meanwhile the step reads the commit that it began with. */
const SCRIPT = `set -eu
sleep 3
git config user.name Agent
git config user.email agent@invalid
git rev-parse HEAD >started.txt
git checkout -q -b "work-$$" # worktrees of a clone share its branches
echo 'by the agent' >>a.txt
git commit -q -a -m 'By the agent'
echo new >new.txt
`;

export interface Place {
  readonly folder: string;
  readonly origin: string;
  /** A clone of somebody else. */
  readonly seed: string;
  readonly inputs: Inputs;
}

/** Creates a clone with the branches `main` and `next`, whose agents run a script: by default, they edit, commit and add a file. */
export async function cloneWithBranches(stage: Stage, name: string, script = SCRIPT): Promise<Place> {
  const root = join(stage.open.root, 'branch', name);
  const [folder, origin, seed] = ['project', 'origin.git', 'seed'].map((each) => join(root, each));
  assert.ok(folder !== undefined && origin !== undefined && seed !== undefined);
  await mkdir(join(seed, 'docs'), { recursive: true });
  await writeFile(join(seed, 'run.sh'), script);
  await writeFile(join(seed, 'docs/run.sh'), script.replaceAll('a.txt', '../a.txt'));
  sh(
    root,
    `git init -q --bare -b main "${origin}"
    cd "${seed}"
    git init -q -b main
    echo main >a.txt
    git add -A
    git commit -q -m first
    git push -q "${origin}" main
    git checkout -q -b next
    echo next >a.txt
    git commit -q -a -m second
    git push -q "${origin}" next
    git clone -q "file://${origin}" "${folder}"`,
  );
  const inputs = { ...asking('run'), poll: 'true', 'working-directory': folder, 'patch-file': FILE };
  return { folder, origin, seed, inputs: { ...inputs, repository: 'octo-org/octo-repo' } };
}

/** Pushes a commit to a branch, and returns it. */
export function push({ seed, origin }: Place, branch: string): string {
  return sh(
    seed,
    `git checkout -q ${branch}
    echo more >>a.txt
    git commit -q -a -m more
    git push -q "${origin}" ${branch}
    git rev-parse HEAD`,
  );
}

const commitOf = ({ origin }: Place, branch: string): string => sh(origin, `git rev-parse ${branch}`);
/** Returns the folder in which the agent of a step works. */
export const folderOf = async (stage: Stage, run: ActionRun): Promise<string> => {
  const body = await ask(stage.open, 'GET', pathOf(run));
  assert.ok(isRecord(body) && isRecord(body['workspace']));
  return String(body['workspace']['working_dir']);
};

/** Runs a step, and checks that its patch is of its worktree, from the commit that the agent began with. */
export async function actOn(
  stage: Stage,
  place: Place,
  base: string,
  more: Inputs,
  status = 'finished',
): Promise<{ readonly run: ActionRun; readonly patch: string }> {
  let patch = '';
  const run = await act(
    stage,
    stage.open,
    { ...place.inputs, ...more },
    {
      inspect: async ({ workspace, outputs }) => {
        if (outputs['status'] !== 'finished') return;
        patch = await readFile(join(workspace, FILE), 'utf8');
        const applied = `${place.folder}.${outputs['conversation-id'] ?? ''}`;
        sh(place.origin, `rm -rf "${applied}" && git clone -q "file://${place.origin}" "${applied}"`);
        sh(applied, `git checkout -q --detach ${base} && git apply --index "${join(workspace, FILE)}"`);
      },
    },
  );
  assertSuccess(run, status);
  assert.equal(run.outputs['patch-base'], base);
  const folder = await folderOf(stage, run);
  assert.match(folder, new RegExp(`worktrees/${idOf(run)}/project`));
  assert.ok(run.log.includes(folder), 'the log names the folder');
  return { run, patch };
}

async function testTwo(stage: Stage): Promise<void> {
  const place = await cloneWithBranches(stage, 'two');
  const head = sh(place.folder, 'git rev-parse HEAD && git status --porcelain');
  const [main, next] = await Promise.all(
    ['main', 'next'].map(async (branch) => actOn(stage, place, commitOf(place, branch), { branch })),
  );
  assert.match(main?.patch ?? '', /^ main\n\+by the agent$/m);
  assert.match(next?.patch ?? '', /^ next\n\+by the agent$/m);
  assert.equal(
    sh(place.folder, 'git rev-parse HEAD && git status --porcelain'),
    head,
    'the clone is as it was',
  );
}

async function testNewest(stage: Stage): Promise<void> {
  const place = await cloneWithBranches(stage, 'newest');
  const base = push(place, 'next');
  assert.notEqual(sh(place.folder, 'git rev-parse origin/next'), base);
  const { patch } = await actOn(stage, place, base, { branch: 'next' });
  assert.match(patch, /^\+by the agent$/m);
}

async function testLater(stage: Stage): Promise<void> {
  const place = await cloneWithBranches(stage, 'later');
  const keyed = { branch: 'next', 'idempotency-key': 'branch later' };
  const base = commitOf(place, 'next');
  const first = await actOn(stage, place, base, keyed);
  // Others push, and the server fetches for another conversation: the patch still counts from where the agent started.
  push(place, 'next');
  sh(place.folder, 'git fetch -q');
  const again = await actOn(stage, place, base, keyed);
  assert.equal(again.run.outputs['reused'], 'true');
  assert.equal(again.patch, first.patch);
  await actOn(stage, place, base, { ...keyed, ...asking('message'), 'if-exists': 'send' });
  const followed = await act(stage, stage.open, {
    ...asking('message'),
    'conversation-id': idOf(first.run),
    poll: 'true',
    'patch-file': FILE,
  });
  assertSuccess(followed, 'finished');
  assert.equal(followed.outputs['patch-base'], base);
}

async function testBelow(stage: Stage): Promise<void> {
  const place = await cloneWithBranches(stage, 'below');
  const inputs = { branch: 'next', 'working-directory': join(place.folder, 'docs'), 'patch-file': '' };
  const run = await act(stage, stage.open, { ...place.inputs, ...inputs });
  assertSuccess(run, 'finished');
  assert.match(await folderOf(stage, run), new RegExp(`worktrees/${idOf(run)}/project/docs$`));
}

async function testAbsent(stage: Stage): Promise<void> {
  const { inputs } = await cloneWithBranches(stage, 'absent');
  const absent = await act(stage, stage.open, { ...inputs, branch: 'not-there' });
  assertFailure(
    absent,
    'start-failed',
    /from origin\/not-there: HTTP 500: Git command failed: git worktree add/,
  );
  assert.equal(absent.outputs['failure-kind'], 'not-found');
  assert.equal(idOf(absent), '');
  assert.ok(absent.durationMs < 8_000, `asked once: ${absent.durationMs} ms`);
  const refused = await act(stage, stage.open, { ...inputs, branch: 'fix#1' });
  assertFailure(refused, 'start-failed', /HTTP 422: .*ref.* branch/);
}

async function testWrongFolders(stage: Stage): Promise<void> {
  const { folder, inputs } = await cloneWithBranches(stage, 'wrong');
  const starts = async (name: string, script: string, why: RegExp): Promise<void> => {
    const wrong = `${folder}-${name}`;
    sh(join(folder, '..'), script.replaceAll('FOLDER', `"${wrong}"`));
    const run = await act(stage, stage.open, { ...inputs, 'working-directory': wrong, branch: 'next' });
    assertFailure(run, 'start-failed', why);
    assert.equal(idOf(run), '');
  };
  await starts('plain', 'mkdir FOLDER', /is not in a git repository .*Not a git repository/);
  await starts('gone', 'true', /does not exist on the server/);
  await starts('empty', 'git init -q FOLDER', /is a repository without a commit/);
  await starts(
    'lonely',
    'git init -q FOLDER && cd FOLDER && git commit -q --allow-empty -m 1',
    /has no remote/,
  );
  await starts('above', `mkdir FOLDER && cp -r "${folder}" FOLDER/inner`, /is not in a git repository/);
}

async function testNoFetch(stage: Stage): Promise<void> {
  const place = await cloneWithBranches(stage, 'no-fetch');
  const base = sh(place.folder, 'git rev-parse origin/next');
  push(place, 'next');
  sh(place.folder, 'git remote set-url origin file:///nowhere/at/all.git');
  await actOn(stage, place, base, { branch: 'next' });
}

async function testDeleted(stage: Stage): Promise<void> {
  const place = await cloneWithBranches(stage, 'deleted');
  const { run } = await actOn(stage, place, commitOf(place, 'next'), { branch: 'next' });
  const folder = await folderOf(stage, run);
  await ask(stage.open, 'DELETE', pathOf(run));
  assert.throws(() => sh(folder, 'ls'), 'the worktree is gone');
}

async function testOld(stage: Stage): Promise<void> {
  const { folder, inputs } = await cloneWithBranches(stage, 'old');
  const base = sh(folder, 'git rev-parse HEAD');
  const run = await act(stage, stage.open, { ...inputs, branch: 'next' });
  assertSuccess(run, 'finished');
  assert.match(run.log, /older than 1\.57\.0 .*branch next.*concurrency/);
  assert.equal(run.outputs['patch-base'], base);
  assert.equal(await folderOf(stage, run), folder);
  assertSuccess(await follow(stage, run, 'message'), 'finished');
}
