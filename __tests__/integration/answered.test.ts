import { expect, test } from '@jest/globals';

import { play, type StepRun } from '../../testbed/play.ts';

const INPUTS = {
  'agent-server': { 'api-version': 'agent-server', model: 'openai/any', 'llm-api-key': 'sk-llm-integration' },
  v1: { 'api-version': 'v1' },
} as const;
const CANCEL_AT = 40;

/** Cancels a step whose agent has answered the correction, before the step sees that: until then, no look is answered. */
async function cancelUnseen(server: keyof typeof INPUTS): Promise<StepRun> {
  const isOfServer = server === 'agent-server';
  let isCorrecting = false;
  return play(
    'message',
    'v1',
    {
      ...INPUTS[server],
      'require-result': 'done',
    },
    [],
    {
      cancelAt: CANCEL_AT,
      simulator: isOfServer ? { api: server } : { sharedSandbox: true },
      neighbor: !isOfServer,
      mishapOf: ({ method, target, at }) => {
        isCorrecting ||= method === 'POST' && /\/(?:events|send-message)$/.test(target);
        const isLook = method === 'GET' && target.includes('?ids=');
        return isCorrecting && isLook && at < CANCEL_AT ? { answer: { kind: 'hang' } } : undefined;
      },
    },
  );
}

test.each(['agent-server', 'v1'] as const)(
  'an agent that has answered the correction is not said to go on, if nobody has seen that yet: %s',
  async (server) => {
    const ran = await cancelUnseen(server);
    expect(ran.outcome.status).toBe('cancelled');
    expect(ran.runner.failures).toEqual([expect.stringContaining('the agent was no longer running')]);
    // Post has nothing to stop.
    expect(ran.post).toBeUndefined();
  },
);
