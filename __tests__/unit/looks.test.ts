import { describe, expect, test } from '@jest/globals';

import { ApiFailure } from '../../src/conversation/api.ts';
import { Interruption } from '../../src/conversation/clock.ts';
import type { AgentStep, MessageCursor, Snapshot } from '../../src/conversation/conversation.ts';
import type { ConversationEvent } from '../../src/conversation/events.ts';
import type { Outcome } from '../../src/conversation/outcome.ts';
import { waitForEnd } from '../../src/conversation/wait.ts';
import { type Scene, type StagedApi, stagedApi } from '../support/api.ts';
import { simulatedClock } from '../support/clock.ts';
import { FINISHED, GONE, RUNNING, SAYS_FINISHED, STOPPED, V0_RUNNING } from '../support/snapshots.ts';
import { CONVERSATION, EACH_MINUTE, wait, type Waited } from '../support/wait.ts';

const FACTS = { pullRequests: [] };
const PAUSED: Snapshot = { phase: 'sandbox paused', state: { kind: 'paused' }, consult: 'on-change' };
const BROKEN = new ApiFailure({ failedTo: 'read the events', because: 'HTTP 500', todo: 'wait' });

describe('a single poll', () => {
  /** Polls a conversation once. The first poll shows the beginning of the script. */
  async function look(
    script: readonly Scene[],
    steps: readonly AgentStep[] = [],
  ): Promise<{
    readonly ended: Outcome | undefined;
    readonly seconds: number;
    readonly api: StagedApi;
    readonly events: readonly ConversationEvent[];
  }> {
    const clock = simulatedClock();
    const staged = stagedApi(clock, script);
    const api: StagedApi = {
      ...staged,
      stored: async (...parameters) => ({
        ...(await staged.stored(...parameters)),
        steps: { steps, isCut: false },
      }),
    };
    const events: ConversationEvent[] = [];
    const outcome = await waitForEnd(
      { conversation: CONVERSATION },
      {
        startedAt: 0,
        onPaused: 'fail',
        poll: false,
        api,
        clock,
        pace: { longestMs: 600_000, random: () => 0.5 },
        deadlineAt: 3_600_000,
        signal: new AbortController().signal,
        emit: (event) => {
          events.push(event);
        },
      },
    );
    const ended = outcome.status === 'running' ? undefined : outcome;
    return { ended, seconds: clock.now() / 1000, api, events };
  }

  test.each([RUNNING, PAUSED, { ...RUNNING, state: { kind: 'unrecognized' } as const }])(
    'returns at once if the conversation continues: %j',
    async (snapshot) => {
      const { ended, seconds, api } = await look([{ at: 0, snapshot }]);
      expect(ended).toBeUndefined();
      expect(seconds).toBe(0);
      expect(api.calls.look).toEqual([0]);
    },
  );

  test('does not resume a paused conversation', async () => {
    const { events } = await look([{ at: 0, snapshot: PAUSED }]);
    expect(events.map(({ kind }) => kind)).toEqual(['phase', 'paused']);
  });

  test('emits no earlier steps of an agent that continues', async () => {
    const { events } = await look([{ at: 0, snapshot: V0_RUNNING }], [{ kind: 'action', text: 'a step' }]);
    expect(events.map(({ kind }) => kind)).toEqual(['phase', 'at-work']);
  });

  test('returns the end with its answer if the conversation has ended', async () => {
    const { ended, seconds } = await look([{ at: 0, snapshot: FINISHED }]);
    expect(ended).toMatchObject({ status: 'finished', result: { answer: 'done' } });
    expect(seconds).toBe(0);
  });

  test('of a state in doubt is repeated for a minute at most', async () => {
    const { ended, seconds } = await look([{ at: 0, snapshot: GONE }]);
    expect(ended?.status).toBe('missing');
    expect(seconds).toBeCloseTo(60, 2);
  });

  test('of a state in doubt is repeated until the agent is seen at work', async () => {
    const { ended, seconds } = await look([
      { at: 0, snapshot: GONE },
      { at: 20, snapshot: RUNNING },
    ]);
    expect(ended).toBeUndefined();
    expect(seconds).toBeLessThan(25);
  });
});

