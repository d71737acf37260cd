import { describe, expect, test } from '@jest/globals';

import { ApiFailure, type ConversationApi } from '../../src/conversation/api.ts';
import { type Clock, Interruption } from '../../src/conversation/clock.ts';
import type { PushUpdate, Snapshot } from '../../src/conversation/conversation.ts';
import { drive, type DriveContext } from '../../src/conversation/drive.ts';
import type { LifeEvent } from '../../src/conversation/events.ts';
import type { Outcome } from '../../src/conversation/outcome.ts';
import { waitingFor } from '../../src/conversation/waiting.ts';
import type { Waiting } from '../../src/conversation/waiting-stages.ts';
import { watch } from '../../src/conversation/watch.ts';
import { agentState } from '../../src/openhands/v1/states.ts';
import { stagedApi } from '../support/api.ts';
import { simulatedClock } from '../support/clock.ts';
import { FINISHED, RUNNING, shows } from '../support/snapshots.ts';

const PAUSED = shows('sandbox paused', { kind: 'paused' }, 'on-change');
const BROKEN = new ApiFailure({ failedTo: 'read the events', because: 'HTTP 500', todo: 'wait' });

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

function drivingBy(api: ConversationApi, clock: Clock): DriveContext {
  return {
    api,
    clock,
    pace: { longestMs: 30_000, random: () => 0.5 },
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
  } & Partial<Pick<DriveContext, 'signal' | 'emit'>> = {},
): Promise<Driven> {
  const looks: (readonly string[])[] = [];
  const api = change({
    ...stagedApi(clock, [{ at: 0, snapshot: RUNNING }]),
    look: async (ids) => {
      looks.push(ids);
      return Promise.resolve(ids.map((id) => script[id]?.(clock.now() / 1000) ?? RUNNING));
    },
  });
  const lives = Object.keys(script).map((id): Waiting => {
    const conversation = { id, url: `https://openhands.test/conversations/${id}` };
    return waitingFor(watch(conversation, 0), { onPaused: 'resume', poll: true });
  });
  for await (const { conversation, status } of drive(lives, { ...drivingBy(api, clock), ...rest }))
    ends.push({ id: conversation?.id, status, at: clock.now() / 1000 });
  return { ends, looks };
}

function finishedFrom(seconds: number): (now: number) => Snapshot {
  return (now) => (now >= seconds ? FINISHED : RUNNING);
}

