import { describe, expect, test } from '@jest/globals';

import { isAtWork } from '../../simulator/server/at-work.ts';
import { FAULTS } from '../../testbed/faults.ts';
import { APP_SERVER_ALONE, play } from '../../testbed/play.ts';
import { leaks, REQUESTS, runCase, sampleOf } from './matrix.ts';

/** `npm run faults` runs all cases, and writes their results as a table. */
describe.each(REQUESTS.map((request) => [request.version, request.phase, request.name, request] as const))(
  '%s, %s: %s',
  (_version, _phase, _name, request) => {
    test.each(sampleOf(request).map((each) => [each.fault.name, each.rule.status, each] as const))(
      '%s: %s',
      async (_fault, _status, each) => {
        expect((await runCase(each)).wrong).toEqual([]);
      },
    );
  },
);

test('every request and every fault is in the sample', () => {
  const sample = REQUESTS.flatMap(sampleOf);
  expect(new Set(sample.map(({ request }) => request)).size).toBe(REQUESTS.length);
  expect(new Set(sample.map(({ fault }) => fault)).size).toBe(FAULTS.length);
});

describe.each([
  ['v1', '/api/v1/sandboxes/*/pause'],
  ['v0', '/api/conversations/*/stop'],
] as const)('%s: a deadline', (version, path) => {
  test.each(['true', 'false'])(
    'stops the agent even if the first attempt is lost, with stop-on-cancel: %s',
    async (stopOnCancel) => {
      const { outcome, left } = await play(
        'forever',
        version,
        { 'timeout-seconds': '60', 'stop-on-cancel': stopOnCancel },
        [{ method: 'POST', path, answer: { kind: 'reset' } }],
      );
      expect(outcome.status).toBe('timed-out');
      expect(left.filter(isAtWork)).toEqual([]);
    },
  );
});

test('V1: a cancel just before the agent begins in a shared sandbox stops the agent', async () => {
  const { outcome, left, neighbor } = await play('forever', 'v1', {}, [], {
    cancelAt: 6.6,
    neighbor: true,
    simulator: { sharedSandbox: true },
  });
  expect(outcome.status).toBe('cancelled');
  expect(left.filter(isAtWork)).toEqual([]);
  expect(neighbor && isAtWork(neighbor)).toBe(true);
});

test('V1: a cancel while the agent is in an unknown state stops the agent', async () => {
  const { outcome, left } = await play('unknown-status', 'v1', {}, [], { cancelAt: 14 });
  expect(outcome.status).toBe('cancelled');
  expect(left.map(({ state }) => state)).toEqual([expect.objectContaining({ sandbox: 'PAUSED' })]);
});

test('V1: a session key that the server reports only after the answer was read is in no file and no output', async () => {
  const ran = await play('hostile', 'v1', {}, [
    { method: 'GET', path: '/api/v1/conversation/*/events/search?*kind__eq=*', answer: { kind: 'hang' } },
  ]);
  expect(ran.outcome.status).toBe('finished');
  expect(ran.file).toContain('session ***');
  expect(leaks(ran)).toEqual([]);
});

describe('after an outage the next look comes', () => {
  /** Returns the longest times between two requests of an outage from 0:30 to 2:40, in its first minute and after that. */
  const longestGaps = async (inputs: Readonly<Record<string, string>>): Promise<readonly number[]> => {
    const { outcome, requests } = await play('long', 'v1', { ...inputs, 'timeout-seconds': '3600' }, [], {
      mishapOf: ({ at }) => (at >= 30 && at < 160 ? { answer: { kind: 'refused' } } : undefined),
      random: () => 0.999,
      simulator: APP_SERVER_ALONE,
    });
    expect(outcome.status).toBe('finished');
    const tries = requests.filter(({ mishap }) => mishap !== undefined).map(({ at }) => at);
    const back = requests.find(({ at }) => at >= 160)?.at ?? Infinity;
    const gaps = [...tries, back].map((at, index, all) => ({ from: all[index - 1] ?? at, at }));
    const longest = (some: typeof gaps): number => Math.max(...some.map(({ from, at }) => at - from));
    return [longest(gaps.filter(({ from }) => from < 85)), longest(gaps)];
  };

  test('within 15 s of its first minute, later within 30 s', async () => {
    const [first, later] = await longestGaps({});
    expect(first).toBeLessThanOrEqual(15);
    expect(later).toBeGreaterThan(15);
    expect(later).toBeLessThanOrEqual(30);
  });

  test('within poll-interval-seconds, if that is shorter', async () => {
    const [first, later] = await longestGaps({ 'poll-interval-seconds': '5' });
    expect(first).toBeLessThanOrEqual(5);
    expect(later).toBeLessThanOrEqual(5);
  });
});
