import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { findFreePort } from '../listen.ts';
import { FINISH_ANSWER, PLAIN_ANSWER, REFUSAL, RIGHT_SUM } from '../model.ts';
import {
  act,
  askAndWait,
  asking,
  assertFailure,
  assertSuccess,
  type Scenario,
  type Stage,
} from '../stage.ts';

/** The scenarios for both V1 and an agent server. */
export const SCENARIOS_SHARED: readonly Scenario[] = [
  { name: 'an agent that fails: the error gives the reason', run: testFailing },
  { name: 'an answer by schema: a wrong one is corrected', run: testCorrected },
  { name: 'no server at all', run: testNobody },
  { name: 'start in one step, wait in another, and continue with a message', run: testFollowUp },
  { name: 'the trajectory as a file', run: testTrajectory },
  { name: 'the same key, one after the other', run: testSameKey },
  { name: 'the same key, at the same moment', run: testSameKeyAtOnce },
  { name: 'a key whose conversation has reached its budget', run: testBudget },
  { name: 'an unknown conversation', run: testUnknown },
];

async function testFailing(stage: Stage): Promise<void> {
  const run = await askAndWait(stage, 'fail');
  assertFailure(run, 'error', new RegExp(REFUSAL));
}

async function testCorrected(stage: Stage): Promise<void> {
  const schema = '{"type": "object", "properties": {"sum": {"type": "number"}}, "required": ["sum"]}';
  const run = await askAndWait(stage, 'sum', { 'output-schema': schema });
  assertSuccess(run, 'finished');
  assert.deepEqual(JSON.parse(run.outputs['structured-output'] ?? ''), JSON.parse(RIGHT_SUM));
}

async function testNobody(stage: Stage): Promise<void> {
  const server = { ...stage.open, url: `http://127.0.0.1:${await findFreePort()}` };
  const run = await act(stage, server, asking('finish'));
  assertFailure(run, 'start-failed', /check base-url/);
  assert.ok(run.durationMs < 25_000, 'a server that was never there is reported quickly');
}

async function testFollowUp(stage: Stage): Promise<void> {
  const started = await act(stage, stage.open, asking('message'));
  assertSuccess(started, 'running');
  const id = started.outputs['conversation-id'] ?? '';
  const waited = await act(stage, stage.open, { 'conversation-id': id, poll: 'true' });
  assertSuccess(waited, 'finished');
  assert.equal(waited.outputs['response'], PLAIN_ANSWER);
  const again = await askAndWait(stage, 'finish', { 'conversation-id': id });
  assertSuccess(again, 'finished');
  assert.equal(again.outputs['response'], FINISH_ANSWER);
  const failed = await askAndWait(stage, 'fail', { 'conversation-id': id });
  assertFailure(failed, 'error', /What to do/);
  assert.notEqual(failed.outputs['response'], FINISH_ANSWER, 'the answer to an earlier message');
}

async function testTrajectory(stage: Stage): Promise<void> {
  const run = await askAndWait(
    stage,
    'message',
    { 'trajectory-file': 'trajectory.zip' },
    {
      inspect: async ({ workspace }) => {
        const file = await readFile(join(workspace, 'trajectory.zip'));
        assert.equal(file.subarray(0, 2).toString(), 'PK');
        assert.ok(file.length > 1_000, `the trajectory has ${file.length} bytes`);
      },
    },
  );
  assertSuccess(run, 'finished');
}

async function testSameKey(stage: Stage): Promise<void> {
  const keyed = { ...asking('message'), 'idempotency-key': 'one after another', poll: 'true' };
  const first = await act(stage, stage.open, keyed);
  assertSuccess(first, 'finished');
  assert.equal(first.outputs['reused'], 'false');
  const second = await act(stage, stage.open, { ...keyed, ...asking('finish') });
  assertSuccess(second, 'finished');
  assert.equal(second.outputs['reused'], 'true');
  assert.equal(second.outputs['conversation-id'], first.outputs['conversation-id']);
  assert.equal(second.outputs['response'], PLAIN_ANSWER);
}

async function testSameKeyAtOnce(stage: Stage): Promise<void> {
  const keyed = { ...asking('message'), 'idempotency-key': 'at the same moment', poll: 'true' };
  const runs = await Promise.all([act(stage, stage.open, keyed), act(stage, stage.open, keyed)]);
  for (const run of runs) {
    assertSuccess(run, 'finished');
    assert.equal(run.outputs['response'], PLAIN_ANSWER);
  }
  assert.equal(runs[0].outputs['conversation-id'], runs[1].outputs['conversation-id']);
}

/** A model whose price the server knows. */
const PRICED = 'gpt-4o';

async function testBudget(stage: Stage): Promise<void> {
  const keyed = {
    ...asking('long'),
    model: `openai/${PRICED}`,
    'idempotency-key': 'a budget',
    'max-cost-usd': '0.001',
    poll: 'true',
  };
  const first = await act(stage, stage.open, keyed);
  assertFailure(first, 'over-budget', /has cost \$0\.00\d+ \(max-cost-usd is \$0\.001\)/);
  const cost = first.outputs['cost-usd'];
  assert.ok(Number(cost) >= 0.001, `the cost is ${cost ?? 'unknown'}`);
  const answers = stage.model.turns(PRICED);
  const second = await act(stage, stage.open, keyed);
  assertFailure(second, 'over-budget', /max-cost-usd is/);
  assert.ok(second.durationMs < 15_000, `it took ${second.durationMs} ms`);
  assert.doesNotMatch(second.log, /Resuming|The step resumes/);
  // A title that the model gave meanwhile costs, too.
  assert.ok(Number(second.outputs['cost-usd']) >= Number(cost), second.outputs['cost-usd']);
  assert.equal(stage.model.turns(PRICED), answers, 'answers of the model');
}

async function testUnknown(stage: Stage): Promise<void> {
  const id = '0123456789abcdef0123456789abcdef';
  const run = await act(stage, stage.open, { ...asking('finish'), 'conversation-id': id });
  assertFailure(run, 'missing', /the server does not list the conversation/);
}
