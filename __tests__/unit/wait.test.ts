import { describe, expect, test } from '@jest/globals';

import { ApiFailure } from '../../src/conversation/api.ts';
import { Interruption } from '../../src/conversation/clock.ts';
import type { AgentStep, Since, Snapshot, State } from '../../src/conversation/conversation.ts';
import type { ConversationEvent } from '../../src/conversation/events.ts';
import { type Scene } from '../support/api.ts';
import { simulatedClock } from '../support/clock.ts';
import { FINISHED, GONE, RUNNING, SAYS_FINISHED, shows, STOPPED, V0_RUNNING } from '../support/snapshots.ts';
import { CONVERSATION, wait } from '../support/wait.ts';

const FACTS = { pullRequests: [] };
const ACTIVE: State = { kind: 'active' };
const PAUSED = shows('sandbox paused', { kind: 'paused' }, 'on-change');

describe('the steps of the agent', () => {
  const at = (seconds: number): Scene => ({
    at: seconds,
    snapshot: { ...RUNNING, facts: { ...FACTS, costUsd: 0.1 } },
  });
  const step = (text: string): AgentStep => ({ kind: 'action', text });
  const stepsIn = (events: readonly ConversationEvent[]): readonly string[] =>
    events.flatMap((event) => (event.kind === 'steps' ? event.steps.map(({ text }) => text) : []));

  test('are emitted in order, each read behind the one before, and the last with the answer', async () => {
    const sinces: (Since | undefined)[] = [];
    const { events, api } = await wait([at(0), at(3), { at: 6, snapshot: FINISHED }], {
      change: (staged) => ({
        ...staged,
        steps: async (id, signal, since) => {
          await staged.steps(id, signal, since);
          sinces.push(since);
          return sinces.length === 1
            ? { steps: [step('one'), step('two')], isCut: false, cursor: 'e2' }
            : { steps: [step('three')], isCut: true, cursor: 'e3' };
        },
        result: async (id, signal, since) => {
          sinces.push(since);
          return { ...(await staged.result(id, signal)), steps: { steps: [step('four')], isCut: false } };
        },
      }),
    });
    expect(stepsIn(events)).toEqual(['one', 'two', 'three', 'four']);
    expect(sinces).toEqual([{}, { cursor: 'e2' }, { cursor: 'e3' }]);
    expect(events.filter((event) => event.kind === 'steps' && event.isCut)).toHaveLength(1);
    expect(api.calls.steps).toHaveLength(2);
  });

  test('that cannot be read cause one event, are read again as seldom as others, and change nothing else', async () => {
    const broken = new ApiFailure({ failedTo: 'read the events', because: 'HTTP 500', todo: 'wait' });
    const { ended, events, api } = await wait(
      [...Array.from({ length: 100 }, (_, index) => at(index * 2)), { at: 200, snapshot: FINISHED }],
      {
        change: (staged) => ({
          ...staged,
          steps: async (...parameters) => {
            await staged.steps(...parameters);
            throw broken;
          },
        }),
      },
    );
    expect(ended).toMatchObject({ status: 'finished', result: { answer: 'done' } });
    expect(events.filter(({ kind }) => kind === 'steps-unreadable')).toEqual([
      { kind: 'steps-unreadable', conversation: CONVERSATION, problem: broken.problem },
    ]);
    expect(api.calls.steps.length).toBeLessThanOrEqual(9);
  });

  test('that never arrive delay the wait by ten seconds at most', async () => {
    const clock = simulatedClock();
    const { ended, endedAt, events } = await wait([at(0), { at: 5, snapshot: FINISHED }], {
      clock,
      change: (staged) => ({
        ...staged,
        steps: async (_, signal) => {
          await clock.sleep(Number.POSITIVE_INFINITY, signal);
          throw new Error('an eternity has passed');
        },
      }),
    });
    expect(ended?.status).toBe('finished');
    expect(endedAt).toBeLessThanOrEqual(13);
    expect(events.find(({ kind }) => kind === 'steps-unreadable')).toMatchObject({
      kind: 'steps-unreadable',
      conversation: CONVERSATION,
      problem: {
        failedTo: 'read the steps of the agent',
        because: 'no complete answer within 10 s',
        todo: 'watch the agent in the conversation',
      },
    });
  });
});

