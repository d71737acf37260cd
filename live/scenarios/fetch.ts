import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';

import { type GithubApi, startGithubApi } from '../../simulator/github/api.ts';
import { CHANGED_FILES } from '../../simulator/github/review-story.ts';
import type { ActionRun } from '../../simulator/runner/runner.ts';
import { idOf } from '../agent-servers.ts';
import { sh } from '../git.ts';
import { listen } from '../listen.ts';
import { act, asking, assertFailure, assertSuccess, KEY, type Scenario, type Stage } from '../stage.ts';
import { cloneWithBranches, folderOf, type Place, push } from './branch.ts';

/** The scenarios for what an agent server fetches before it makes a worktree. */
export const SCENARIOS_FETCH: readonly Scenario[] = [
  { name: 'branch: a review, whose head the server fetches', run: testFetched },
  { name: 'branch: a review, whose head the server cannot fetch', run: testNotFetched },
  {
    name: 'branch: a fetch that takes a minute, in which the server answers nothing, not even another step',
    run: testSilentFetch,
  },
];

const NUMBER = 7;

/** Reviews a commit, which the clone does not have yet, as the head of a pull request to `main`. GitHub is simulated. */
async function review(
  stage: Stage,
  { inputs, folder }: Place,
  commit: string,
): Promise<{ readonly run: ActionRun; readonly reviews: GithubApi['reviews'] }> {
  assert.throws(() => sh(folder, `git cat-file -e ${commit} 2>/dev/null`), 'the clone does not have it yet');
  const github = await startGithubApi();
  github.push({ number: NUMBER }, { commit, files: CHANGED_FILES });
  const payload = { action: 'opened', pull_request: { number: NUMBER, head: { sha: commit } } };
  const asked = { ...inputs, ...asking('review'), branch: 'main', review: 'true', 'patch-file': '' };
  try {
    const run = await act(stage, stage.open, asked, {
      event: { name: 'pull_request', payload },
      github: { api_url: github.url },
    });
    return { run, reviews: github.reviews };
  } finally {
    await github.close();
  }
}

async function testFetched(stage: Stage): Promise<void> {
  const place = await cloneWithBranches(stage, 'reviewed');
  const commit = push(place, 'next');
  const { run, reviews } = await review(stage, place, commit);
  assertSuccess(run, 'finished');
  assert.equal(sh(await folderOf(stage, run), 'git rev-parse HEAD'), commit);
  assert.deepEqual(
    reviews.map((each) => [each.pull, each.commit, each.comments.length]),
    [[NUMBER, commit, 2]],
  );
}

async function testNotFetched(stage: Stage): Promise<void> {
  const place = await cloneWithBranches(stage, 'not-reviewed');
  const fails = async (there: Place, commit: string): Promise<void> => {
    const { run, reviews } = await review(stage, there, commit);
    const why = `${commit}: HTTP 500: Git command failed: git worktree add.* the pull request's branch exists`;
    assertFailure(run, 'start-failed', new RegExp(why));
    assert.equal(run.outputs['failure-kind'], 'not-found');
    assert.deepEqual([idOf(run), reviews], ['', []]);
  };
  // A clone of one branch never fetches the others.
  const folder = `${place.folder}-shallow`;
  sh(place.seed, `git clone -q --depth 1 "file://${place.origin}" "${folder}"`);
  const inputs = { ...place.inputs, 'working-directory': folder };
  const commit = push(place, 'next');
  await fails({ ...place, folder, inputs }, commit);
  // The branch was deleted.
  sh(place.origin, 'git branch -q -D next');
  await fails(place, commit);
}

/** The server ends its fetch after 60 s. Meanwhile it does not answer anybody, so this one is for this scenario alone. */
async function testSilentFetch(stage: Stage): Promise<void> {
  const own = { ...stage, open: await stage.start({ sessionKey: KEY }) };
  const { folder, inputs } = await cloneWithBranches(own, 'silent');
  const other = await cloneWithBranches(own, 'meanwhile');
  const base = sh(folder, 'git rev-parse origin/next');
  const silent = createServer();
  const fetching = once(silent, 'request');
  const { port, close } = await listen(silent);
  sh(folder, `git remote set-url origin http://127.0.0.1:${port}/nothing.git`);
  try {
    const started = act(own, own.open, { ...inputs, branch: 'next' });
    await Promise.race([fetching, started]);
    const meanwhile = await act(own, own.open, { ...other.inputs, branch: 'next' });
    const run = await started;
    assertSuccess(run, 'finished');
    assert.ok(run.durationMs > 60_000, `it took ${run.durationMs} ms`);
    assert.equal(run.outputs['patch-base'], base);
    assertSuccess(meanwhile, 'finished');
  } finally {
    await close();
  }
}
