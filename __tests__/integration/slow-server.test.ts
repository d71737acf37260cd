import { describe, expect, test } from '@jest/globals';

import { isAtWork } from '../../simulator/server/at-work.ts';
import { play, type PlayOptions, type StepRun } from '../../testbed/play.ts';
import { OF_ALONE } from '../support/agent-server.ts';

const MODEL = { ...OF_ALONE, 'llm-api-key': 'sk-llm-integration-tests' };

/** Runs a step whose agent never ends, at a server that needs so many seconds for each answer from the 20th second on. */
async function playSlow(
  seconds: number,
  inputs: Readonly<Record<string, string>>,
  options: PlayOptions = {},
): Promise<StepRun> {
  return play('forever', 'v1', inputs, [], {
    ...options,
    mishapOf: ({ at }) => (at >= 20 ? { answer: { kind: 'slow', seconds } } : undefined),
  });
}

describe.each([12, 20])('an agent server that needs %d s for each answer', (seconds) => {
  const alone = { simulator: { api: 'agent-server' } } as const;

  test('has its agent paused at the deadline', async () => {
    const ran = await playSlow(seconds, { ...MODEL, 'timeout-seconds': '300' }, alone);
    expect(ran.outcome.status).toBe('timed-out');
    expect(ran.left.filter(isAtWork)).toEqual([]);
    expect(ran.runner.failures).toEqual([expect.stringMatching(/the agent was paused/)]);
    expect(ran.post).toBeUndefined();
    expect(ran.seconds).toBeLessThanOrEqual(330);
  });

  test('has its agent paused after a cancel, by main and for certain by post', async () => {
    const ran = await playSlow(seconds, MODEL, { ...alone, cancelAt: 130 });
    expect(ran.outcome.status).toBe('cancelled');
    expect(ran.left.filter(isAtWork)).toEqual([]);
    const interrupts = ran.requests.filter(({ target }) => target.endsWith('/interrupt'));
    expect(interrupts[0]?.at).toBeLessThan(134);
    expect(ran.seconds).toBeLessThanOrEqual(137.5);
    expect(ran.runner.log.join('\n')).toMatch(/The step was interrupted, and the agent was paused/);
  });
});
