import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { FINISH_ANSWER, PLAIN_ANSWER } from './model.ts';
import {
  act,
  asking,
  atWork,
  changeSandbox,
  fails,
  type Scenario,
  type Stage,
  succeeds,
  untilShown,
} from './stage.ts';

/** What the action promises of conversations that are there already, against the server itself. */
export const SCENARIOS_AGAIN: readonly Scenario[] = [
  { name: 'start in one step, wait in another, and go on with a message', run: followUp },
  { name: 'a message to a conversation whose sandbox is paused', run: messageToPaused },
  { name: 'on-paused: resume', run: resume },
  { name: 'the trajectory as a file', run: trajectory },
  { name: 'the same key, one after another', run: sameKey },
  { name: 'the same key, at the same moment', run: sameKeyAtOnce },
  { name: 'a conversation that nobody knows', run: unknown },
];

async function followUp(stage: Stage): Promise<void> {
  const started = await act(stage, stage.open, asking('message'));
  succeeds(started, 'running');
  const id = started.outputs['conversation-id'] ?? '';
  const waited = await act(stage, stage.open, { 'conversation-id': id, poll: 'true' });
  succeeds(waited, 'finished');
  assert.equal(waited.outputs['response'], PLAIN_ANSWER);
  const again = await act(stage, stage.open, { ...asking('finish'), 'conversation-id': id, poll: 'true' });
  succeeds(again, 'finished');
  assert.equal(again.outputs['response'], FINISH_ANSWER);
  const failed = await act(stage, stage.open, { ...asking('fail'), 'conversation-id': id, poll: 'true' });
  fails(failed, 'error', /What to do/);
  assert.notEqual(failed.outputs['response'], FINISH_ANSWER, 'the answer to an earlier message');
}

async function messageToPaused(stage: Stage): Promise<void> {
  const first = await act(stage, stage.open, { ...asking('message'), poll: 'true' });
  succeeds(first, 'finished');
  const id = first.outputs['conversation-id'] ?? '';
  await changeSandbox(stage.open, id, 'pause');
  await untilShown(stage.open, id, 'PAUSED', null);
  const second = await act(stage, stage.open, { ...asking('finish'), 'conversation-id': id, poll: 'true' });
  succeeds(second, 'finished');
  assert.equal(second.outputs['response'], FINISH_ANSWER);
}

async function resume(stage: Stage): Promise<void> {
  const id = await atWork(stage, stage.open);
  await changeSandbox(stage.open, id, 'pause');
  await untilShown(stage.open, id, 'PAUSED', null);
  const run = await act(stage, stage.open, {
    'conversation-id': id,
    poll: 'true',
    'on-paused': 'resume',
    'timeout-seconds': '20',
  });
  fails(run, 'timed-out', /the deadline passed/);
  assert.match(run.log, /Resuming the conversation/);
  await untilShown(stage.open, id, 'RUNNING', 'running');
}

async function trajectory(stage: Stage): Promise<void> {
  const run = await act(
    stage,
    stage.open,
    { ...asking('message'), poll: 'true', 'trajectory-file': 'trajectory.zip' },
    {
      inspect: async ({ workspace }) => {
        const file = await readFile(join(workspace, 'trajectory.zip'));
        assert.equal(file.subarray(0, 2).toString(), 'PK');
        assert.ok(file.length > 1_000, `the trajectory has ${file.length} bytes`);
      },
    },
  );
  succeeds(run, 'finished');
}

async function sameKey(stage: Stage): Promise<void> {
  const keyed = { ...asking('message'), 'idempotency-key': 'one after another', poll: 'true' };
  const first = await act(stage, stage.open, keyed);
  succeeds(first, 'finished');
  assert.equal(first.outputs['reused'], 'false');
  const second = await act(stage, stage.open, { ...keyed, ...asking('finish') });
  succeeds(second, 'finished');
  assert.equal(second.outputs['reused'], 'true');
  assert.equal(second.outputs['conversation-id'], first.outputs['conversation-id']);
  assert.equal(second.outputs['response'], PLAIN_ANSWER);
}

async function sameKeyAtOnce(stage: Stage): Promise<void> {
  const keyed = { ...asking('message'), 'idempotency-key': 'at the same moment', poll: 'true' };
  const runs = await Promise.all([act(stage, stage.open, keyed), act(stage, stage.open, keyed)]);
  for (const run of runs) {
    succeeds(run, 'finished');
    assert.equal(run.outputs['response'], PLAIN_ANSWER);
  }
  assert.equal(runs[0].outputs['conversation-id'], runs[1].outputs['conversation-id']);
}

async function unknown(stage: Stage): Promise<void> {
  const id = '0123456789abcdef0123456789abcdef';
  const run = await act(stage, stage.open, { ...asking('finish'), 'conversation-id': id });
  fails(run, 'missing', /the server lists no conversation/);
}
