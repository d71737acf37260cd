import { describe, expect, test } from '@jest/globals';

import { type ConversationApi, type Stop } from '../../src/conversation/api.ts';
import { Interruption } from '../../src/conversation/clock.ts';
import { stopAgent, type StopResult } from '../../src/conversation/stop.ts';
import { stagedApi } from '../support/api.ts';
import { simulatedClock } from '../support/clock.ts';

interface Stopped {
  readonly stopResult: Promise<StopResult>;
  /** When the API was asked to stop the agent, in seconds. */
  readonly requests: readonly number[];
}

/** Stops an agent within ten seconds. The answer of the API changes over time. */
function stop(
  answerAt: (seconds: number, signal: AbortSignal) => Promise<Stop>,
  hasPendingWork?: boolean,
  signal = new AbortController().signal,
): Stopped {
  const clock = simulatedClock();
  const requests: number[] = [];
  const api: ConversationApi = {
    ...stagedApi(clock, []),
    stop: async (id, signal) => {
      expect(id).toBe('abc');
      requests.push(clock.now() / 1000);
      return answerAt(clock.now() / 1000, signal);
    },
  };
  const stopResult = stopAgent(api, 'abc', { clock, limitMs: 10_000, signal, hasPendingWork });
  return { stopResult, requests };
}

describe('stopping an agent', () => {
  test('succeeds as soon as the server lists the agent', async () => {
    const { stopResult, requests } = stop(async (seconds) =>
      Promise.resolve(seconds < 3 ? 'not-listed' : 'stopped'),
    );
    expect(await stopResult).toEqual({ kind: 'stopped' });
    expect(requests).toEqual([0, 1, 3]);
  });

  test('fails if the server does not list the agent in time', async () => {
    const { stopResult, requests } = stop(async () => Promise.resolve('not-listed'));
    expect(await stopResult).toEqual({ kind: 'not-stopped', because: 'the server does not list it' });
    expect(requests.length).toBeLessThanOrEqual(10);
  });

  test('is repeated until the agent has begun, because a stop before that has no effect', async () => {
    const { stopResult, requests } = stop(async (seconds) =>
      Promise.resolve(seconds < 2 ? 'not-begun' : 'stopped'),
    );
    expect(await stopResult).toEqual({ kind: 'stopped' });
    expect(requests).toEqual([0, 1, 3]);
  });

  test('returns paused if the sandbox does not start in time, because it may still start', async () => {
    const { stopResult } = stop(async () => Promise.resolve('paused'));
    expect(await stopResult).toEqual({ kind: 'paused' });
  });

  test('fails if the agent does not begin in time', async () => {
    const { stopResult } = stop(async () => Promise.resolve('not-begun'));
    expect(await stopResult).toEqual({ kind: 'not-stopped', because: 'it had not started yet' });
  });

  test('fails as soon as the step has no more time', async () => {
    const late = new AbortController();
    const { stopResult, requests } = stop(
      async (seconds) => {
        if (seconds >= 3) late.abort(new Interruption('cancel'));
        return Promise.resolve('not-begun');
      },
      false,
      late.signal,
    );
    expect(await stopResult).toEqual({ kind: 'not-stopped', because: 'it had not started yet' });
    expect(requests).toEqual([0, 1, 3]);
  });

  test('fails if the server does not answer in time', async () => {
    const { stopResult } = stop(
      async (_, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            reject(signal.reason instanceof Error ? signal.reason : new Error('no reason'));
          });
        }),
    );
    expect(await stopResult).toEqual({ kind: 'not-stopped', because: 'the server did not answer in time' });
  });

  test('is tried again if the server defers it until after the deadline of the step', async () => {
    const late = new Interruption('deadline', 'HTTP 429, to be tried again in 9 s, after the deadline');
    const { stopResult } = stop(async (seconds) =>
      seconds < 2 ? Promise.reject(late) : Promise.resolve('stopped'),
    );
    expect(await stopResult).toEqual({ kind: 'stopped' });
  });
});
