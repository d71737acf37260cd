import assert from 'node:assert/strict';

import { startGithubApi } from '../../simulator/github/api.ts';
import { pngOf } from '../../simulator/github/picture-files.ts';
import { startPictureProxy } from '../../simulator/github/picture-proxy.ts';
import type { ActionRun, RunEvent } from '../../simulator/runner/runner.ts';
import { digestOf, FINISH_ANSWER } from '../model.ts';
import {
  act,
  assertFailure,
  assertSuccess,
  type Inputs,
  LLM_KEY,
  type Scenario,
  type Stage,
} from '../stage.ts';

/** The scenarios for V1, an agent server and Agent Canvas. They run alone, because a process can simulate the host of pictures only once. */
export const SCENARIOS_PICTURES: readonly Scenario[] = [
  {
    name: 'pictures: those of an issue reach the model, and later that of a comment, too',
    run: testSeen,
    isAlone: true,
  },
  {
    name: 'pictures: a model that the server does not know to see any is asked to do without',
    run: testUnseen,
    isAlone: true,
  },
  { name: 'pictures: a provider that refuses them', run: testRefused, isAlone: true },
];

const AUTHOR = 'maintainer';
const IDS = ['0a1b2c3d-0000-4000-8000-000000000001', '0a1b2c3d-0000-4000-8000-000000000002'] as const;
const [ISSUE, COMMENT] = IDS.map((id) => `![shot](https://github.com/user-attachments/assets/${id})`);
const [FIRST, SECOND] = [pngOf(0x20), pngOf(0xe0)];
const LABELED: RunEvent = {
  name: 'issues',
  payload: { action: 'labeled', issue: { number: 1, body: ISSUE } },
};
const COMMENTED: RunEvent = {
  name: 'issue_comment',
  payload: {
    action: 'created',
    issue: { number: 1, body: ISSUE },
    comment: { id: 55, body: COMMENT, user: { login: AUTHOR, type: 'User' } },
  },
};

/** Runs steps on a GitHub whose issue and comment have a picture each. */
async function withPictures(
  stage: Stage,
  play: (step: (event: RunEvent, inputs: Inputs) => Promise<ActionRun>) => Promise<void>,
): Promise<void> {
  const github = await startGithubApi({
    permissions: { [AUTHOR]: { permission: 'write', role_name: 'write' } },
    texts: { 'issues/1': ISSUE ?? '', 'issues/comments/55': COMMENT ?? '' },
    uploads: { [IDS[0]]: FIRST, [IDS[1]]: SECOND },
  });
  const proxy = await startPictureProxy();
  try {
    await play(async (event, inputs) =>
      act(
        stage,
        stage.open,
        { poll: 'true', 'github-token': 'ghs_live_token', ...inputs },
        { event, github: { api_url: github.url, actor: AUTHOR }, env: proxy.env },
      ),
    );
  } finally {
    await proxy.close();
    await github.close();
  }
}

/** Returns inputs for a model that servers know to see pictures. V1 has its key and address. */
function seeing({ kind, model }: Stage): Inputs {
  const access = { 'llm-api-key': LLM_KEY, 'llm-base-url': model.url };
  return { model: 'openai/gpt-4o', ...(kind !== 'v1' && access) };
}

/** Returns a template with the issue's text, which names the model's script. */
function templateOf(script: string, text = ''): string {
  return `{{ github.event.issue.body }} ${text}\nscript: ${script}`;
}

async function testSeen(stage: Stage): Promise<void> {
  await withPictures(stage, async (step) => {
    const inputs = { ...seeing(stage), 'idempotency-key': 'pictures', 'if-exists': 'send' };
    const first = await step(LABELED, { ...inputs, 'message-template': templateOf('look') });
    assertSuccess(first, 'finished');
    assert.match(first.log, /The message has 1 picture$/m);
    assert.equal(first.outputs['response'], `Pictures: image/png ${digestOf(FIRST)}`);
    const both = templateOf('look', '{{ github.event.comment.body }}');
    const second = await step(COMMENTED, { ...inputs, 'message-template': both });
    assertSuccess(second, 'finished');
    assert.match(second.log, /The message has 1 picture$/m);
    const all = [FIRST, SECOND].map((each) => `image/png ${digestOf(each)}`).join(', ');
    assert.equal(second.outputs['response'], `Pictures: ${all}`);
    assert.match(second.summary, /<blockquote>[^]*Sent: 1 picture/);
  });
}

async function testUnseen(stage: Stage): Promise<void> {
  await withPictures(stage, async (step) => {
    const run = await step(LABELED, { 'message-template': templateOf('finish'), 'require-result': 'done' });
    assertSuccess(run, 'finished');
    assert.equal(run.outputs['response'], `${FINISH_ANSWER}\n\nResult: done`);
    assert.match(
      run.log,
      /Warning: The server says that the model \S+ sees no pictures, and has not asked it/,
    );
    assert.doesNotMatch(run.log, /does not match require-result/);
    assert.match(run.summary, /<p>The model \S+ sees no pictures\.<\/p>/);
    assert.doesNotMatch(run.summary, /Sent: |Result: done/);
  });
}

async function testRefused(stage: Stage): Promise<void> {
  await withPictures(stage, async (step) => {
    const inputs = { ...seeing(stage), 'idempotency-key': 'refused', 'if-exists': 'send' };
    const first = await step(LABELED, { ...inputs, 'message-template': templateOf('unreadable') });
    assertFailure(first, 'error', /refuses a picture.*not represent a valid image.*set images: false/);
    assert.equal(first.outputs['failure-kind'], 'model');
    assert.doesNotMatch(first.summary, /Sent: /);
    // The picture stays: a message without one is refused, too.
    const text = 'Go on: {{ github.event.issue.number }}\nscript: unreadable';
    const second = await step(COMMENTED, { ...inputs, 'message-template': text });
    assertFailure(second, 'error', /refuses a picture.*not represent a valid image.*set images: false/);
    const blind = await step(LABELED, { ...seeing(stage), 'message-template': templateOf('blinded') });
    assertFailure(blind, 'error', /refuses a picture.*image_url.*set images: false/);
  });
}