test('the cost does not go down if the server forgets it for a while', async () => {
  const costing = (costUsd: number): Snapshot => ({
    ...RUNNING,
    facts: { ...FACTS, costUsd, tokens: { input: costUsd * 1000, cached: 0, output: 0 } },
  });
  const { ended, events } = await wait([
    { at: 0, snapshot: costing(0.2) },
    { at: 10, snapshot: costing(0) },
    { at: 100, snapshot: { ...FINISHED, facts: { ...FACTS, costUsd: 0 } } },
  ]);
  const costs = events.flatMap((event) => (event.kind === 'current-state' ? [event.facts.costUsd] : []));
  expect(new Set(costs)).toEqual(new Set([0.2]));
  expect(ended).toMatchObject({ facts: { costUsd: 0.2, tokens: { input: 200 } } });
});

test('a long wait for the next poll emits progress each minute', async () => {
  const { events, eventTimes, api } = await wait(
    [
      { at: 0, snapshot: { ...RUNNING, facts: { ...FACTS, costUsd: 0.2 } } },
      { at: 14_400, snapshot: FINISHED },
    ],
    { longestSeconds: 600 },
  );
  const silences = eventTimes.slice(1).map((time, index) => time - (eventTimes[index] ?? 0));
  expect(Math.max(...silences)).toBeCloseTo(60, 6);
  expect(api.calls.look.length).toBeLessThan(150);
  const signs = events.filter(({ kind }) => kind === 'current-state');
  expect(signs.length).toBeGreaterThan(200);
  for (const sign of signs) {
    expect(sign).toEqual({
      kind: 'current-state',
      conversation: CONVERSATION,
      phase: 'agent running',
      state: 'active',
      facts: { ...FACTS, costUsd: 0.2 },
    });
  }
});

describe('an end that the status hides', () => {
  test('is found in late events, which are read again after a minute', async () => {
    const { ended, api, endedAt } = await wait([
      { at: 0, snapshot: PAUSED },
      { at: 30, snapshot: PAUSED, storedState: SAYS_FINISHED },
    ]);
    expect(ended?.status).toBe('finished');
    expect(api.calls.stored).toHaveLength(2);
    expect(endedAt).toBeLessThanOrEqual(66);
  });

  test('is not assumed during a real pause, which causes one event and one read of events a minute', async () => {
    const { ended, api, events } = await wait([
      { at: 0, snapshot: PAUSED, storedState: { phase: 'agent running', state: ACTIVE } },
      { at: 3600, snapshot: FINISHED },
    ]);
    expect(ended?.status).toBe('finished');
    expect(api.calls.stored.length).toBeGreaterThan(35);
    expect(api.calls.stored.length).toBeLessThanOrEqual(61);
    expect(events.filter(({ kind }) => kind === 'paused')).toHaveLength(1);
  });

  test('is found although the agent has been unreachable for long', async () => {
    const unreachable = shows('sandbox running', ACTIVE, 'on-change');
    const { ended, endedAt } = await wait([
      { at: 0, snapshot: RUNNING },
      { at: 20, snapshot: unreachable, storedState: { phase: 'agent running', state: ACTIVE } },
      { at: 600, snapshot: unreachable, storedState: SAYS_FINISHED },
    ]);
    expect(ended?.status).toBe('finished');
    expect(endedAt).toBeLessThan(600 + 60 + 33);
  });

  test('is found behind a sandbox that is gone', async () => {
    const { ended } = await wait([
      { at: 0, snapshot: RUNNING },
      { at: 60, snapshot: GONE, storedState: SAYS_FINISHED },
    ]);
    expect(ended?.status).toBe('finished');
  });
});

