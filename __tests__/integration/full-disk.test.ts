import { describe, expect, test } from '@jest/globals';

import { post } from '../../testbed/post.ts';
import { logOf, type Step, type Steps } from '../../testbed/steps.ts';
import { OF_ALONE, openServer } from '../support/agent-server.ts';
import { openSteps } from '../support/open-steps.ts';

const INPUTS = {
  ...OF_ALONE,
  message: 'Check the README',
  'llm-api-key': 'sk-llm-integration-tests',
  poll: 'true',
  'timeout-seconds': '120',
};
const NO_SPACE = 'HTTP 500: [Errno 28] No space left on device';
const never = new AbortController().signal;

/** Runs a step, and fills the disk of its server after some seconds. */
async function fill(steps: Steps, seconds: number): Promise<Step> {
  const running = steps.step(INPUTS);
  await steps.clock.sleep(seconds * 1000, never);
  steps.simulator.fillDisk();
  return running;
}

describe('an agent server whose disk is full', () => {
  test('before the start fails the step in its words', async () => {
    const steps = await openServer();
    steps.simulator.fillDisk();
    const { runner } = await steps.step(INPUTS);
    expect(runner.outputs).toMatchObject({ status: 'start-failed', 'failure-kind': 'server' });
    expect(runner.failures).toEqual([expect.stringContaining(NO_SPACE)]);
  });

  test.each([
    ['in a tool', 6.5],
    ['in a call of the model', 5],
  ])(
    'while its agent is %s fails the step at the deadline in its words, and not as too slow',
    async (_, seconds) => {
      const steps = await openServer();
      const { runner } = await fill(steps, seconds);
      expect(runner.outputs).toMatchObject({ status: 'timed-out', 'failure-kind': 'server' });
      expect(runner.failures).toEqual([
        expect.stringContaining(`the agent could not be paused (${NO_SPACE}), so it may continue`),
      ]);
    },
  );

  test('is what post says, too', async () => {
    const steps = await openServer();
    const done = await fill(steps, 6.5);
    await post(done, steps);
    expect(logOf(done)).toContain(`the agent could not be paused (${NO_SPACE}), so it may continue`);
    expect(done.runner.outputs['failure-kind']).toBe('server');
  });
});

test.each([
  ['fails', 500, 'server'],
  ['forbids it', 403, 'timeout'],
])(
  'an agent that cannot be paused at the deadline because its server %s, with HTTP %d, is a failure of kind %s',
  async (_, status, kind) => {
    const steps = await openSteps({ api: 'v1', scenario: 'forever' });
    const fault = { answer: { kind: 'status', status }, times: Number.POSITIVE_INFINITY } as const;
    for (const path of ['*/pause', '*/interrupt']) steps.simulator.order({ path, ...fault });
    const { runner } = await steps.step({
      message: 'Check the README',
      poll: 'true',
      'timeout-seconds': '120',
    });
    expect(runner.outputs).toMatchObject({ status: 'timed-out', 'failure-kind': kind });
  },
);
