import { expect, test } from '@jest/globals';

import { isAtWork } from '../../simulator/server/at-work.ts';
import type { SimulatorOptions } from '../../simulator/server/server-options.ts';
import { openSteps } from '../support/open-steps.ts';

const never = new AbortController().signal;
const INPUTS = { 'api-version': 'v1', repository: 'none', poll: 'true' } as const;

test.each([0, 120])(
  'a canceled step leaves a sandbox alone in which another conversation has just begun and is not listed yet, with dates %d s ahead',
  async (date) => {
    const faults: SimulatorOptions['faults'] = [
      { path: '*', times: Infinity, answer: { kind: 'date', date } },
    ];
    const { step, clock, simulator } = await openSteps({ api: 'v1', sharedSandbox: true, faults });
    const other = async (): ReturnType<typeof step> => {
      await clock.sleep(14_000, never);
      return step({ ...INPUTS, message: 'simulate: finish' });
    };
    // The other start is ready after 20 s, and its conversation is listed half a second later.
    const [cancelled, begun] = await Promise.all([
      step({ ...INPUTS, message: 'simulate: forever' }, 20.2),
      other(),
    ]);
    expect(cancelled.runner.failures).toEqual([expect.stringContaining('and the agent was paused')]);
    expect(begun.outcome.status).toBe('finished');
    expect(simulator.conversations.map(isAtWork)).toEqual([false, false]);
  },
);
