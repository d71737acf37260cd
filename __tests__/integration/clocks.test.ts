import { describe, expect, test } from '@jest/globals';

import { isAtWork } from '../../simulator/server/at-work.ts';
import type { SimulatorOptions } from '../../simulator/server/server-options.ts';
import type { Scenario } from '../../simulator/server/timeline.ts';
import { post } from '../../testbed/post.ts';
import type { Step, Steps } from '../../testbed/steps.ts';
import { openSteps } from '../support/open-steps.ts';

const KEYED = { message: 'Work on issue 12', 'idempotency-key': 'issue-12', poll: 'true' };
const START = { method: 'POST', path: '/api/v1/app-conversations' } as const;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** A start that is ready after some seconds, and whose conversation is listed later. */
function readyAt(seconds: number, listedAt: number): Scenario {
  return {
    about: 'a conversation that is listed late',
    start: [
      { at: 0, start: 'accepted', presence: 'hidden', box: 'starting', agent: 'idle' },
      { at: seconds, start: 'ready', box: 'running' },
      { at: listedAt, presence: 'shown' },
    ],
    work: [
      { at: 1, agent: 'working' },
      { at: 60, agent: 'finished' },
    ],
  };
}

/** A start that takes a minute. */
const SLOW: Scenario = {
  about: 'a slow start',
  start: [
    { at: 0, start: 'accepted', presence: 'hidden', box: 'starting', agent: 'idle' },
    { at: 60, start: 'ready', presence: 'shown', box: 'running' },
  ],
  work: [
    { at: 1, agent: 'working' },
    { at: 30, agent: 'finished' },
  ],
};

/** Makes all answers of a server have another `Date`: a text, or a time that is wrong by a number of seconds. */
function dated(date: string | number, more: SimulatorOptions['faults'] & {} = []): SimulatorOptions {
  return { api: 'v1', faults: [...more, { path: '*', times: Infinity, answer: { kind: 'date', date } }] };
}

/** Starts a step with the key and, after some seconds, another. */
async function oneAfterTheOther(steps: Steps, seconds: number): Promise<readonly [Step, Step]> {
  const first = steps.step(KEYED);
  await Promise.race([steps.arrival(`POST ${START.path}`), first]);
  await steps.clock.sleep(seconds * 1000, new AbortController().signal);
  const second = await steps.step(KEYED);
  return [await first, second];
}

const startsOf = ({ requests }: Steps): number =>
  requests().filter((each) => each === `POST ${START.path}`).length;

describe('a server whose `Date` is two minutes ahead', () => {
  test('gets one start for a key whose conversation is ready, but not listed yet', async () => {
    const steps = await openSteps({ ...dated(120), scenario: readyAt(3, 7) });
    const both = await oneAfterTheOther(steps, 4);
    expect(startsOf(steps)).toBe(1);
    expect(both.map(({ outcome }) => outcome.status)).toEqual(['finished', 'finished']);
    expect(both.map(({ runner }) => runner.outputs['reused'])).toEqual(['false', 'true']);
  });

  test('has a minute to list the conversation of a start that a step has seen become ready', async () => {
    const steps = await openSteps({ ...dated(120), scenario: readyAt(3, 33) });
    const { outcome } = await steps.step(KEYED);
    expect(outcome.status).toBe('finished');
    expect(startsOf(steps)).toBe(1);
  });

  test('gets no second start of an id whose first is ready, but not listed: the next of the key, and one agent works', async () => {
    const lost = { ...START, when: 'after', answer: { kind: 'reset' } } as const;
    const steps = await openSteps({ ...dated(120, [lost]), scenario: readyAt(0.5, 30) });
    const { outcome } = await steps.step({ ...KEYED, 'timeout-seconds': '30' });
    expect(outcome.status).toBe('timed-out');
    const ids = steps.simulator.requests
      .filter(({ method, path }) => method === 'POST' && path === START.path)
      .map(({ body }) => /"conversation_id":"([^"]+)"/.exec(body)?.[1]);
    expect(new Set(ids).size).toBe(ids.length);
    expect(steps.simulator.conversations.filter(isAtWork)).toEqual([]);
  });

  test('gets no start from a run that was told to wait, and then finds the start of another run', async () => {
    const full = { kind: 'status', status: 429, headers: { 'retry-after': '20' }, body: '{}' } as const;
    const steps = await openSteps({ ...dated(120, [{ ...START, answer: full }]), scenario: readyAt(1, 5) });
    const first = steps.step(KEYED);
    await steps.arrival(`POST ${START.path}`);
    // Just before the first asks again.
    await steps.clock.sleep(30_000, new AbortController().signal);
    const second = await steps.step(KEYED);
    expect([(await first).outcome.status, second.outcome.status]).toEqual(['finished', 'finished']);
    // The refused one, and the one that was accepted.
    expect(startsOf(steps)).toBe(2);
  });
});

/** A time whose half hour before does not exist. */
const FIRST_TIME = '-271821-04-20T00:00:00.000Z';

describe.each<[string, SimulatorOptions, number]>([
  ['whose `Date` is no time', dated('soon'), 0],
  ['whose `Date` is the first that there is', dated(FIRST_TIME), 0],
  ['whose `Date` is the last that there is', dated('Sat, 13 Sep 275760 00:00:00 GMT'), 0],
  ['of a runner that is two days ahead', { api: 'v1' }, 2 * DAY_MS],
  ['of a runner that is two days behind', { api: 'v1' }, -2 * DAY_MS],
])('a server %s', (_, options, aheadMs) => {
  test('gets one start for a key, also if that takes long', async () => {
    const steps = await openSteps({ ...options, scenario: SLOW }, { aheadMs });
    const both = await oneAfterTheOther(steps, 20);
    expect(startsOf(steps)).toBe(1);
    expect(both.map(({ outcome }) => outcome.status)).toEqual(['finished', 'finished']);
    expect(both.map(({ runner }) => runner.outputs['reused'])).toEqual(['false', 'true']);
  });

  test('has the agent paused after a cancel during the start', async () => {
    const steps = await openSteps({ ...options, scenario: SLOW }, { aheadMs });
    const cancelled = await steps.step(KEYED, 20);
    expect(cancelled.outcome.status).toBe('cancelled');
    const date = (): Date => new Date(steps.clock.date().getTime() + aheadMs);
    await post(cancelled, { ...steps, clock: { ...steps.clock, date } });
    expect(steps.simulator.conversations.map(isAtWork)).toEqual([false]);
  });
});

test.each<[string, SimulatorOptions, number]>([
  ['the runner is 45 min ahead of a server that tells no time', dated(''), 45 * MINUTE_MS],
  ['the `Date` of the server is 45 min ahead', dated(45 * 60), 0],
  ['both are 45 min ahead', dated(45 * 60), 45 * MINUTE_MS],
])(
  'a start without a key whose answer is lost is asked for once, although %s',
  async (_, options, aheadMs) => {
    const lost = { ...START, when: 'after', answer: { kind: 'reset' } } as const;
    const faults = [lost, ...(options.faults ?? [])];
    const steps = await openSteps({ ...options, faults, scenario: SLOW }, { aheadMs });
    const { outcome } = await steps.step({ message: 'Work on issue 12', poll: 'true' });
    expect(startsOf(steps)).toBe(1);
    expect(outcome.status).toBe('finished');
    expect(steps.simulator.conversations).toHaveLength(1);
  },
);
