import assert from 'node:assert/strict';

import { ASK, assertNothingRan, type Case, step } from './checks.ts';
import type { WorkflowRun } from './run.ts';

const ON_FORK = {
  workflow: 'examples/fork-review.yml',
  event: 'issue_comment',
  payload: 'review-of-a-fork.json',
  fork: 'octo-stranger/octo-repo',
} as const;

/** The cases of the recipe that reviews pull requests of forks. */
export const FORKS: readonly Case[] = [
  {
    name: "the comment of a member, whom GitHub may call a contributor, has a fork's pull request reviewed on the runner, from its diff and without a checkout",
    order: { ...ON_FORK, isLocal: true },
    check: (run: WorkflowRun): void => {
      assert.equal(step(run, ASK).outputs['status'], 'finished');
      assert.ok(run.log.includes('The agent is isolated: '));
      assert.match(run.log, /The agent has no tools/);
      const [review, ...others] = run.reviews;
      assert.deepEqual(others, []);
      assert.match(review?.body ?? '', /Made from the diff alone/);
      assert.deepEqual(
        review?.comments.map(({ path, line }) => `${path}:${line}`),
        ['src/server.js:8', 'src/server.js:3'],
      );
      assert.equal(run.patch, '');
    },
  },
  {
    name: "a stranger's comment on a fork's pull request installs and starts nothing",
    order: { ...ON_FORK, payload: 'review-of-a-fork-by-a-stranger.json', actor: 'octo-stranger' },
    check: assertNothingRan,
  },
];
