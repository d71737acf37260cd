import { expect, test } from '@jest/globals';

import type { StopAnswer } from '../../src/port/api.ts';
import { Interruption } from '../../src/port/interruption.ts';
import { stopAgent, type StopResult } from '../../src/session/stop.ts';
import { simulatedClock } from '../../testbed/clock.ts';
import { stagedApi } from '../support/api.ts';

const never = new AbortController().signal;
const LATE = new Interruption('deadline', 'HTTP 429, to be tried again in 9 s, after the deadline');

test.each<[string, (StopAnswer | Interruption)[], StopResult]>([
  ['is deferred until after the deadline of the step is tried again', [LATE, 'stopped'], { kind: 'stopped' }],
  [
    'finds the agent paused before its message or a resume has arrived is tried again, because the agent works then',
    ['paused', 'paused', 'stopped'],
    { kind: 'stopped' },
  ],
  [
    'does not find the agent in ten seconds fails',
    ['not-listed'],
    { kind: 'not-stopped', because: 'the server does not list the conversation' },
  ],
])('a stop that %s', async (_, answers, result) => {
  const stop = async (): Promise<StopAnswer> => {
    const answer = (answers.length > 1 ? answers.shift() : answers[0]) ?? LATE;
    return answer instanceof Interruption ? Promise.reject(answer) : Promise.resolve(answer);
  };
  const options = { clock: simulatedClock(), limitMs: 10_000, signal: never };
  const stopped = stopAgent({ ...stagedApi(), stop }, 'abc', { ...options, pendingWork: undefined });
  expect(await stopped).toEqual(result);
});
