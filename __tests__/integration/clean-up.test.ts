import { describe, expect, test } from '@jest/globals';

import { cleanUp } from '../../src/clean-up.ts';
import { TIMEOUTS_MS } from '../../src/openhands/exchange.ts';
import { createHttpClient, credentialsOf } from '../../src/openhands/http.ts';
import { SILENT } from '../../src/teller.ts';
import { type Step, type Steps, withSteps } from '../support/steps.ts';
import { KEY } from '../support/world.ts';

/** What post does after a step, with the inputs of that step. */
async function post(
  { runner }: Step,
  { simulator, clock, fetch }: Steps,
  stopOn: { readonly cancel: boolean; readonly deadline: boolean },
): Promise<void> {
  const http = createHttpClient({
    baseUrl: simulator.url,
    credentials: credentialsOf(KEY),
    userAgent: 'tests',
    fetch,
    clock,
    random: () => 0.5,
    deadlineAt: Number.POSITIVE_INFINITY,
    timeoutsMs: TIMEOUTS_MS,
    secrets: runner.secrets,
    onRetry: () => undefined,
  });
  const connection = { apiKey: KEY, baseUrl: simulator.url, stopOn };
  await cleanUp(runner.saved(), {
    runner,
    clock,
    http,
    connection,
    teller: SILENT,
    serverUrl: 'https://github.com',
  });
}

/** A start that takes longer than the step may. */
const TOO_SHORT = { message: 'simulate: long', 'timeout-seconds': '3', poll: 'true' };

describe('a start that was under way when the deadline passed', () => {
  test('is followed, and its agent stopped, with stop-on-timeout alone', async () => {
    await withSteps({ api: 'v1' }, async (steps) => {
      const { simulator, step } = steps;
      const late = await step({ ...TOO_SHORT, 'stop-on-timeout': 'true', 'stop-on-cancel': 'false' });
      expect(late.outcome.status).toBe('start-failed');
      await post(late, steps, { cancel: false, deadline: true });
      expect(simulator.conversations[0]?.state).toMatchObject({ sandbox: 'PAUSED' });
      expect(late.runner.log.join('\n')).toContain('The step was broken off, and the agent was paused');
    });
  });

  test('is left alone without stop-on-timeout', async () => {
    await withSteps({ api: 'v1' }, async (steps) => {
      const { step, requests } = steps;
      const late = await step({ ...TOO_SHORT, 'stop-on-cancel': 'true' });
      const before = requests().length;
      await post(late, steps, { cancel: true, deadline: false });
      expect(requests()).toHaveLength(before);
    });
  });
});

test('a start that was under way when the step was canceled is followed, and its agent stopped', async () => {
  await withSteps({ api: 'v1' }, async (steps) => {
    const { simulator, step } = steps;
    const cancelled = await step({ message: 'simulate: long', poll: 'true' }, 3);
    expect(cancelled.outcome.status).toBe('cancelled');
    await post(cancelled, steps, { cancel: true, deadline: false });
    expect(simulator.conversations[0]?.state).toMatchObject({ sandbox: 'PAUSED' });
  });
});
