import { describe, expect, test } from '@jest/globals';

import { ApiFailure, type ConversationApi } from '../../src/conversation/api.ts';
import type { Clock } from '../../src/conversation/clock.ts';
import type { PushUpdate, Snapshot } from '../../src/conversation/conversation.ts';
import type { ConversationEvent } from '../../src/conversation/events.ts';
import type { Outcome } from '../../src/conversation/outcome.ts';
import type { Session } from '../../src/conversation/session.ts';
import { waitForEnd } from '../../src/conversation/wait.ts';
import { agentState } from '../../src/openhands/v1/states.ts';
import { stagedApi } from '../support/api.ts';
import { simulatedClock } from '../support/clock.ts';
import { FINISHED, RUNNING } from '../support/snapshots.ts';

/** What each conversation shows at a given time in seconds. */
type Script = Readonly<Record<string, (seconds: number) => Snapshot>>;

interface Ended {
  readonly id: string | undefined;
  readonly status: Outcome['status'];
  /** In seconds. */
  readonly at: number;
}

interface Driven {
  readonly ends: Ended[];
  readonly looks: (readonly string[])[];
}

function drivingBy(api: ConversationApi, clock: Clock): Session {
  return {
    api,
    clock,
    pace: { longestMs: 30_000, random: () => 0.5 },
    startedAt: 0,
    poll: true,
    onPaused: 'wait',
    deadlineAt: 3_600_000,
    signal: new AbortController().signal,
    emit: () => undefined,
  };
}

/** Drives the conversations of a script until all of them have ended. */
async function driven(
  script: Script,
  {
    clock = simulatedClock(),
    change = (api) => api,
    ends = [],
    ...rest
  }: {
    readonly clock?: Clock;
    /** Collects the ends, also those before an error. */
    readonly ends?: Ended[];
    readonly change?: (api: ConversationApi) => ConversationApi;
  } & Partial<Pick<Session, 'signal' | 'emit'>> = {},
): Promise<Driven> {
  const looks: (readonly string[])[] = [];
  const api = change({
    ...stagedApi(clock, [{ at: 0, snapshot: RUNNING }]),
    look: async (ids) => {
      looks.push(ids);
      return Promise.resolve(ids.map((id) => script[id]?.(clock.now() / 1000) ?? RUNNING));
    },
  });
  for (const id of Object.keys(script)) {
    const conversation = { id, url: `https://openhands.test/conversations/${id}` };
    const { status } = await waitForEnd(
      { conversation },
      {
        ...drivingBy(api, clock),
        onPaused: 'resume',
        ...rest,
      },
    );
    ends.push({ id, status, at: clock.now() / 1000 });
  }
  return { ends, looks };
}

function finishedFrom(seconds: number): (now: number) => Snapshot {
  return (now) => (now >= seconds ? FINISHED : RUNNING);
}