describe('the end of a follow-up', () => {
  const CURSOR: MessageCursor = { lastMessage: 'the message before' };

  test('is not the end of the message before it', async () => {
    const cursors: (MessageCursor | undefined)[] = [];
    const { ended, endedAt } = await wait([{ at: 0, snapshot: FINISHED }], {
      messageCursor: CURSOR,
      change: (api) => ({
        ...api,
        result: async (id, signal, since) => {
          cursors.push(since?.messageCursor);
          const { complete } = await api.result(id, signal, since);
          return { complete: complete && (api.calls.result.at(-1) ?? 0) >= 20, answer: 'the new one' };
        },
      }),
    });
    expect(ended).toMatchObject({ status: 'finished', result: { answer: 'the new one' } });
    expect(endedAt).toBeGreaterThanOrEqual(20);
    expect(endedAt).toBeLessThan(25);
    expect(new Set(cursors)).toEqual(new Set([CURSOR]));
  });

  test('is any end after the agent was seen at work', async () => {
    const { ended, endedAt } = await wait(
      [
        { at: 0, snapshot: RUNNING },
        { at: 5, snapshot: { ...FINISHED, consult: 'on-change' } },
      ],
      { messageCursor: CURSOR, result: () => ({ complete: false }) },
    );
    expect(ended?.status).toBe('finished');
    expect(endedAt).toBeLessThan(10);
  });

  test('is an error if the agent did not begin within a minute, to the second', async () => {
    const { ended, endedAt } = await wait([{ at: 0, snapshot: FINISHED }], {
      messageCursor: CURSOR,
      startedAt: -60,
      result: () => ({ complete: false, awaitsMessage: true }),
    });
    expect(ended?.status).toBe('error');
    expect(endedAt).toBe(40);
  });

  test.each([0, -30])(
    'is an error if the agent did not begin within a minute after a message sent at %d s',
    async (startedAt) => {
      const { ended, endedAt } = await wait([{ at: 0, snapshot: FINISHED }], {
        messageCursor: CURSOR,
        startedAt,
        result: () => ({ complete: false, awaitsMessage: true }),
      });
      expect(ended?.status).toBe('error');
      expect(endedAt - startedAt).toBeGreaterThanOrEqual(60);
      // The answer is looked for, but never arrives.
      expect(endedAt - startedAt).toBeLessThan(105);
    },
  );

  test.each([
    ['is gone', GONE, 'missing'],
    [
      'has a sandbox that is broken',
      { ...GONE, phase: 'sandbox error', state: { kind: 'doubtful', ending: 'error' } },
      'error',
    ],
  ] as const)(
    'is that of a conversation which %s for a minute, whatever the events say',
    async (_, snapshot, status) => {
      const { ended, endedAt, api } = await wait([{ at: 0, snapshot }], {
        messageCursor: CURSOR,
        result: () => ({ complete: false }),
      });
      expect(ended?.status).toBe(status);
      expect(endedAt).toBeCloseTo(60, 2);
      expect(api.calls.look.length).toBeLessThan(40);
    },
  );

  test('is not taken from an agent that could not be reached in between, because it may be the end before', async () => {
    const { ended, endedAt } = await wait(
      [
        { at: 0, snapshot: { ...RUNNING, phase: 'sandbox running', consult: 'on-change' } },
        { at: 4, snapshot: FINISHED },
      ],
      { messageCursor: CURSOR, result: (seconds) => ({ complete: seconds >= 20 }) },
    );
    expect(ended?.status).toBe('finished');
    expect(endedAt).toBeGreaterThanOrEqual(20);
  });

  test('counts after the agent was seen at work, even if it was resumed since and its last events are lost', async () => {
    const { ended, endedAt } = await wait(
      [
        { at: 0, snapshot: RUNNING },
        { at: 4, snapshot: PAUSED },
        { at: 6, snapshot: FINISHED },
      ],
      { messageCursor: CURSOR, onPaused: 'resume', result: () => ({ complete: false }) },
    );
    expect(ended?.status).toBe('finished');
    expect(endedAt).toBeLessThan(60);
  });

  test('is awaited if the message is stored without an end behind it, because the agent has not begun', async () => {
    const { ended, error } = await wait([{ at: 0, snapshot: FINISHED }], {
      messageCursor: CURSOR,
      timeoutSeconds: 300,
      result: () => ({ complete: false }),
    });
    expect(ended).toBeUndefined();
    expect(error).toEqual(new Interruption('deadline'));
  });

  test('is looked for again if the events could not be read', async () => {
    const { ended, endedAt } = await wait([{ at: 0, snapshot: FINISHED }], {
      messageCursor: CURSOR,
      change: (api) => ({
        ...api,
        result: async (id, signal) => {
          const result = await api.result(id, signal);
          if ((api.calls.result.at(-1) ?? 0) < 10) throw BROKEN;
          return result;
        },
      }),
    });
    expect(ended?.status).toBe('finished');
    expect(endedAt).toBeGreaterThanOrEqual(10);
    expect(endedAt).toBeLessThan(15);
  });

  test('does not hide a programming error', async () => {
    const mistake = new TypeError('a mistake');
    const { error, endedAt } = await wait([{ at: 0, snapshot: FINISHED }], {
      messageCursor: CURSOR,
      change: (api) => ({ ...api, result: async () => Promise.reject(mistake) }),
    });
    expect(error).toBe(mistake);
    expect(endedAt).toBe(0);
  });
});

