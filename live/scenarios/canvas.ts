import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { isRecord } from '../../simulator/json.ts';
import { idOf, pathOf, readMessages } from '../agent-servers.ts';
import { FINISH_ANSWER, MODEL } from '../model.ts';
import {
  act,
  ask,
  askAndWait,
  asking,
  assertFailure,
  assertSuccess,
  LLM_KEY,
  type Scenario,
  type Stage,
} from '../stage.ts';

/** The scenarios for Agent Canvas only. */
export const SCENARIOS_CANVAS: readonly Scenario[] = [
  { name: 'canvas: its profile chooses the model, and a person finds the conversation', run: testOwn },
  { name: 'canvas: a model and a key of the step', run: testOther },
  { name: 'canvas: no model is set up', run: testFresh, isAlone: true },
  { name: 'canvas: a folder that is not there, and one without anything', run: testNowhere },
  {
    name: 'canvas: two steps with one key at the same moment, which its agent server starts both',
    run: testTwice,
  },
];

async function testOwn(stage: Stage): Promise<void> {
  const workflow = { GITHUB_REPOSITORY: 'octo-org/octo-repo', GITHUB_RUN_ID: '42' };
  const inputs = { ...asking('finish'), poll: 'true', 'api-version': 'auto' };
  const run = await act(stage, stage.open, inputs, { env: workflow });
  assertSuccess(run, 'finished');
  assert.equal(run.outputs['response'], FINISH_ANSWER);
  assert.equal(run.outputs['api-version'], 'agent-server');
  const url = `${stage.open.url}/conversations/${idOf(run)}`;
  assert.equal(run.outputs['conversation-url'], url);
  assert.ok(run.log.includes(url) && run.summary.includes(url), 'log and summary link to the page');
  const page = await fetch(url);
  assert.deepEqual([page.status, page.headers.get('content-type')?.split(';')[0]], [200, 'text/html']);
  const conversation = await ask(stage.open, 'GET', pathOf(run));
  assert.ok(isRecord(conversation) && isRecord(conversation['tags']));
  assert.equal(conversation['tags']['githubrepository'], 'octo-org/octo-repo');
  assert.equal(conversation['tags']['githubrun'], '42');
}

async function testOther(stage: Stage): Promise<void> {
  const access = { model: MODEL, 'llm-api-key': LLM_KEY, 'llm-base-url': stage.model.url };
  const run = await askAndWait(stage, 'finish', { ...access });
  assertSuccess(run, 'finished');
  assert.equal(run.outputs['conversation-url'], `${stage.open.url}/conversations/${idOf(run)}`);
}

/** A new Canvas has an active profile, but no model for it. */
async function testFresh(stage: Stage): Promise<void> {
  const profile = { agent_kind: 'openhands', llm_profile_ref: 'nothing' };
  await ask(stage.open, 'POST', '/api/agent-profiles/default', profile);
  const run = await act(stage, stage.open, asking('message'));
  assertFailure(
    run,
    'start-failed',
    /LLM profile 'nothing' not found.* set up a model .* or set model and llm-api-key/,
  );
}

async function testNowhere(stage: Stage): Promise<void> {
  const folder = join(stage.open.root, 'not-there');
  const run = await act(stage, stage.open, { ...asking('message'), 'working-directory': folder });
  assertFailure(run, 'start-failed', new RegExp(`working-directory ${folder} does not exist on the server`));
  await mkdir(folder);
  const inputs = { ...asking('message'), 'working-directory': folder, poll: 'true' };
  assertSuccess(await act(stage, stage.open, inputs), 'finished');
  // The start has made a repository of the folder (`git init`).
  assertSuccess(await act(stage, stage.open, inputs), 'finished');
  const withPatch = { ...inputs, 'patch-file': 'changes.patch' };
  assertFailure(await act(stage, stage.open, withPatch), 'start-failed', /is a repository without a commit/);
}

async function testTwice(stage: Stage): Promise<void> {
  const keyed = { ...asking('message'), 'idempotency-key': 'twice', poll: 'true' };
  const runs = await Promise.all([act(stage, stage.open, keyed), act(stage, stage.open, keyed)]);
  for (const run of runs) assertSuccess(run, 'finished');
  assert.equal(idOf(runs[0]), idOf(runs[1]));
  const messages = await readMessages(stage.open, runs[0]);
  assert.ok(messages === 1 || messages === 2, `${messages} messages`);
}
