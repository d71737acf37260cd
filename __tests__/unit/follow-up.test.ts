import { describe, expect, test } from '@jest/globals';

import { ApiFailure, type ConversationApi, type Delivery, type Sandbox } from '../../src/conversation/api.ts';
import { Interruption } from '../../src/conversation/clock.ts';
import { containsMessage, type MessageCursor, type Snapshot } from '../../src/conversation/conversation.ts';
import type { LifeEvent } from '../../src/conversation/events.ts';
import { followUpTo } from '../../src/conversation/follow-up-stages.ts';
import { type Scene, stagedApi } from '../support/api.ts';
import { simulatedClock } from '../support/clock.ts';
import { live, type Lived, PLAN, problemOf } from '../support/live.ts';
import { FINISHED, GONE, RUNNING } from '../support/snapshots.ts';
import { CONVERSATION } from '../support/wait.ts';

const PROBLEM = { failedTo: 'send the message', because: 'HTTP 504', todo: 'run the step again later' };
const LOST = new ApiFailure(PROBLEM, true);
const DELIVERED: Delivery = { kind: 'delivered' };
const ASLEEP: Delivery = { kind: 'paused' };
const EARLIER = { id: 'm1', text: 'And now?' };
const BEFORE: MessageCursor = { lastMessage: 'm1' };

interface Followed {
  readonly lived: Promise<Lived>;
  /** What the server was asked for, and when, in seconds, among what was told. */
  readonly asked: readonly (readonly [what: string, seconds: number])[];
  /** The same without what was told. */
  readonly requests: () => readonly (readonly [what: string, seconds: number])[];
}

/** Sends a message where the server answers the sends one after the other. */
function follow(
  answers: readonly (Delivery | Error)[],
  {
    arrived = () => false,
    sandboxAt = () => ({ kind: 'running', handle: 's' }),
    cursor = BEFORE,
    deadlineAt = PLAN.deadlineAt,
  }: {
    /** Whether the message is among the events, at a time in seconds. */
    arrived?: (seconds: number) => boolean | Error;
    sandboxAt?: (seconds: number) => Sandbox;
    cursor?: MessageCursor | Error;
    deadlineAt?: number;
  } = {},
): Followed {
  const clock = simulatedClock();
  const asked: (readonly [string, number])[] = [];
  const rest = [...answers];
  const seconds = (): number => clock.now() / 1000;
  const answer = async <T>(value: T | Error): Promise<T> =>
    value instanceof Error ? Promise.reject(value) : Promise.resolve(value);
  const api: ConversationApi = {
    ...stagedApi(clock, [{ at: 0, snapshot: RUNNING }]),
    messageCursor: async () => answer(cursor),
    send: async (id, message) => {
      asked.push([`send ${id} ${message}`, seconds()]);
      return answer(rest.shift() ?? new Error('one message too many'));
    },
    messages: async (id) => {
      asked.push([`look ${id}`, seconds()]);
      const isThere = await answer(arrived(seconds()));
      return { said: isThere ? [{ id: 'm2', text: 'And now?' }, EARLIER] : [EARLIER], isLive: false };
    },
    sandbox: async () => Promise.resolve(sandboxAt(seconds())),
    resume: async (handle) => {
      asked.push([`resume ${handle}`, seconds()]);
      return Promise.resolve();
    },
  };
  const told = (event: LifeEvent): boolean => {
    asked.push([`told: ${event.kind}`, seconds()]);
    return false;
  };
  const lived = live(followUpTo('1', 'And now?', { ...PLAN, deadlineAt }), api, {
    clock,
    deadlineAt,
    until: told,
  });
  return { lived, asked, requests: () => asked.filter(([what]) => !what.startsWith('told: ')) };
}

async function statusOf({ lived }: Followed): Promise<string | undefined> {
  return (await lived).outcome?.status;
}

