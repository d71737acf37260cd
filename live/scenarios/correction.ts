import assert from 'node:assert/strict';

import { composeMessage } from '../../src/message/agent-message.ts';
import { readMessages } from '../agent-servers.ts';
import { act, asking, assertSuccess, type Scenario, type Stage } from '../stage.ts';

/** The scenarios in which the agent forgets the line that says whether the task is done. */
export const SCENARIOS_CORRECTION: readonly Scenario[] = [
  { name: 'a found answer without its line: a later step asks for it once', run: testFoundCorrection },
];

/** The same for agent servers that start a conversation once, however many steps ask for it at the same moment. */
export const SCENARIOS_ONE_CORRECTION: readonly Scenario[] = [
  { name: 'an answer without its line: one of four steps asks for it', run: testOneCorrection },
];

/** Returns the inputs of a step with a key whose agent forgets the line, as different for each number as in a matrix. */
function forgetting(key: string, number: number): Readonly<Record<string, string>> {
  const message = `This is step ${number}.\n${asking('lineless')['message'] ?? ''}`;
  return { message, 'idempotency-key': key, poll: 'true', 'require-result': 'done' };
}

async function testOneCorrection(stage: Stage): Promise<void> {
  const steps = [1, 2, 3, 4].map(async (number) => act(stage, stage.open, forgetting('forgets', number)));
  const runs = await Promise.all(steps);
  for (const run of runs) assertSuccess(run, 'finished');
  const [first] = runs;
  assert.equal(first && (await readMessages(stage.open, first)), 2);
  const askers = runs.filter(({ log }) => log.includes('Asking the agent for another one'));
  assert.equal(askers.length, 1);
}

async function testFoundCorrection(stage: Stage): Promise<void> {
  const { message: task = '', ...inputs } = forgetting('found', 1);
  const message = composeMessage({ task, asksForResult: true });
  const first = await act(stage, stage.open, { ...inputs, message, 'require-result': 'none' });
  assertSuccess(first, 'finished');
  for (const number of [2, 3]) {
    const run = await act(stage, stage.open, forgetting('found', number));
    assertSuccess(run, 'finished');
    assert.equal(run.outputs['reused'], 'true');
    assert.equal(await readMessages(stage.open, run), 2);
  }
}
