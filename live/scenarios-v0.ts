import assert from 'node:assert/strict';

import { isRecord } from '../simulator/json.ts';
import { FINISH_ANSWER, PLAIN_ANSWER, REFUSAL } from './model.ts';
import { act, ask, asking, fails, type Scenario, type Stage, succeeds, took, until } from './stage.ts';

/** The scenarios for the server with the V0 API. */
export const SCENARIOS_V0: readonly Scenario[] = [
  { name: 'v0: wait to the end: the answer of the finish action', run: finish },
  { name: 'v0: wait to the end: a plain message is a question', run: plain },
  { name: 'v0: an agent that fails: the error gives the reason', run: failing },
  { name: 'v0: start without waiting', run: start },
  { name: 'v0: the deadline passes while the agent works', run: deadline },
  { name: 'v0: the step is canceled while the agent works', run: cancel },
];

const V0 = { 'api-version': 'v0' };

async function status(stage: Stage, id = ''): Promise<unknown> {
  const found = await ask(stage.open, 'GET', `/api/conversations/${id}`);
  return isRecord(found) ? found['status'] : found;
}

async function finish(stage: Stage): Promise<void> {
  const run = await act(stage, stage.open, { ...V0, ...asking('finish'), poll: 'true' });
  succeeds(run, 'finished');
  assert.equal(run.outputs['response'], FINISH_ANSWER);
  assert.equal(run.outputs['api-version'], 'v0');
}

async function plain(stage: Stage): Promise<void> {
  const run = await act(stage, stage.open, { ...V0, ...asking('message'), poll: 'true' });
  fails(run, 'needs-input', /the agent waits for a person/);
  assert.equal(run.outputs['response'], PLAIN_ANSWER);
}

async function failing(stage: Stage): Promise<void> {
  const run = await act(stage, stage.open, { ...V0, ...asking('fail'), poll: 'true' });
  fails(run, 'error', new RegExp(REFUSAL));
}

async function start(stage: Stage): Promise<void> {
  const run = await act(stage, stage.open, { ...V0, ...asking('long') });
  succeeds(run, 'running');
  await until(
    'the conversation runs',
    10,
    async () => (await status(stage, run.outputs['conversation-id'])) === 'RUNNING',
  );
}

async function deadline(stage: Stage): Promise<void> {
  const run = await act(stage, stage.open, {
    ...V0,
    ...asking('long'),
    poll: 'true',
    'timeout-seconds': '12',
    'stop-on-timeout': 'false',
  });
  fails(run, 'timed-out', /the deadline passed, and the agent continues/);
  took(run, 12);
  assert.equal(await status(stage, run.outputs['conversation-id']), 'RUNNING');
}

async function cancel(stage: Stage): Promise<void> {
  const run = await act(
    stage,
    stage.open,
    { ...V0, ...asking('long'), poll: 'true' },
    { signal: { after: (log) => log.includes('Agent running'), send: 'SIGINT' } },
  );
  fails(run, 'cancelled', /the step was canceled/);
  assert.equal(run.signal, null, 'the step ended by itself');
  await until(
    'the conversation is stopped',
    10,
    async () => (await status(stage, run.outputs['conversation-id'])) === 'STOPPED',
  );
}