describe('a push', () => {
  const STOPPED: PushUpdate = {
    kind: 'events',
    state: { phase: 'agent finished', state: { kind: 'ended', ending: 'finished' } },
    stepsSince: () => ({ steps: [], isCut: false }),
  };

  /** Returns a change to the API that makes it push these updates, each at its time in seconds. */
  function pushing(
    clock: Clock,
    script: readonly (readonly [at: number, ...updates: readonly PushUpdate[]])[],
  ): (api: ConversationApi) => ConversationApi {
    return (api) => ({
      ...api,
      async *subscribe(_id, signal) {
        for (const [at, ...updates] of script) {
          await clock.sleep(at * 1000 - clock.now(), signal);
          yield* updates;
        }
        await clock.sleep(Infinity, signal);
      },
    });
  }

  const at = (state: 'running' | 'finished', step = ''): PushUpdate => ({
    kind: 'events',
    state: agentState(state),
    stepsSince: () => ({ steps: step === '' ? [] : [{ kind: 'action', text: step }], isCut: false }),
  });

  test('of an end counts once a poll shows the end, which may be a little later', async () => {
    const clock = simulatedClock();
    const change = pushing(clock, [
      [5, { kind: 'connected' }],
      [600, STOPPED],
    ]);
    const { ends, looks } = await driven({ a: finishedFrom(601) }, { clock, change });
    expect(ends).toEqual([{ id: 'a', status: 'finished', at: 601 }]);
    expect(looks.length).toBeLessThan(27);
  });

  test('of an end is not held up by the events just before it', async () => {
    const clock = simulatedClock();
    const change = pushing(clock, [
      [5, { kind: 'connected' }],
      [600, at('running')],
      [600.01, STOPPED],
    ]);
    const { ends } = await driven({ a: finishedFrom(600.01) }, { clock, change });
    expect(ends).toEqual([{ id: 'a', status: 'finished', at: 600.01 }]);
  });

  test('of a pause does not get an agent resumed that has reached its budget', async () => {
    const clock = simulatedClock();
    const paused: PushUpdate = { ...STOPPED, state: { phase: 'agent paused', state: { kind: 'paused' } } };
    const api = pushing(clock, [
      [5, { kind: 'connected' }],
      [10, paused],
    ])({
      ...stagedApi(clock, [
        { at: 0, snapshot: RUNNING },
        {
          at: 10,
          snapshot: {
            ...RUNNING,
            phase: 'agent paused',
            state: { kind: 'paused' },
            facts: { pullRequests: [], costUsd: 0.6 },
          },
        },
      ]),
      sandbox: async () => Promise.reject(new Error('nobody was to resume it')),
    });
    const conversation = { id: 'a', url: 'https://openhands.test/conversations/a' };
    const session = { ...drivingBy(api, clock), onPaused: 'resume', maxCostUsd: 0.5 } as const;
    await expect(waitForEnd({ conversation }, session)).rejects.toMatchObject({ kind: 'budget' });
  });

  test('subscription ends once all conversations have ended, although nobody awaits the next end', async () => {
    const clock = simulatedClock();
    let listening = 0;
    const api: ConversationApi = {
      ...stagedApi(clock, [{ at: 0, snapshot: RUNNING }]),
      look: async () => {
        if (clock.now() > 10_000)
          throw new ApiFailure({ failedTo: 'look', because: 'HTTP 401', todo: 'check it', kind: 'auth' });
        return Promise.resolve([RUNNING]);
      },
      async *subscribe(_id, signal) {
        listening += 1;
        try {
          yield { kind: 'connected' };
          await clock.sleep(Infinity, signal);
        } finally {
          listening -= 1;
        }
      },
    };
    const conversation = { id: 'a', url: 'https://openhands.test/conversations/a' };
    await waitForEnd({ conversation }, drivingBy(api, clock));
    await clock.sleep(1, new AbortController().signal);
    expect(listening).toBe(0);
  });

  test.each([
    ['a false end again and again', [at('running'), at('finished')], 10],
    ['a false end that stays', [at('finished')], 10],
    ['a false end once a second', [at('running'), at('finished')], 1000],
    ['lost and connected in turn', [{ kind: 'lost' }, { kind: 'connected' }], 10],
  ] as const)(
    'a hundred times a second causes no more polls than polling alone: %s',
    async (_, updates, everyMs) => {
      const clock = simulatedClock();
      const change = (api: ConversationApi): ConversationApi => ({
        ...api,
        async *subscribe(_id, signal) {
          yield { kind: 'connected' };
          for (;;) {
            yield* updates;
            await clock.sleep(everyMs, signal);
          }
        },
      });
      const flapping = await driven({ a: finishedFrom(100) }, { clock, change });
      const polled = await driven({ a: finishedFrom(100) });
      expect(flapping.looks.length).toBeLessThanOrEqual(polled.looks.length);
      expect(flapping.ends[0]?.at).toBeLessThanOrEqual(131);
    },
  );

  test('of one step after another emits the steps in order', async () => {
    const clock = simulatedClock();
    const emitted: string[] = [];
    const change = (api: ConversationApi): ConversationApi => ({
      ...api,
      async *subscribe(_id, signal) {
        yield { kind: 'connected' };
        for (let count = 1; ; count += 1) {
          await clock.sleep(10, signal);
          yield at('running', String(count));
        }
      },
    });
    const emit = (event: ConversationEvent): void => {
      if (event.kind === 'steps') emitted.push(...event.steps.map(({ text }) => text));
    };
    await driven({ a: finishedFrom(30) }, { clock, change, emit });
    expect(emitted.length).toBeGreaterThan(20);
    expect(emitted).toEqual(emitted.toSorted((one, other) => Number(one) - Number(other)));
  });

  test('during a poll is merged with the others, and an end in it counts', async () => {
    const clock = simulatedClock();
    let kept = 0;
    const change = (api: ConversationApi): ConversationApi => ({
      ...api,
      look: async (ids, signal) => {
        const looks = await api.look(ids, signal);
        if (clock.now() > 20_000 && clock.now() < 40_000) await clock.sleep(60_000, signal);
        return looks;
      },
      async *subscribe(_id, signal) {
        yield { kind: 'connected' };
        for (let seconds = 1; ; seconds += 1) {
          await clock.sleep(1_000, signal);
          const state = seconds < 50 ? 'running' : 'finished';
          yield { ...at(state), stepsSince: () => ((kept += 1), { steps: [], isCut: false }) };
        }
      },
    });
    const { ends } = await driven({ a: finishedFrom(50) }, { clock, change });
    expect(ends[0]?.at).toBeLessThan(101);
    expect(kept).toBeLessThan(40);
  });

  test('subscription that throws fails the wait', async () => {
    const clock = simulatedClock();
    const change = (api: ConversationApi): ConversationApi => ({
      ...api,
      async *subscribe(_id, signal) {
        await clock.sleep(5_000, signal);
        yield { kind: 'connected' };
        throw new TypeError('a mistake');
      },
    });
    await expect(driven({ a: finishedFrom(600) }, { clock, change })).rejects.toThrow('a mistake');
  });
});