describe('the time of the next poll', () => {
  test('depends on the age of an old conversation', async () => {
    const { api } = await wait([{ at: 0, snapshot: RUNNING }], {
      startedAt: -3600,
      longestSeconds: 600,
      timeoutSeconds: 200,
    });
    expect(api.calls.look).toEqual([0, 180, 198]);
  });

  test('is the end of the doubt if that comes before the paced poll: after exactly a minute', async () => {
    const { ended, endedAt } = await wait([{ at: 0, snapshot: GONE }], {
      startedAt: -36_000,
      longestSeconds: 600,
    });
    expect(ended?.status).toBe('missing');
    expect(endedAt).toBe(60);
  });

  test('is the paced poll if that comes before the end of the doubt', async () => {
    const { api } = await wait([
      { at: 0, snapshot: STOPPED },
      { at: 5, snapshot: FINISHED },
    ]);
    expect(api.calls.look.slice(0, 4)).toEqual([0, 2, 4, 6]);
  });
});

describe('stored events', () => {
  test('decide if the status never shows the end, and the wait fails if they cannot be read', async () => {
    const { ended } = await wait([{ at: 0, snapshot: V0_RUNNING }], {
      change: (api) => ({ ...api, stored: async () => Promise.reject(BROKEN) }),
    });
    expect(ended).toMatchObject({ status: 'unreachable', problem: { because: 'HTTP 500' } });
  });

  test('give the phase if the status never shows it', async () => {
    const storedState = { phase: 'agent paused', state: { kind: 'paused' } } as const;
    const { events } = await wait([{ at: 0, snapshot: V0_RUNNING, storedState }], { timeoutSeconds: 20 });
    expect(events.filter(({ kind }) => kind !== 'current-state')).toMatchObject([
      { kind: 'phase', conversation: CONVERSATION, phase: 'agent paused', state: 'paused' },
      { kind: 'paused', conversation: CONVERSATION, phase: 'agent paused', onPaused: 'wait' },
    ]);
  });

  test('do not hide a programming error', async () => {
    const mistake = new TypeError('a mistake');
    const { error } = await wait([{ at: 0, snapshot: GONE }], {
      change: (api) => ({ ...api, stored: async () => Promise.reject(mistake) }),
    });
    expect(error).toBe(mistake);
  });

  test('are read when a phase begins that can hide the end', async () => {
    const { ended, api } = await wait([
      { at: 0, snapshot: RUNNING },
      { at: 9, snapshot: { ...RUNNING, consult: 'on-change' }, storedState: SAYS_FINISHED },
    ]);
    expect(ended?.status).toBe('finished');
    expect(api.calls.stored).toEqual([10]);
  });

  test('are read once a minute during a phase that can hide the end, and at once in a new phase', async () => {
    const { api } = await wait(
      [
        { at: 0, snapshot: PAUSED },
        { at: 150, snapshot: { ...PAUSED, phase: 'sandbox frozen' } },
      ],
      { timeoutSeconds: 200, longestSeconds: 10 },
    );
    const [first, second, third, fourth] = api.calls.stored;
    expect([first, api.calls.stored.length]).toEqual([0, 4]);
    expect(second).toBeGreaterThanOrEqual(60);
    expect(second).toBeLessThan(66);
    expect(third).toBeLessThan(134);
    expect(fourth).toBeGreaterThanOrEqual(150);
    expect(fourth).toBeLessThan(160);
  });

  test('are read at each poll if polls are a minute apart', async () => {
    const { api } = await wait([{ at: 0, snapshot: PAUSED }], { ...EACH_MINUTE, timeoutSeconds: 150 });
    expect(api.calls.stored).toEqual([0, 60, 120]);
  });
});

