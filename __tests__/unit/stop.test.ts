import { describe, expect, test } from '@jest/globals';

import { ApiFailure, type ConversationApi, type Stop } from '../../src/conversation/api.ts';
import { Interruption } from '../../src/conversation/clock.ts';
import { stopAgent, type StopResult } from '../../src/conversation/stop.ts';
import { stagedApi } from '../support/api.ts';
import { rejection } from '../support/client.ts';
import { simulatedClock } from '../support/clock.ts';

interface Stopped {
  readonly stopResult: Promise<StopResult>;
  /** When the API was asked to stop the agent, in seconds. */
  readonly asked: readonly number[];
  /** Whether it was told that a message may be on its way. */
  readonly called: readonly (boolean | undefined)[];
}

/** Stops an agent within ten seconds, where the answer of the API is a matter of time. */
function stop(
  answerAt: (seconds: number, signal: AbortSignal) => Promise<Stop>,
  isCalled?: boolean,
  signal = new AbortController().signal,
): Stopped {
  const clock = simulatedClock();
  const asked: number[] = [];
  const called: (boolean | undefined)[] = [];
  const api: ConversationApi = {
    ...stagedApi(clock, []),
    stop: async (id, signal, messageMayCome) => {
      expect(id).toBe('abc');
      called.push(messageMayCome);
      asked.push(clock.now() / 1000);
      return answerAt(clock.now() / 1000, signal);
    },
  };
  const stopResult = stopAgent(api, 'abc', { clock, limitMs: 10_000, signal, hasPendingWork: isCalled });
  return { stopResult, asked, called };
}

describe('an agent whose step is over', () => {
  test.each(['stopped', 'not-running'] as const)('is %s if the server says so', async (kind) => {
    const { stopResult, asked } = stop(async () => Promise.resolve(kind));
    expect(await stopResult).toEqual({ kind });
    expect(asked).toEqual([0]);
  });

  test.each([
    [undefined, false],
    [true, true],
  ])('may have a message on its way only if that is said: %j', async (isCalled, expected) => {
    const { stopResult, called } = stop(async () => Promise.resolve('stopped'), isCalled);
    await stopResult;
    expect(called).toEqual([expected]);
  });

  test('is stopped as soon as the server lists it', async () => {
    const { stopResult, asked } = stop(async (seconds) =>
      Promise.resolve(seconds < 3 ? 'not-listed' : 'stopped'),
    );
    expect(await stopResult).toEqual({ kind: 'stopped' });
    expect(asked).toEqual([0, 1, 3]);
  });

  test('is given up if the server does not list it in time', async () => {
    const { stopResult, asked } = stop(async () => Promise.resolve('not-listed'));
    expect(await stopResult).toEqual({ kind: 'not-stopped', because: 'the server does not list it' });
    expect(asked.length).toBeLessThanOrEqual(10);
  });

  test('is stopped again until it has begun: told so before, it begins anyway', async () => {
    const { stopResult, asked } = stop(async (seconds) =>
      Promise.resolve(seconds < 2 ? 'not-begun' : 'stopped'),
    );
    expect(await stopResult).toEqual({ kind: 'stopped' });
    expect(asked).toEqual([0, 1, 3]);
  });

  test('is paused if it does not wake up in time: nobody knows whether it will', async () => {
    const { stopResult } = stop(async () => Promise.resolve('paused'));
    expect(await stopResult).toEqual({ kind: 'paused' });
  });

  test('is given up if it does not begin in time', async () => {
    const { stopResult } = stop(async () => Promise.resolve('not-begun'));
    expect(await stopResult).toEqual({ kind: 'not-stopped', because: 'it had not started yet' });
  });

  test('is given up as soon as the step has no more time for it', async () => {
    const late = new AbortController();
    const { stopResult, asked } = stop(
      async (seconds) => {
        if (seconds >= 3) late.abort(new Interruption('cancel'));
        return Promise.resolve('not-begun');
      },
      false,
      late.signal,
    );
    expect(await stopResult).toEqual({ kind: 'not-stopped', because: 'it had not started yet' });
    expect(asked).toEqual([0, 1, 3]);
  });

  test('is given up if the server does not answer in time', async () => {
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

  test('is tried to be stopped again if the API fails: one failure is not the end of it', async () => {
    const failure = new ApiFailure({ failedTo: 'pause the agent', because: 'HTTP 403: no', todo: 'ask' });
    const { stopResult, asked } = stop(async (seconds) =>
      seconds < 2 ? Promise.reject(failure) : Promise.resolve('stopped'),
    );
    expect(await stopResult).toEqual({ kind: 'stopped' });
    expect(asked).toEqual([0, 1, 3]);
  });

  test('is tried to be stopped again if the server wants to be asked after the deadline of the step', async () => {
    const late = new Interruption('deadline', 'HTTP 429, to be tried again in 9 s, after the deadline');
    const { stopResult } = stop(async (seconds) =>
      seconds < 2 ? Promise.reject(late) : Promise.resolve('stopped'),
    );
    expect(await stopResult).toEqual({ kind: 'stopped' });
  });

  test('is left alone if the API fails until the time is over, and the reason is told', async () => {
    const failure = new ApiFailure({ failedTo: 'pause the agent', because: 'HTTP 403: no', todo: 'ask' });
    const { stopResult } = stop(async () => Promise.reject(failure));
    expect(await stopResult).toEqual({ kind: 'not-stopped', because: 'HTTP 403: no' });
  });

  test('does not hide a mistake of our own', async () => {
    const mistake = new TypeError('a mistake');
    const { stopResult } = stop(async () => Promise.reject(mistake));
    expect(await rejection(stopResult)).toBe(mistake);
  });
});
