import assert from 'node:assert/strict';

import { FIRST_THREAD_ID } from '../simulator/github/store.ts';
import {
  ASK,
  assertCommented,
  assertNothingRan,
  type Case,
  conversationUrl,
  fencesIn,
  followUps,
  HERE,
  step,
  TOLERATED,
} from './checks.ts';
import type { Order } from './order.ts';
import type { WorkflowRun } from './run.ts';

const PR_COMMAND = 'examples/pull-request-comment.yml';
const REVIEW = 'examples/pull-request-review.yml';
/** What runs the recipe for reviews. */
const TO_REVIEW = { workflow: REVIEW, event: 'pull_request', scenario: 'review' } as const;
const REVIEWER = { OPENHANDS_REVIEWER: 'openhands-reviewer' };
const REQUESTED = { ...TO_REVIEW, payload: 'review-requested.json', variables: REVIEWER };
const ON_FAILED_CHECKS = {
  workflow: 'examples/failed-checks.yml',
  event: 'workflow_run',
  payload: 'checks-failed.json',
};
const FAILED_CI = 'examples/failed-ci.yml';

/** The cases of the recipes for pull requests and for failed checks. */
export const PULL_REQUESTS: readonly Case[] = [
  {
    name: 'a command on a pull request starts a conversation on its branch, and a later one continues it',
    order: { ...onPullRequest('pull-request.json', 2), before: [onPullRequest('pull-request.json', 1)] },
    check: (run: WorkflowRun): void => {
      const [{ message, ...place } = { message: '' }, ...others] = run.starts;
      assert.deepEqual([place, others], [{ repository: HERE, branch: 'faster' }, []]);
      assert.match(
        message,
        /^Somebody commented .*: https:\/\/github\.com\/octo-org\/octo-repo\/pull\/7#issuecomment-3500000000\n.* is your task\. It was set by @octo-maintainer, /,
      );
      assert.deepEqual(fencesIn(message), ['Review this']);
      assert.equal(followUps(run).length, 1);
      assertCommented(run, conversationUrl(run), { on: 7, runs: 2 });
    },
  },
  {
    name: 'a command on a line starts the agent with its place, and one on another line continues it: each is answered in its thread',
    order: { ...onLine('thread-command-on-another-line', 2), before: [onLine('thread-command', 1)] },
    check: (run: WorkflowRun): void => {
      const [{ message, ...place } = { message: '' }, ...others] = run.starts;
      assert.deepEqual([place, others], [{ repository: HERE, branch: 'faster' }, []]);
      assert.match(
        message,
        /\/pull\/7#discussion_r2600000001\n.* is your task\. It was set by @octo-maintainer, /,
      );
      const [task, thread] = fencesIn(message);
      assert.equal(task, 'Give it a better name');
      assert.match(thread ?? '', /^\{"path":"src\/server\.js","line":3\}\n\{"diff":"@@ /);
      assert.equal(followUps(run).length, 1);
      assert.deepEqual(
        run.replies.map(({ thread: id, author }) => [id, author]),
        [FIRST_THREAD_ID, FIRST_THREAD_ID + 1].map((id) => [id, 'github-actions[bot]']),
      );
      for (const { body } of run.replies) assert.match(body, /^### ✅ Finished\b/);
      assert.deepEqual(run.comments, []);
    },
  },
  {
    name: "a stranger's command on a line sends the agent nothing, and does not fail",
    order: { ...onLine('thread-command', 1), actor: 'stranger' },
    check: (run: WorkflowRun): void => {
      assert.equal(step(run, ASK).outputs['status'], 'skipped');
      assert.deepEqual([run.starts, run.comments, run.replies], [[], [], []]);
    },
  },
  ...[
    onPullRequest('pull-request-of-a-fork.json', 1),
    onPullRequest('pull-request-closed.json', 1),
    { ...onLine('thread-command', 1), pullRequest: 'pull-request-of-a-fork.json' },
  ].map((order) => ({
    name: `a ${`${order.payload} starts nothing on ${order.pullRequest}`.replaceAll('.json', '').replaceAll('-', ' ')}`,
    order,
    check: (run: WorkflowRun): void => {
      assert.match(run.gh, /^gh api repos\/octo-org\/octo-repo\/pulls\/7 --jq /);
      assert.match(run.log, /::notice::No agent was started: the pull request is closed or from a fork/);
      assert.deepEqual([run.requests, run.comments, run.replies], [[], [], []]);
    },
  })),
  {
    name: 'the recipe for pull requests ignores a command on an issue',
    order: { workflow: PR_COMMAND, event: 'issue_comment', payload: 'command.json' },
    check: assertNothingRan,
  },
  {
    name: 'the label has a pull request reviewed on its branch, and the findings are one review of it',
    order: {
      ...TO_REVIEW,
      payload: 'review-labeled.json',
      before: [{ ...TO_REVIEW, payload: 'review-opened.json' }],
    },
    check: (run: WorkflowRun): void => {
      const [{ message, ...place } = { message: '' }] = run.starts;
      assert.deepEqual(place, { repository: HERE, branch: 'faster' });
      assert.match(
        message,
        /^Review pull request #7, which is to be merged into main\.\n[^]*\nReview of pull request \S+#7, commit ffac537e/,
      );
      assert.deepEqual(fencesIn(message), ['Do it better', '  It is faster.']);
      const [review, ...others] = run.reviews;
      assert.deepEqual(others, []);
      assert.deepEqual(
        review?.comments.map(({ path, line }) => `${path}:${line}`),
        ['src/server.js:8', 'src/server.js:3'],
      );
      assert.match(review.body, /1 error, 1 warning, 1 note[^]*package\.json:7/);
      assert.deepEqual(run.comments, []);
    },
  },
  {
    name: 'a request for a review by the reviewer of the variable has it reviewed, and another request gives the same review',
    order: {
      ...REQUESTED,
      before: [REQUESTED],
    },
    check: (run: WorkflowRun): void => {
      assert.equal(run.exitCode, 0);
      assert.deepEqual([run.starts.length, run.reviews.length], [1, 1]);
      assert.equal(step(run, ASK).outputs['reused'], 'true');
    },
  },
  ...[
    { payload: 'review-requested-of-another.json', variables: REVIEWER },
    { payload: 'review-requested-of-a-team.json', variables: {} },
    { payload: 'review-requested.json', variables: {} },
  ].map(({ payload, variables }) => ({
    name: `a ${payload.replace('.json', '').replaceAll('-', ' ')} starts nothing, with ${Object.keys(variables).length} variables`,
    order: { ...TO_REVIEW, payload, variables },
    check: assertNothingRan,
  })),
  {
    name: "a label on a fork's pull request starts nothing, and the step says so",
    order: { ...TO_REVIEW, payload: 'review-labeled-on-a-fork.json' },
    check: (run: WorkflowRun): void => {
      assert.match(run.log, /Skipped: .* fork/);
      assert.deepEqual(run.starts, []);
      assert.deepEqual(run.reviews, []);
    },
  },
  {
    name: 'a draft is reviewed once it is ready',
    order: { ...TO_REVIEW, payload: 'review-opened-as-draft.json' },
    check: assertNothingRan,
  },
  {
    name: 'failed checks of a pull request start the agent on its branch once, whatever commit fails next',
    order: { ...ON_FAILED_CHECKS, payload: 'checks-failed-again.json', runId: 2, before: [ON_FAILED_CHECKS] },
    check: (run: WorkflowRun): void => {
      const [{ message, ...place } = { message: '' }, ...others] = run.starts;
      assert.deepEqual([place, others], [{ repository: HERE, branch: 'faster' }, []]);
      assert.match(
        message,
        /^The CI of pull request #7 failed, at commit\nffac537e6cbbf934b08745a378932722df287a53\. /,
      );
      assert.match(message, /: https:\/\/github\.com\/octo-org\/octo-repo\/actions\/runs\/1658821493\n/);
      assert.deepEqual(followUps(run), []);
      assert.equal(step(run, ASK).outputs['reused'], 'true');
      assertCommented(run, conversationUrl(run), { on: 7, runs: 2 });
    },
  },
  {
    name: 'a command continues the conversation that failed checks of its pull request started',
    order: { ...onPullRequest('pull-request.json', 2), before: [ON_FAILED_CHECKS] },
    check: (run: WorkflowRun): void => {
      assert.equal(run.starts.length, 1);
      assert.equal(followUps(run).length, 1);
      assertCommented(run, conversationUrl(run), { on: 7, runs: 2 });
    },
  },
  {
    name: 'failed checks whose cause is not in the code fail the run each time, and the comments say why',
    order: {
      ...ON_FAILED_CHECKS,
      payload: 'checks-failed-again.json',
      runId: 2,
      scenario: 'blocked',
      before: [{ ...ON_FAILED_CHECKS, edits: [TOLERATED] }],
    },
    fails: true,
    check: (run: WorkflowRun): void => {
      assert.equal(run.starts.length, 1);
      assert.match(run.starts[0]?.message ?? '', /not in the code, change nothing: that counts as blocked/);
      assert.equal(step(run, ASK).outputs['status'], 'not-done');
      const said = /<p>The agent is blocked: the repository has no README/;
      const [first, second, ...others] = run.comments.map(({ body }) => body);
      assert.match(first ?? '', said);
      assert.match(second ?? '', said);
      assert.match(second ?? '', /^### 🚧 Not done, started earlier · Message not sent/);
      assert.deepEqual(others, []);
    },
  },
  ...['checks-failed-of-a-fork.json', 'ci-failed.json'].map((payload) => ({
    name: `nothing starts on ${payload.replace('.json', '').replaceAll('-', ' ')}`,
    order: { ...ON_FAILED_CHECKS, payload },
    check: assertNothingRan,
  })),
  {
    name: 'a push whose CI fails starts the agent, with commit and log',
    order: { workflow: FAILED_CI, event: 'workflow_run', payload: 'ci-failed.json' },
    check: (run: WorkflowRun): void => {
      const [{ message } = { message: '' }] = run.starts;
      assert.match(message, /at commit ffac537e6cbbf934b08745a378932722df287a53\.\n/);
      assert.match(message, /: https:\/\/github\.com\/octo-org\/octo-repo\/actions\/runs\/1658821493\n/);
      assert.equal(step(run, ASK).outputs['status'], 'finished');
    },
  },
  {
    name: "the failed CI of a fork's pull request starts nothing",
    order: { workflow: FAILED_CI, event: 'workflow_run', payload: 'ci-failed-of-a-fork.json' },
    check: assertNothingRan,
  },
];

/** Returns the order for a command on pull request 7. `gh` returns the pull request from the file. */
function onPullRequest(pullRequest: string, runId: number): Order & { readonly pullRequest: string } {
  const payload = 'command-on-pull-request.json';
  return { workflow: PR_COMMAND, event: 'issue_comment', payload, pullRequest, runId };
}

/** Returns the order for a command on a line of pull request 7. */
function onLine(payload: string, runId: number): Order {
  return {
    workflow: PR_COMMAND,
    event: 'pull_request_review_comment',
    payload: `${payload}.json`,
    pullRequest: 'pull-request.json',
    hasThreads: true,
    runId,
  };
}
