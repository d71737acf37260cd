import { describe, expect, test } from '@jest/globals';

import type { ConversationApi, Stop } from '../../src/conversation/api.ts';
import { Interruption } from '../../src/conversation/clock.ts';
import { stopAgent, type StopResult } from '../../src/conversation/stop.ts';
import { stagedApi } from '../support/api.ts';
import { simulatedClock } from '../support/clock.ts';

interface Stopped {
  readonly stopResult: Promise<StopResult>;
  /** When the API was asked to stop the agent, in seconds. */
  readonly requests: readonly number[];
}

/** Stops an agent within ten seconds. The API gives these answers in order, and the last one again and again. */
function stop(...answers: readonly (Stop | Interruption)[]): Stopped {
  const clock = simulatedClock();
  const requests: number[] = [];
  const api: ConversationApi = {
    ...stagedApi(clock, []),
    stop: async (id) => {
      expect(id).toBe('abc');
      const answer = answers[requests.length] ?? answers.at(-1) ?? 'stopped';
      requests.push(clock.now() / 1000);
      return answer instanceof Interruption ? Promise.reject(answer) : Promise.resolve(answer);
    },
  };
  const { signal } = new AbortController();
  const stopResult = stopAgent(api, 'abc', { clock, limitMs: 10_000, signal, hasPendingWork: undefined });
  return { stopResult, requests };
}

describe('stopping an agent', () => {
  test('fails if the server does not list the agent in time', async () => {
    const { stopResult, requests } = stop('not-listed');
    expect(await stopResult).toEqual({ kind: 'not-stopped', because: 'the server does not list it' });
    expect(requests.length).toBeLessThanOrEqual(10);
  });

  test('returns paused if the sandbox does not start in time, because it may still start', async () => {
    const { stopResult } = stop('paused');
    expect(await stopResult).toEqual({ kind: 'paused' });
  });

  test('is tried again if the server defers it until after the deadline of the step', async () => {
    const late = new Interruption('deadline', 'HTTP 429, to be tried again in 9 s, after the deadline');
    const { stopResult } = stop(late, 'stopped');
    expect(await stopResult).toEqual({ kind: 'stopped' });
  });
});
