import assert from 'node:assert/strict';

import type { ActionRun } from '../../simulator/runner/runner.ts';
import { once, readStatusAt } from '../agent-servers.ts';
import { PLAIN_ANSWER } from '../model.ts';
import { startSilencing } from '../silence.ts';
import { act, ask, asking, assertFailure, type Scenario, type Stage, waitUntil } from '../stage.ts';

/** The scenarios for a step that ends before it sees that its agent has answered the correction. For agent servers. */
export const SCENARIOS_CORRECTED: readonly Scenario[] = [
  { name: 'the step is canceled right after the answer to its correction', run: testCancelCorrected },
  { name: 'the step is killed right after the answer to its correction', run: testKillCorrected },
];

const MAX_ANSWER_SECONDS = 20;

/** Ends a step once its agent has answered the correction, before the step's next look. */
async function endCorrected(stage: Stage, send: NodeJS.Signals): Promise<ActionRun> {
  let path = '';
  let isCorrecting = false;
  let hasAnswered = false;
  // The look after the correction is not answered.
  const proxy = await startSilencing(stage.open.url, ({ method, url = '' }) => {
    isCorrecting ||= method === 'POST' && url.endsWith('/events');
    return isCorrecting && !hasAnswered && url.startsWith('/api/conversations?');
  });
  const waitForAnswer = once(async () => {
    await waitUntil('the second answer', MAX_ANSWER_SECONDS, async () => {
      const events = await ask(stage.open, 'GET', `${path}/events/search?limit=100`);
      const hasTwo = JSON.stringify(events).split(PLAIN_ANSWER).length > 2;
      return hasTwo && (await readStatusAt(stage.open, path)) === 'finished';
    });
    hasAnswered = true;
  });
  const inputs = {
    ...asking('message'),
    'base-url': `http://127.0.0.1:${proxy.port}`,
    'require-result': 'done',
    poll: 'true',
  };
  const run = await act(stage, stage.open, inputs, {
    onLog: (line) => {
      path ||= /OpenHands conversation: .*(\/api\/conversations\/[\da-f-]{36})\b/.exec(line)?.[1] ?? '';
      if (line.includes('The agent has the message')) void waitForAnswer();
    },
    signal: { after: () => hasAnswered, send },
  });
  await proxy.close();
  return run;
}

async function testCancelCorrected(stage: Stage): Promise<void> {
  const run = await endCorrected(stage, 'SIGINT');
  assertFailure(run, 'cancelled', /the step was canceled, and the agent was no longer running/);
}

async function testKillCorrected(stage: Stage): Promise<void> {
  const run = await endCorrected(stage, 'SIGKILL');
  assert.match(run.post?.log ?? '', /The step was interrupted, and the agent was no longer running/);
}