describe('a message', () => {
  test('that is delivered is sent once, and told of before', async () => {
    const { lived, asked } = follow([DELIVERED]);
    expect((await lived).outcome).toMatchObject({ status: 'running', conversation: CONVERSATION });
    expect(asked.map(([what]) => what)).toEqual([
      'told: found',
      'told: sending',
      'send 1 And now?',
      'told: delivered',
    ]);
  });

  test('for nobody is told as that', async () => {
    const { lived } = follow([{ kind: 'unavailable', reason: 'HTTP 410' }]);
    expect((await lived).outcome).toMatchObject({ status: 'missing', phase: 'HTTP 410' });
  });

  test('that the server does not take is told with its reason', async () => {
    const { lived } = follow([{ kind: 'refused', reason: 'the agent is busy' }]);
    expect(problemOf(await lived)).toEqual({
      failedTo: 'send the message',
      because: 'the agent is busy',
      todo: 'check the conversation: https://openhands.test/conversations/1',
      kind: 'server',
    });
  });

  test('that is refused is not sent again, and nothing came of it', async () => {
    const followed = follow([new ApiFailure({ ...PROBLEM, because: 'HTTP 401' })]);
    const lived = await followed.lived;
    expect(lived.outcome).toMatchObject({ status: 'start-failed', conversation: CONVERSATION });
    expect(problemOf(lived).because).toBe('HTTP 401');
    expect(followed.requests()).toHaveLength(1);
    expect(lived.told).toContainEqual({ kind: 'refused' });
  });

  test('that meets a mistake of our own is not sent again', async () => {
    const mistake = new TypeError('a mistake');
    const followed = follow([mistake]);
    expect((await followed.lived).error).toBe(mistake);
    expect(followed.requests()).toHaveLength(1);
  });

  test('is not sent if nobody knows behind what it will stand', async () => {
    const followed = follow([], { cursor: new ApiFailure({ ...PROBLEM, because: 'HTTP 500' }) });
    expect(problemOf(await followed.lived).because).toBe('HTTP 500');
    expect(followed.requests()).toEqual([]);
  });
});

describe('a message that the server puts off', () => {
  const PUT_OFF: Delivery = {
    kind: 'deferred',
    problem: { ...PROBLEM, because: 'HTTP 429' },
    waitMs: 20_000,
  };

  test('is sent again after that time, and that is told', async () => {
    const followed = follow([PUT_OFF, DELIVERED]);
    expect(await statusOf(followed)).toBe('running');
    expect(followed.asked.map(([what]) => what)).toEqual([
      ...['told: found', 'told: sending', 'send 1 And now?', 'told: refused', 'told: retrying'],
      ...['told: sending', 'send 1 And now?', 'told: delivered'],
    ]);
    expect(followed.requests().map(([, seconds]) => seconds)).toEqual([0, 20]);
  });

  test('until after the deadline ends the step at once, with the reason of the server', async () => {
    const { error, told, endedAt } = await follow([PUT_OFF], { deadlineAt: 10_000 }).lived;
    expect(error).toMatchObject({
      message: 'HTTP 429; the server says to try again in 20 s, which is after the deadline',
    });
    expect(told.at(-1)).toEqual({ kind: 'refused' });
    expect(endedAt).toBe(0);
  });
});

describe('a message whose answer was lost', () => {
  test('was delivered if it is among the events, however late these come', async () => {
    const followed = follow([LOST], { arrived: (seconds) => seconds >= 30 });
    expect(await statusOf(followed)).toBe('running');
    expect(followed.requests()).toEqual([
      ['send 1 And now?', 0],
      ['look 1', 1],
      ['look 1', 4],
      ['look 1', 12],
      ['look 1', 40],
    ]);
  });

  test('is never sent again, and fails if it is not among them', async () => {
    const followed = follow([LOST]);
    expect(problemOf(await followed.lived)).toEqual(PROBLEM);
    expect(followed.requests()).toHaveLength(5);
    // It may have arrived for all that is known: the agent stays the concern of the step.
    expect(followed.asked.map(([what]) => what)).not.toContain('told: refused');
  });

  test('has not arrived for all that is known if the server can never be asked', async () => {
    const followed = follow([LOST], { arrived: () => new ApiFailure({ ...PROBLEM, because: 'HTTP 500' }) });
    expect(problemOf(await followed.lived)).toEqual(PROBLEM);
  });

  test('is looked for again if the server cannot be asked for a moment', async () => {
    const followed = follow([LOST], { arrived: (seconds) => (seconds < 2 ? LOST : true) });
    expect(await statusOf(followed)).toBe('running');
  });
});