describe('the answer of an agent', () => {
  test('is read less and less often while its last events may still arrive', async () => {
    const { api } = await wait([{ at: 0, snapshot: FINISHED }], { result: () => ({ complete: false }) });
    expect(api.calls.result).toEqual([0, 2, 6, 14, 30, 40]);
  });
});

describe('the last poll', () => {
  test('without facts keeps the known facts', async () => {
    const facts = { ...FACTS, costUsd: 0.5 };
    const { ended } = await wait([{ at: 0, snapshot: { ...FINISHED, facts } }], {
      change: (api) => {
        let looks = 0;
        return {
          ...api,
          look: async (ids, signal) => {
            looks += 1;
            return looks === 1 ? api.look(ids, signal) : Promise.resolve([GONE]);
          },
        };
      },
    });
    expect(ended).toMatchObject({ facts: facts });
  });

  test('is skipped if the deadline passes, but the wait fails if the step is canceled', async () => {
    const late = async (kind: 'deadline' | 'cancel'): Promise<Waited> =>
      wait([{ at: 0, snapshot: FINISHED }], {
        change: (api) => ({ ...api, result: async () => Promise.reject(new Interruption(kind)) }),
      });
    expect((await late('deadline')).ended?.status).toBe('finished');
    expect((await late('cancel')).error).toEqual(new Interruption('cancel'));
  });

  test('of a conversation that never had facts gives no facts', async () => {
    const { ended } = await wait([{ at: 0, snapshot: GONE }]);
    expect(ended).toMatchObject({ facts: { pullRequests: [] } });
  });
});

describe('a sandbox that starts', () => {
  const STARTING: Snapshot = { phase: 'sandbox starting', state: { kind: 'unclear' }, consult: 'never' };
  const kindsOf = ({ events }: Waited): readonly string[] => events.map(({ kind }) => kind);
  const statesOf = ({ events }: Waited): readonly unknown[] =>
    events.flatMap((event) => (event.kind === 'phase' ? [event.state] : []));

  test('counts as active until its agent was seen, and as unclear, with one event, afterwards', async () => {
    const waited = await wait(
      [
        { at: 0, snapshot: STARTING },
        { at: 90, snapshot: RUNNING },
        { at: 120, snapshot: STARTING },
      ],
      { ...EACH_MINUTE, startedAt: 0, timeoutSeconds: 600 },
    );
    expect(statesOf(waited)).toEqual(['active', 'active', 'unclear']);
    expect(kindsOf(waited).filter((kind) => kind === 'unclear')).toHaveLength(1);
    const at = waited.eventTimes[waited.events.findIndex(({ kind }) => kind === 'unclear')] ?? 0;
    expect(at).toBeGreaterThanOrEqual(180);
    expect(at).toBeLessThanOrEqual(200);
    expect(waited.error).toBeInstanceOf(Interruption);
    // The events are read once a minute, because the agent may have ended before.
    expect(waited.api.calls.stored.length).toBeGreaterThan(5);
    expect(waited.api.calls.look.length).toBeLessThan(100);
  });

  test('emits nothing if it takes less than a minute', async () => {
    const waited = await wait([
      { at: 0, snapshot: RUNNING },
      { at: 30, snapshot: STARTING },
      { at: 60, snapshot: RUNNING },
      { at: 90, snapshot: FINISHED },
    ]);
    expect(waited.ended).toMatchObject({ status: 'finished' });
    expect(kindsOf(waited)).not.toContain('unclear');
  });

  test('can hide that its agent has finished', async () => {
    const waited = await wait([
      { at: 0, snapshot: RUNNING },
      { at: 30, snapshot: STARTING, storedState: SAYS_FINISHED },
    ]);
    expect(waited.ended).toMatchObject({ status: 'finished' });
  });
});