describe('several conversations', () => {
  test('are polled together', async () => {
    const { looks } = await driven({ a: finishedFrom(9), b: finishedFrom(9) });
    expect(looks[0]).toEqual(['a', 'b']);
    expect(new Set(looks.slice(0, 5).map((ids) => ids.join()))).toEqual(new Set(['a,b']));
  });

  test('end independently: one that is being resumed does not delay the other', async () => {
    const clock = simulatedClock();
    const { ends } = await driven(
      { slow: (now) => (now < 110 ? PAUSED : FINISHED), quick: finishedFrom(10) },
      {
        clock,
        change: (api) => ({
          ...api,
          // A busy server can take two minutes to start a sandbox.
          sandbox: async () =>
            Promise.resolve({ kind: clock.now() < 110_000 ? 'starting' : 'running', handle: 's' }),
        }),
      },
    );
    expect(ends[0]).toMatchObject({ id: 'quick', status: 'finished' });
    expect(ends[0]?.at).toBeLessThan(13);
    expect(ends[1]).toMatchObject({ id: 'slow', status: 'finished' });
  });

  test('end independently if the events of one cannot be read', async () => {
    const asksEvents: Snapshot = { ...RUNNING, consult: 'each-time' };
    const { ends } = await driven(
      { broken: () => asksEvents, well: finishedFrom(30) },
      { change: (api) => ({ ...api, stored: async () => Promise.reject(BROKEN) }) },
    );
    expect(ends.map(({ id, status }) => [id, status])).toEqual([
      ['broken', 'unreachable'],
      ['well', 'finished'],
    ]);
  });

  test('end independently if one may not be polled again before the deadline', async () => {
    const asksEvents: Snapshot = { ...RUNNING, consult: 'each-time' };
    const tooLate = new Interruption('deadline', 'HTTP 429, to be tried again after the deadline');
    const ends: Ended[] = [];
    const all = driven(
      { limited: () => asksEvents, well: finishedFrom(30) },
      { ends, change: (api) => ({ ...api, stored: async () => Promise.reject(tooLate) }) },
    );
    await expect(all).rejects.toBe(tooLate);
    expect(ends).toMatchObject([{ id: 'well', status: 'finished' }]);
  });

  test('both end if the answer of one may not be read before the deadline', async () => {
    const tooLate = new Interruption('deadline', 'HTTP 429, to be tried again after the deadline');
    const { ends } = await driven(
      { limited: finishedFrom(10), well: finishedFrom(30) },
      {
        change: (api) => ({
          ...api,
          result: async (id, ...rest) =>
            id === 'limited' ? Promise.reject(tooLate) : api.result(id, ...rest),
        }),
      },
    );
    expect(ends.map(({ id, status }) => [id, status])).toEqual([
      ['limited', 'finished'],
      ['well', 'finished'],
    ]);
  });

  test('end independently: one with slow steps does not delay the other', async () => {
    const clock = simulatedClock();
    const { ends } = await driven(
      { slow: (now) => ({ ...finishedFrom(100)(now), revision: 'r' }), quick: finishedFrom(3) },
      {
        clock,
        change: (api) => ({
          ...api,
          steps: async (_id, signal) => clock.sleep(9_000, signal).then(() => ({ steps: [], isCut: false })),
        }),
      },
    );
    expect(ends[0]).toMatchObject({ id: 'quick' });
    expect(ends[0]?.at).toBeLessThan(6);
  });

  test('are all interrupted if the step is canceled', async () => {
    const clock = simulatedClock();
    const cancel = new AbortController();
    const cancelled = clock.sleep(50_000, new AbortController().signal).then(() => {
      cancel.abort(new Interruption('cancel'));
    });
    await expect(
      driven({ a: finishedFrom(900), b: finishedFrom(900) }, { clock, signal: cancel.signal }),
    ).rejects.toEqual(new Interruption('cancel'));
    await cancelled;
    expect(clock.now()).toBe(50_000);
  });
});

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

  test('ends the sleep early, and a poll confirms the end', async () => {
    const clock = simulatedClock();
    const change = pushing(clock, [
      [5, { kind: 'connected' }],
      [600, STOPPED],
    ]);
    const { ends, looks } = await driven({ a: finishedFrom(600) }, { clock, change });
    expect(ends).toEqual([{ id: 'a', status: 'finished', at: 600 }]);
    expect(looks.length).toBeLessThan(25);
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

  test('that does not come delays the end by a minute at most', async () => {
    const clock = simulatedClock();
    const change = pushing(clock, [[5, { kind: 'connected' }]]);
    const { ends } = await driven({ a: finishedFrom(600) }, { clock, change });
    expect(ends[0]?.at).toBeGreaterThan(600);
    expect(ends[0]?.at).toBeLessThan(670);
  });

  test('that is lost leaves the polling as often as without pushes', async () => {
    const clock = simulatedClock();
    const change = pushing(clock, [
      [5, { kind: 'connected' }],
      [590, { kind: 'lost' }],
    ]);
    const { ends } = await driven({ a: finishedFrom(600) }, { clock, change });
    expect(ends[0]?.at).toBeLessThan(631);
  });

  test('for one conversation does not block another', async () => {
    const clock = simulatedClock();
    const change = pushing(clock, [
      [5, { kind: 'connected' }],
      [100, STOPPED],
      [200, STOPPED],
    ]);
    const { ends } = await driven({ a: finishedFrom(100), b: finishedFrom(200) }, { clock, change });
    expect(ends).toMatchObject([
      { id: 'a', at: 100 },
      { id: 'b', at: 200 },
    ]);
  });

  test('for one of two conversations leaves the other polled as often as before', async () => {
    const clock = simulatedClock();
    const change = (api: ConversationApi): ConversationApi => ({
      ...api,
      async *subscribe(id, signal) {
        if (id !== 'pushed') return;
        yield { kind: 'connected' };
        await clock.sleep(600_000 - clock.now(), signal);
        yield STOPPED;
        await clock.sleep(Infinity, signal);
      },
    });
    const { ends, looks } = await driven(
      { pushed: finishedFrom(600), polled: finishedFrom(900) },
      { clock, change },
    );
    const alone = await driven({ polled: finishedFrom(900) });
    expect(ends[0]).toEqual({ id: 'pushed', status: 'finished', at: 600 });
    expect(ends[1]?.at).toBeLessThan(931);
    const looksAtPolled = looks.filter((ids) => ids.includes('polled'));
    expect(looksAtPolled.length).toBeLessThanOrEqual(alone.looks.length + 2);
  });

  test('that never comes while the agent works leaves its steps read once a minute', async () => {
    const clock = simulatedClock();
    const read: number[] = [];
    const change = (api: ConversationApi): ConversationApi => ({
      ...pushing(clock, [[5, { kind: 'connected' }]])(api),
      steps: async () => {
        read.push(clock.now() / 1000);
        return Promise.resolve({ steps: [], isCut: false });
      },
    });
    const working = (now: number): Snapshot => ({
      ...finishedFrom(600)(now),
      revision: String(Math.min(300, now)),
    });
    await driven({ a: working }, { clock, change });
    const later = read.filter((at) => at > 60);
    expect(later.length).toBeGreaterThanOrEqual(4);
    // A snapshot that shows no change is no reason to read the steps.
    expect(later.filter((at) => at > 370)).toEqual([]);
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
    const waiting = waitingFor(watch({ id: 'a', url: 'https://openhands.test/conversations/a' }, 0), {
      onPaused: 'wait',
      poll: true,
    });
    await drive([waiting], drivingBy(api, clock)).next();
    await clock.sleep(1, new AbortController().signal);
    expect(listening).toBe(0);
  });

  const at = (state: 'running' | 'finished', step = ''): PushUpdate => ({
    kind: 'events',
    state: agentState(state),
    stepsSince: () => ({ steps: step === '' ? [] : [{ kind: 'action', text: step }], isCut: false }),
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

  test('flood is processed at most four times a second, and its newest steps are emitted in order', async () => {
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
    const emit = (event: LifeEvent): void => {
      if (event.kind === 'steps') emitted.push(...event.steps.map(({ text }) => text));
    };
    await driven({ a: finishedFrom(10) }, { clock, change, emit });
    expect(emitted.length).toBeGreaterThan(20);
    expect(emitted.length).toBeLessThan(50);
    expect(emitted.slice(0, 20)).toEqual(
      emitted.slice(0, 20).toSorted((one, other) => Number(one) - Number(other)),
    );
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
