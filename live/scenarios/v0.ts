import assert from 'node:assert/strict';

import { isRecord } from '../../simulator/json.ts';
import { FINISH_ANSWER, PLAIN_ANSWER, REFUSAL } from '../model.ts';
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
} from '../stage.ts';

/** The scenarios for the server with the V0 API. */
export const SCENARIOS_V0: readonly Scenario[] = [
  { name: 'v0: wait to the end: the answer of the finish action', run: testFinish },
  { name: 'v0: wait to the end: a plain message is a question', run: testPlain },
  { name: 'v0: an agent that fails: the error gives the reason', run: testFailing },
  { name: 'v0: the deadline passes while the agent works', run: testDeadline },
  { name: 'v0: the step is canceled while the agent works', run: testCancel },
];

const V0 = { 'api-version': 'v0' };

async function readStatus(stage: Stage, id = ''): Promise<unknown> {
  const found = await ask(stage.open, 'GET', `/api/conversations/${id}`);
  return isRecord(found) ? found['status'] : found;
}

async function testFinish(stage: Stage): Promise<void> {
  const run = await askAndWait(stage, 'finish', V0);
  assertSuccess(run, 'finished');
  assert.equal(run.outputs['response'], FINISH_ANSWER);
  assert.equal(run.outputs['api-version'], 'v0');
}

async function testPlain(stage: Stage): Promise<void> {
  const run = await askAndWait(stage, 'message', V0);
  assertFailure(run, 'needs-input', /the agent is waiting for input/);
  assert.equal(run.outputs['response'], PLAIN_ANSWER);
}

async function testFailing(stage: Stage): Promise<void> {
  const run = await askAndWait(stage, 'fail', V0);
  assertFailure(run, 'error', new RegExp(REFUSAL));
}

async function testDeadline(stage: Stage): Promise<void> {
  const run = await act(stage, stage.open, {
    ...V0,
    ...asking('long'),
    poll: 'true',
    'timeout-seconds': '12',
    'stop-on-timeout': 'false',
  });
  assertFailure(run, 'timed-out', /the deadline passed \(timeout-seconds is \d+\), and the agent continues/);
  assertDuration(run, 12);
  assert.equal(await readStatus(stage, run.outputs['conversation-id']), 'RUNNING');
}

async function testCancel(stage: Stage): Promise<void> {
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
    async () => (await readStatus(stage, run.outputs['conversation-id'])) === 'STOPPED',
  );
}
