import { describe, expect, test } from '@jest/globals';

import type { Disturb } from '../../testbed/network.ts';
import { post } from '../../testbed/post.ts';
import type { Steps } from '../../testbed/steps.ts';
import { KEY } from '../../testbed/world.ts';
import { openSteps } from '../support/open-steps.ts';

/** The agent finishes after 18.5 seconds. */
const INPUTS = { message: 'simulate: finish', poll: 'true' };
const ANSWER = 'three wrong statements';
const PAUSED = /could not be paused|agent was paused/;

const SERVERS = [
  ['V1', { api: 'v1' }, { ...INPUTS, 'api-version': 'v1' }, /^\/api\/v1\/app-conversations\?ids=/],
  [
    'an agent server',
    { api: 'agent-server', authorization: { kind: 'session', key: KEY } },
    { ...INPUTS, 'api-version': 'agent-server', model: 'openai/any', 'llm-api-key': 'sk-llm-any-model' },
    /^\/api\/conversations\?ids=/,
  ],
] as const;

describe.each(SERVERS)(
  'with %s, an agent that has ended before the first look of the step that started it',
  (_, options, inputs, look) => {
    /** Starts a server whose first look is never answered. */
    async function openServer(): Promise<Steps> {
      let looks = 0;
      const disturb: Disturb = (_method, target) => {
        looks += look.test(target) ? 1 : 0;
        return look.test(target) && looks === 1 ? { answer: { kind: 'hang' } } : undefined;
      };
      return openSteps(options, { disturb });
    }

    test('is not paused after a cancel, and nothing is left to post', async () => {
      const steps = await openServer();
      const before = steps.clock.now();
      const { outcome, runner } = await steps.step(inputs, 28);
      expect(outcome.status).toBe('cancelled');
      expect(steps.clock.now() - before).toBeLessThan(30_000);
      expect(runner.failures).toEqual([expect.stringContaining('the agent was no longer running')]);
      expect(runner.savedState()).toEqual({ kind: 'over' });
    });

    test('is not paused at the deadline, and its answer is told if the server has stored it', async () => {
      const steps = await openServer();
      const before = steps.clock.now();
      const { outcome, runner } = await steps.step({ ...inputs, 'timeout-seconds': '28' });
      expect(outcome.status).toBe('timed-out');
      expect(steps.clock.now() - before).toBeLessThan(35_000);
      expect(runner.failures).toEqual([expect.not.stringMatching(PAUSED)]);
      // The events of V1 come late, and the step does not know the agent's own server yet.
      expect(runner.outputs['response']?.includes(ANSWER) ?? false).toBe(options.api === 'agent-server');
      expect(runner.savedState()).toEqual({ kind: 'over' });
    });

    test('is not paused by post if the step is killed', async () => {
      const steps = await openServer();
      const killed = await steps.killed(inputs, 28);
      const before = steps.clock.now();
      await post(killed, steps);
      expect(steps.clock.now() - before).toBeLessThan(5_000);
      expect(killed.runner.log.join('\n')).not.toMatch(PAUSED);
      expect(killed.runner.page()).toContain('the agent was no longer running');
    });
  },
);