describe('a state in doubt', () => {
  test('lasts a minute from the last time that the conversation was listed', async () => {
    const { ended, endedAt } = await wait([
      { at: 0, snapshot: GONE },
      { at: 50, snapshot: RUNNING },
      { at: 70, snapshot: GONE },
      { at: 200, snapshot: FINISHED },
    ]);
    expect(ended?.status).toBe('missing');
    expect(endedAt).toBeGreaterThanOrEqual(130);
  });

  test('does not end the wait if V0 shows STOPPED before the agent was at work', async () => {
    const { ended } = await wait([
      { at: 0, snapshot: STOPPED },
      { at: 20, snapshot: V0_RUNNING },
      { at: 40, snapshot: V0_RUNNING, storedState: SAYS_FINISHED },
    ]);
    expect(ended?.status).toBe('finished');
  });

  test('ends the wait at once if V0 shows STOPPED after the agent was at work', async () => {
    const { ended, endedAt } = await wait([
      { at: 0, snapshot: V0_RUNNING },
      { at: 40, snapshot: STOPPED },
    ]);
    expect(ended?.status).toBe('stopped');
    expect(endedAt).toBeLessThan(45);
  });

  test('ends the wait if V0 shows STOPPED for a minute without the agent at work', async () => {
    const { ended, endedAt } = await wait([{ at: 0, snapshot: STOPPED }]);
    expect(ended?.status).toBe('stopped');
    expect(endedAt).toBeGreaterThanOrEqual(60);
  });
});

test('an unrecognized state causes one event, however often it comes back', async () => {
  const strange = shows('agent dreaming', { kind: 'unrecognized' });
  const { events } = await wait([
    ...[0, 40, 80, 120].flatMap((at) => [
      { at, snapshot: strange },
      { at: at + 20, snapshot: RUNNING },
    ]),
    { at: 200, snapshot: FINISHED },
  ]);
  expect(events.filter(({ kind }) => kind === 'unrecognized')).toHaveLength(1);
});

describe('the answer', () => {
  test('is read before the facts, which come from the same late events', async () => {
    const { ended } = await wait(
      [
        { at: 0, snapshot: RUNNING },
        { at: 10, snapshot: { ...FINISHED, facts: { ...FACTS, costUsd: 0.1 } } },
      ],
      {
        change: (api) => ({
          ...api,
          result: async (id, signal) => {
            const result = await api.result(id, signal);
            api.facts({ ...FACTS, costUsd: 0.42 });
            return result;
          },
        }),
      },
    );
    expect(ended).toMatchObject({ facts: { costUsd: 0.42 } });
  });

  test('is awaited no longer than events can be late', async () => {
    const { ended, endedAt, events } = await wait([{ at: 0, snapshot: FINISHED }], {
      result: () => ({ complete: false, answer: 'so far' }),
    });
    expect(ended).toMatchObject({ result: { answer: 'so far' } });
    expect(endedAt).toBeLessThanOrEqual(41);
    expect(events).toContainEqual({
      kind: 'answer-incomplete',
      conversation: CONVERSATION,
      because: 'its last events had not arrived 40 s after the end',
    });
  });

  test('is not awaited from a sandbox that is gone, which sends no more events', async () => {
    const { ended, endedAt } = await wait(
      [{ at: 0, snapshot: shows('sandbox error', { kind: 'ended', ending: 'error' }, 'on-change') }],
      { result: () => ({ complete: false, answer: 'so far' }) },
    );
    expect(ended).toMatchObject({ status: 'error', result: { answer: 'so far' } });
    expect(endedAt).toBe(0);
  });

  test('that is interrupted by a cancel ends the wait as canceled', async () => {
    const controller = new AbortController();
    const { error } = await wait([{ at: 0, snapshot: FINISHED }], {
      cancelled: controller.signal,
      result: () => {
        controller.abort(new Interruption('cancel'));
        return { complete: false };
      },
    });
    expect(error).toEqual(new Interruption('cancel'));
  });
});
