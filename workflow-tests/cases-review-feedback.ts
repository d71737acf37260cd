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
} from './checks.ts';
import type { WorkflowRun } from './run.ts';

const REVIEWED = {
  workflow: 'examples/review-feedback.yml',
  event: 'pull_request_review',
  payload: 'changes-requested.json',
  scenario: 'done',
};
/** A comment with /agent on the same pull request. */
const COMMANDED = {
  workflow: 'examples/pull-request-comment.yml',
  event: 'issue_comment',
  payload: 'command-on-pull-request.json',
  pullRequest: 'pull-request.json',
};

const WITH_THREADS = { ...REVIEWED, scenario: 'feedback', hasThreads: true } as const;

/** Asserts that each thread has one reply, which is no command, and that the comment has no JSON. */
function assertReplied({ replies, comments, starts }: WorkflowRun): void {
  assert.deepEqual(
    replies.map(({ thread }) => thread),
    [FIRST_THREAD_ID, FIRST_THREAD_ID + 1],
  );
  for (const { body } of replies) assert.match(body, /^<div>\n<p>/);
  assert.match(
    starts[0]?.message ?? '',
    /\n\{"thread":\d+,"path":"README\.md","line":31,"text":"Please also/,
  );
  const texts = comments.map(({ body }) => body).join('\n');
  assert.match(texts, /The port is checked now\./);
  assert.doesNotMatch(texts, /"replies"/);
}

/** The cases of the recipe that makes the changes that a review requests. */
export const REVIEW_FEEDBACK: readonly Case[] = [
  {
    name: "a review that requests changes starts the agent on the pull request's branch, with text and address of the review",
    order: REVIEWED,
    check: (run: WorkflowRun): void => {
      const [{ message, ...place } = { message: '' }, ...others] = run.starts;
      assert.deepEqual([place, others], [{ repository: HERE, branch: 'openhands/faster' }, []]);
      assert.match(message, /^@octo-maintainer, who may set you tasks .* reviewed pull request\n#7\. /);
      assert.deepEqual(fencesIn(message), ['The name is wrong.\n \n$(touch hacked) `touch hacked`']);
      assert.match(
        message,
        /\nRead .* first: https:\/\/github\.com\/octo-org\/octo-repo\/pull\/7#pullrequestreview-80\n/,
      );
      assert.equal(step(run, ASK).outputs['status'], 'finished');
      assertCommented(run, conversationUrl(run), { on: 7 });
    },
  },
  {
    name: 'a review continues the conversation that a command on its pull request started',
    order: { ...REVIEWED, runId: 2, before: [COMMANDED] },
    check: (run: WorkflowRun): void => {
      assert.deepEqual([run.starts.length, followUps(run).length], [1, 1]);
      assertCommented(run, conversationUrl(run), { on: 7, runs: 2 });
    },
  },
  {
    name: 'each thread of the review gets a reply, and a re-run gives none a second one',
    order: { ...WITH_THREADS, runId: 2, attempt: 2, before: [{ ...WITH_THREADS, runId: 2 }] },
    check: (run: WorkflowRun): void => {
      assert.deepEqual([run.starts.length, followUps(run).length], [1, 0]);
      assertReplied(run);
    },
  },
  {
    name: 'a re-run sends the review no second time',
    order: { ...REVIEWED, runId: 2, attempt: 2, before: [REVIEWED, { ...REVIEWED, runId: 2 }] },
    check: (run: WorkflowRun): void => {
      assert.deepEqual([run.starts.length, followUps(run).length], [1, 1]);
    },
  },
  ...['stranger', 'reviewer[bot]'].map((actor) => ({
    name: `a review by ${actor} that requests changes sends the agent nothing, and does not fail`,
    order: { ...REVIEWED, actor },
    check: (run: WorkflowRun): void => {
      assert.equal(step(run, ASK).outputs['status'], 'skipped');
      assert.deepEqual([run.starts, run.comments], [[], []]);
    },
  })),
  ...[
    'review-with-comments-only.json',
    'review-that-approves.json',
    'review-by-the-action.json',
    'changes-requested-on-a-fork.json',
    'changes-requested-on-another-branch.json',
    'changes-requested-on-a-closed-pull-request.json',
  ].map((payload) => ({
    name: `nothing starts on ${payload.replace('.json', '').replaceAll('-', ' ')}`,
    order: { ...REVIEWED, payload },
    check: assertNothingRan,
  })),
];
