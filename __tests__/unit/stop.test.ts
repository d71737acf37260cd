import { expect, test } from '@jest/globals';

import { Interruption } from '../../src/conversation/clock.ts';
import { stopAgent } from '../../src/conversation/stop.ts';
import { stagedApi } from '../support/api.ts';
import { simulatedClock } from '../support/clock.ts';

test('a stop that the server defers until after the deadline of the step is tried again', async () => {
  const late = new Interruption('deadline', 'HTTP 429, to be tried again in 9 s, after the deadline');
  const answers = [async () => Promise.reject(late), async () => Promise.resolve('stopped' as const)];
  const stop = async (): Promise<'stopped'> => answers.shift()?.() ?? Promise.reject(new Error('once more'));
  const options = { clock: simulatedClock(), limitMs: 10_000, signal: new AbortController().signal };
  const stopped = stopAgent({ ...stagedApi(), stop }, 'abc', { ...options, hasPendingWork: undefined });
  expect(await stopped).toEqual({ kind: 'stopped' });
});