describe('a message for an agent whose sandbox is paused', () => {
  test('is sent again once that is resumed', async () => {
    const followed = follow([ASLEEP, DELIVERED], {
      sandboxAt: (seconds) => ({ kind: seconds < 3 ? 'paused' : 'running', handle: 's' }),
    });
    expect(await statusOf(followed)).toBe('running');
    expect(followed.asked).toEqual([
      ['told: found', 0],
      ['told: sending', 0],
      ['send 1 And now?', 0],
      ['told: refused', 0],
      // Woken, the agent may go on with its earlier work.
      ['told: sending', 0],
      ['resume s', 0],
      ['told: sending', 4],
      ['send 1 And now?', 4],
      ['told: delivered', 4],
    ]);
  });

  test('stays the concern of the step once that is resumed, whatever becomes of the message', async () => {
    const refused = new ApiFailure({ ...PROBLEM, because: 'HTTP 401' });
    const followed = follow([ASLEEP, refused], {
      sandboxAt: (seconds) => ({ kind: seconds < 1 ? 'paused' : 'running', handle: 's' }),
    });
    expect(problemOf(await followed.lived).because).toBe('HTTP 401');
    expect(followed.asked.filter(([what]) => what === 'told: refused')).toHaveLength(1);
  });

  test('is for nobody if that is gone', async () => {
    const followed = follow([ASLEEP], {
      sandboxAt: () => ({ kind: 'unavailable', reason: 'its sandbox is missing' }),
    });
    expect((await followed.lived).outcome).toMatchObject({
      status: 'missing',
      phase: 'its sandbox is missing',
    });
    expect(followed.requests()).toHaveLength(1);
  });

  test('fails if that does not start within two minutes', async () => {
    const followed = follow([ASLEEP], { sandboxAt: () => ({ kind: 'starting', handle: 's' }) });
    expect(problemOf(await followed.lived)).toMatchObject({
      failedTo: 'resume the conversation',
      because: 'its sandbox did not start within 120 s',
      todo: 'check its state: https://openhands.test/conversations/1',
    });
  });

  test('fails if it is paused again at once', async () => {
    expect(problemOf(await follow([ASLEEP, ASLEEP]).lived)).toMatchObject({
      failedTo: 'send the message',
      because: 'the sandbox of the conversation was paused again as soon as it had started',
      todo: 'run the step again when the account runs fewer conversations, or see https://openhands.test/conversations/1',
    });
  });
});

describe('whether a message is among those since a cursor', () => {
  const message = (id: string, text?: string): { id: string; text?: string } => ({
    id,
    ...(text && { text }),
  });

  test.each<[string, boolean, readonly (readonly [id: string, text?: string])[], MessageCursor]>([
    ['it is the newest', true, [['m2', 'And now?'], ['m1']], BEFORE],
    ['another has come after it', true, [['m3', 'Stop'], ['m2', 'And now?'], ['m1']], BEFORE],
    ['white space around it is lost', true, [['m2', ' And now?\n'], ['m1']], BEFORE],
    ['it is the first of all', true, [['m1', 'And now?']], {}],
    ['it is told as something else than text', true, [['m2'], ['m1', 'Hello']], BEFORE],
    [
      'only another has come',
      false,
      [
        ['m2', 'Deploy it'],
        ['m1', 'And now?'],
      ],
      BEFORE,
    ],
    [
      'the same was said before',
      false,
      [
        ['m1', 'And now?'],
        ['m0', 'And now?'],
      ],
      BEFORE,
    ],
    ['there is none', false, [], {}],
  ])('%s: %s', (_, expected, messages, messageCursor) => {
    expect(
      containsMessage(
        'And now?',
        messageCursor,
        messages.map(([id, text]) => message(id, text)),
      ),
    ).toBe(expected);
  });
});

test('white space around a message that is looked for does not matter either', () => {
  expect(containsMessage(' And now?\n', {}, [{ id: 'm1', text: 'And now?' }])).toBe(true);
});

/** Takes up a conversation that follows a script. */
async function takeUp(
  script: readonly Scene[],
  message: string | undefined,
  poll = false,
  change: (api: ConversationApi) => ConversationApi = (api) => api,
): Promise<Lived> {
  const clock = simulatedClock();
  return live(followUpTo('1', message, { ...PLAN, poll }), change(stagedApi(clock, script)), { clock });
}

