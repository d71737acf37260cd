import assert from 'node:assert/strict';

import { isRecord } from '../simulator/json.ts';
import { FINISH_ANSWER, PLAIN_ANSWER, REFUSAL } from './model.ts';
import {
  act,
  ask,
  askAndWait,
  asking,
  assertDuration,
  assertFailure,
  assertSuccess,
  type Scenario,
  type Stage,
  waitUntil,
} from './stage.ts';

/** The scenarios for the server with the V0 API. */
export const SCENARIOS_V0: readonly Scenario[] = [
  { name: 'v0: wait to the end: the answer of the finish action', run: finish },
  { name: 'v0: wait to the end: a plain message is a question', run: plain },
  { name: 'v0: an agent that fails: the error gives the reason', run: failing },
  { name: 'v0: the deadline passes while the agent works', run: deadline },
  { name: 'v0: the step is canceled while the agent works', run: cancel },
];

const V0 = { 'api-version': 'v0' };

async function status(stage: Stage, id = ''): Promise<unknown> {
  const found = await ask(stage.open, 'GET', `/api/conversations/${id}`);
  return isRecord(found) ? found['status'] : found;
}

async function finish(stage: Stage): Promise<void> {
  const run = await askAndWait(stage, 'finish', V0);
  assertSuccess(run, 'finished');
  assert.equal(run.outputs['response'], FINISH_ANSWER);
  assert.equal(run.outputs['api-version'], 'v0');
}

async function plain(stage: Stage): Promise<void> {
  const run = await askAndWait(stage, 'message', V0);
  assertFailure(run, 'needs-input', /the agent waits for a person/);
  assert.equal(run.outputs['response'], PLAIN_ANSWER);
}

async function failing(stage: Stage): Promise<void> {
  const run = await askAndWait(stage, 'fail', V0);
  assertFailure(run, 'error', new RegExp(REFUSAL));
}

async function deadline(stage: Stage): Promise<void> {
  const run = await act(stage, stage.open, {
    ...V0,
    ...asking('long'),
    poll: 'true',
    'timeout-seconds': '12',
    'stop-on-timeout': 'false',
  });
  assertFailure(run, 'timed-out', /the deadline passed, and the agent continues/);
  assertDuration(run, 12);
  assert.equal(await status(stage, run.outputs['conversation-id']), 'RUNNING');
}

async function cancel(stage: Stage): Promise<void> {
  const run = await act(
    stage,
    stage.open,
    { ...V0, ...asking('long'), poll: 'true' },
    { signal: { after: (log) => log.includes('Agent running'), send: 'SIGINT' } },
  );
  assertFailure(run, 'cancelled', /the step was canceled/);
  assert.equal(run.signal, null, 'the step ended by itself');
  await waitUntil(
    'the conversation is stopped',
    10,
    async () => (await status(stage, run.outputs['conversation-id'])) === 'STOPPED',
  );
}
