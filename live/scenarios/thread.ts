import assert from 'node:assert/strict';

import { type GithubApi, startGithubApi } from '../../simulator/github/api.ts';
import { CHANGED_FILES } from '../../simulator/github/review-story.ts';
import type { ReviewThreadView } from '../../simulator/github/store.ts';
import type { ActionRun, RunEvent } from '../../simulator/runner/runner.ts';
import { idOf, readMessages } from '../agent-servers.ts';
import { CHANGED_ANSWER, PLAIN_ANSWER } from '../model.ts';
import { act, asking, assertSuccess, type Inputs, type Scenario, type Stage } from '../stage.ts';

/** The scenarios for the threads of a review. */
export const SCENARIOS_THREAD: readonly Scenario[] = [
  { name: 'thread: tasks on two lines are answered there, by one agent', run: testCommand },
  { name: 'thread: the requested changes are answered where they stand, once', run: testReplies },
];

const PULL = 7;
const REVIEW = 80;
const BOT = 'github-actions[bot]';
const PERSON = { login: 'octocat', type: 'User' };
const PULL_REQUEST = { number: PULL, head: { repo: { full_name: 'octo-org/octo-repo' } } };
const PATH = 'src/server.js';
const HUNK = CHANGED_FILES[0]?.patch;

/** Runs what needs a GitHub with a pull request. */
async function onGithub(work: (github: GithubApi) => Promise<void>): Promise<void> {
  const github = await startGithubApi();
  try {
    github.push({ number: PULL }, { files: CHANGED_FILES });
    await work(github);
  } finally {
    await github.close();
  }
}

/** Begins a thread on a line. */
function begin(github: GithubApi, line: number, body: string, review?: number): ReviewThreadView {
  const place = { path: PATH, originalLine: line, ...(review !== undefined && { review }) };
  return github.beginThread({ pull: PULL, author: PERSON.login, body, ...place });
}

/** Runs a step for an event. */
async function actOn(
  stage: Stage,
  { url }: GithubApi,
  event: RunEvent,
  inputs: Inputs,
  attempt = '1',
): Promise<ActionRun> {
  const keyed = { 'github-token': 'ghs_live_token', 'if-exists': 'send', poll: 'true', ...inputs };
  const github = { api_url: url, actor: PERSON.login, run_attempt: attempt };
  return act(stage, stage.open, keyed, { event, github });
}

/** Runs a step for a task that somebody writes on a line. */
async function command(
  stage: Stage,
  github: GithubApi,
  line: number,
  script: string,
): Promise<{ readonly run: ActionRun; readonly thread: number }> {
  const body = `/agent ${asking(script)['message'] ?? ''}`;
  const { id } = begin(github, line, body);
  const place = {
    path: PATH,
    side: 'RIGHT',
    line,
    original_line: line,
    start_line: null,
    subject_type: 'line',
  };
  const comment = { id, body, user: PERSON, author_association: 'MEMBER', diff_hunk: HUNK, ...place };
  const payload = { action: 'created', sender: PERSON, pull_request: PULL_REQUEST, comment };
  const run = await actOn(
    stage,
    github,
    { name: 'pull_request_review_comment', payload },
    {
      'message-template': '{{ github.event.comment.body }}',
      command: '/agent',
      comment: 'true',
      'idempotency-key': 'thread-7',
    },
  );
  return { run, thread: id };
}

async function testCommand(stage: Stage): Promise<void> {
  await onGithub(async (github) => {
    const first = await command(stage, github, 3, 'finish');
    const second = await command(stage, github, 8, 'message');
    assertSuccess(first.run, 'finished');
    assertSuccess(second.run, 'finished');
    assert.equal(idOf(second.run), idOf(first.run));
    assert.equal(second.run.outputs['response'], PLAIN_ANSWER);
    assert.deepEqual(
      github.replies.map(({ thread, author }) => [thread, author]),
      [
        [first.thread, BOT],
        [second.thread, BOT],
      ],
    );
    const [told, toldNext] = github.replies;
    assert.match(told?.bodies[0] ?? '', /### ⏳/);
    assert.match(told?.body ?? '', /### ✅[^]*hello\.txt/);
    assert.match(toldNext?.body ?? '', /### ✅[^]*2 \+ 2 is 4/);
    assert.deepEqual(github.comments, []);
    assert.deepEqual(
      github.reactions.map(({ target, content }) => [target, content]),
      [first, second].map(({ thread }) => [`pulls/comments/${thread}`, 'eyes']),
    );
    if (stage.kind === 'agent-server') assert.equal(await readMessages(stage.open, second.run), 2);
  });
}

async function testReplies(stage: Stage): Promise<void> {
  await onGithub(async (github) => {
    const threads = [begin(github, 3, 'Check it.', REVIEW), begin(github, 8, 'Why?', REVIEW)];
    const review = {
      id: REVIEW,
      state: 'changes_requested',
      body: 'Please change two things.',
      user: PERSON,
    };
    const event = {
      name: 'pull_request_review',
      payload: { action: 'submitted', sender: PERSON, pull_request: PULL_REQUEST, review },
    };
    const inputs = { ...asking('replies'), 'review-feedback': 'true', 'idempotency-key': 'replies-7' };
    const expected = threads.map(({ id, originalLine }) => [id, `I changed line ${originalLine}.`]);
    const said = (): readonly unknown[] =>
      github.replies.map(({ thread, body }) => [thread, /<p>(.*)<\/p>/.exec(body)?.[1]]);
    const first = await actOn(stage, github, event, inputs);
    assertSuccess(first, 'finished');
    assert.match(first.log, /Replies in the threads of the review: 2 posted/);
    assert.match(first.outputs['response'] ?? '', new RegExp(CHANGED_ANSWER));
    assert.deepEqual(said(), expected);
    const again = await actOn(stage, github, event, inputs, '2');
    assertSuccess(again, 'finished');
    assert.equal(idOf(again), idOf(first));
    assert.deepEqual(said(), expected);
  });
}