describe('a conversation that is attached to', () => {
  const listedAt = (seconds: number): readonly Scene[] => [
    { at: 0, snapshot: GONE },
    { at: seconds, snapshot: RUNNING },
  ];

  test('is there if the first look shows it', async () => {
    const { told, endedAt } = await takeUp([{ at: 0, snapshot: RUNNING }], 'And now?');
    expect(told[0]).toEqual({
      kind: 'found',
      conversation: CONVERSATION,
      role: 'follow-up',
    });
    expect(endedAt).toBe(0);
  });

  test.each([
    ['And now?', false],
    ['And now?', true],
    [undefined, true],
  ])('is there as soon as a look of a minute shows it: %s, waited for: %s', async (message, poll) => {
    const script = [...listedAt(60), { at: 100, snapshot: FINISHED }];
    expect((await takeUp(script, message, poll)).told.map(({ kind }) => kind)).toContain('found');
    const { outcome, endedAt } = await takeUp(listedAt(61), message, poll);
    expect(outcome).toMatchObject({
      status: 'missing',
      problem: { because: 'the server does not list the conversation 1' },
    });
    expect(endedAt).toBe(60);
  });

  test('is looked at once more by who looks on and does not wait', async () => {
    expect((await takeUp(listedAt(2), undefined)).outcome).toMatchObject({ status: 'running' });
    const { outcome, endedAt } = await takeUp(listedAt(3), undefined);
    expect(outcome).toMatchObject({ status: 'missing', problem: { kind: 'not-found' } });
    expect(endedAt).toBe(2);
  });

  test('is told at once as missing if it is gone and not waited for', async () => {
    const gone: Snapshot = { ...GONE, facts: { pullRequests: [] } };
    const { outcome, told, endedAt } = await takeUp([{ at: 0, snapshot: gone }], undefined);
    expect(outcome).toMatchObject({ status: 'missing', conversation: CONVERSATION });
    expect(told[0]).toMatchObject({ kind: 'found', role: 'observer' });
    expect(endedAt).toBe(0);
  });

  test('is waited for to its end, with its message', async () => {
    const script = [
      { at: 0, snapshot: FINISHED },
      { at: 5, snapshot: RUNNING },
      { at: 20, snapshot: FINISHED },
    ];
    const { outcome } = await takeUp(script, 'And now?', true, (api) => ({
      ...api,
      // As long as the message is not stored, what is there is older.
      result: async (id, signal) =>
        api
          .look([id], signal)
          .then(async ([seen]) =>
            seen?.state.kind === 'ended' ? api.result(id, signal) : { complete: false, awaitsMessage: true },
          ),
    }));
    expect(outcome).toMatchObject({ status: 'finished' });
  });

  test('that cannot be looked at fails as the server says', async () => {
    const broken = new ApiFailure({ ...PROBLEM, because: 'HTTP 401' });
    const lived = await takeUp([], 'And now?', false, (api) => ({
      ...api,
      look: async () => Promise.reject(broken),
    }));
    expect(lived.outcome).toEqual({ status: 'start-failed', problem: broken.problem });
  });
});

describe('an agent that has a message', () => {
  const atRest = { at: 0, snapshot: FINISHED };

  test.each([
    [0, 0],
    [1, 2],
    [100, 8],
  ])('has begun with it after %d s: that is waited for until %d s', async (beginsAt, seconds) => {
    const { outcome, endedAt } = await takeUp([atRest, { at: beginsAt, snapshot: RUNNING }], 'And now?');
    expect(outcome?.status).toBe('running');
    expect(endedAt).toBe(seconds);
  });

  /** Takes it up with a server of which only the first look is answered. */
  async function afterwards(
    look: (signal: AbortSignal, clock: ReturnType<typeof simulatedClock>) => Promise<never>,
    deadlineAt: number = PLAN.deadlineAt,
  ): Promise<Lived> {
    const clock = simulatedClock();
    let looks = 0;
    const staged = stagedApi(clock, [atRest]);
    const api: ConversationApi = {
      ...staged,
      look: async (ids, signal) => {
        looks += 1;
        return looks === 1 ? staged.look(ids, signal) : look(signal, clock);
      },
    };
    return live(followUpTo('1', 'And now?', { ...PLAN, deadlineAt }), api, { clock, deadlineAt });
  }

  const never: Parameters<typeof afterwards>[0] = async (signal, clock) =>
    clock
      .sleep(Number.POSITIVE_INFINITY, signal)
      .then(async () => Promise.reject(new Error('it is never over')));

  test.each([new ApiFailure(PROBLEM), new Interruption('deadline')])(
    'has it also if that cannot be seen: %s',
    async (error) => {
      const { outcome, endedAt } = await afterwards(async () => Promise.reject(error));
      expect(outcome).toMatchObject({ status: 'running', conversation: CONVERSATION });
      expect(endedAt).toBe(0);
    },
  );

  test('has it also if the server does not answer: that is waited for no longer', async () => {
    const { outcome, endedAt } = await afterwards(never);
    expect(outcome?.status).toBe('running');
    expect(endedAt).toBe(10);
  });

  test('has it also if the deadline passes', async () => {
    const { outcome, endedAt } = await afterwards(never, 5_000);
    expect(outcome?.status).toBe('running');
    expect(endedAt).toBe(5);
  });

  test.each([new Interruption('cancel'), new TypeError('a mistake')])(
    'is not waited for after %s',
    async (error) => {
      const clock = simulatedClock();
      const cancel = new AbortController();
      const staged = stagedApi(clock, [atRest]);
      let looks = 0;
      const api: ConversationApi = {
        ...staged,
        look: async (ids, signal) => {
          looks += 1;
          if (looks === 1) return staged.look(ids, signal);
          if (error instanceof Interruption) cancel.abort(error);
          throw error;
        },
      };
      const lived = await live(followUpTo('1', 'And now?', PLAN), api, { clock, signal: cancel.signal });
      expect(lived.error).toBe(error);
    },
  );
});
