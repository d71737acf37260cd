import { describe, expect, test } from '@jest/globals';

import { ApiFailure, type ConversationApi, type Delivery, type Sandbox } from '../../src/conversation/api.ts';
import { observe } from '../../src/conversation/attach.ts';
import { Interruption } from '../../src/conversation/clock.ts';
import { containsMessage, type MessageCursor, type Snapshot } from '../../src/conversation/conversation.ts';
import type { ConversationEvent } from '../../src/conversation/events.ts';
import type { Outcome } from '../../src/conversation/outcome.ts';
import { sendTo } from '../../src/conversation/send.ts';
import type { Session } from '../../src/conversation/session.ts';
import { type Scene, stagedApi } from '../support/api.ts';
import { simulatedClock } from '../support/clock.ts';
import { DEADLINE_AT, live, type Lived, problemOf } from '../support/live.ts';
import { FINISHED, GONE, RUNNING } from '../support/snapshots.ts';
import { CONVERSATION } from '../support/wait.ts';

async function followUp(id: string, message: string | undefined, session: Session): Promise<Outcome> {
  return message === undefined ? observe(id, session) : sendTo({ id, message }, session);
}

const PROBLEM = { failedTo: 'send the message', because: 'HTTP 504', todo: 'run the step again later' };
const LOST = new ApiFailure(PROBLEM, true);
const DELIVERED: Delivery = { kind: 'delivered' };
const PAUSED: Delivery = { kind: 'paused' };
const EARLIER = { id: 'm1', text: 'And now?' };
const BEFORE: MessageCursor = { lastMessage: 'm1' };

interface Sent {
  readonly lived: Promise<Lived>;
  /** The requests to the server and the emitted events, with their times in seconds. */
  readonly calls: readonly (readonly [what: string, seconds: number])[];
  /** The requests alone. */
  readonly requests: () => readonly (readonly [what: string, seconds: number])[];
}

/** Sends a message. The server answers the requests to send with the given answers, in order. */
function sendMessage(
  answers: readonly (Delivery | Error)[],
  {
    arrived = () => false,
    sandboxAt = () => ({ kind: 'running', handle: 's' }),
    cursor = BEFORE,
    deadlineAt = DEADLINE_AT,
  }: {
    /** Whether the message is among the events at a time in seconds. */
    arrived?: (seconds: number) => boolean | Error;
    sandboxAt?: (seconds: number) => Sandbox;
    cursor?: MessageCursor | Error;
    deadlineAt?: number;
  } = {},
): Sent {
  const clock = simulatedClock();
  const calls: (readonly [string, number])[] = [];
  const rest = [...answers];
  const seconds = (): number => clock.now() / 1000;
  const answer = async <T>(value: T | Error): Promise<T> =>
    value instanceof Error ? Promise.reject(value) : Promise.resolve(value);
  const api: ConversationApi = {
    ...stagedApi(clock, [{ at: 0, snapshot: RUNNING }]),
    messageCursor: async () => answer(cursor),
    send: async (id, message) => {
      calls.push([`send ${id} ${message}`, seconds()]);
      return answer(rest.shift() ?? new Error('one message too many'));
    },
    messages: async (id) => {
      calls.push([`look ${id}`, seconds()]);
      const isThere = await answer(arrived(seconds()));
      return { said: isThere ? [{ id: 'm2', text: 'And now?' }, EARLIER] : [EARLIER], isLive: false };
    },
    sandbox: async () => Promise.resolve(sandboxAt(seconds())),
    resume: async (handle) => {
      calls.push([`resume ${handle}`, seconds()]);
      return Promise.resolve();
    },
  };
  const record = (event: ConversationEvent): boolean => {
    calls.push([`event: ${event.kind}`, seconds()]);
    return false;
  };
  const lived = live(async (session) => followUp('1', 'And now?', session), api, {
    clock,
    deadlineAt,
    until: record,
  });
  return { lived, calls, requests: () => calls.filter(([what]) => !what.startsWith('event: ')) };
}

async function statusOf({ lived }: Sent): Promise<string | undefined> {
  return (await lived).outcome?.status;
}

describe('a message', () => {
  test('is sent once, after an event that announces it', async () => {
    const { lived, calls } = sendMessage([DELIVERED]);
    expect((await lived).outcome).toMatchObject({ status: 'running', conversation: CONVERSATION });
    expect(calls.map(([what]) => what)).toEqual([
      'event: found',
      'event: sending',
      'send 1 And now?',
      'event: delivered',
    ]);
  });

  test('to a conversation that is gone ends the step as missing', async () => {
    const { lived } = sendMessage([{ kind: 'unavailable', reason: 'HTTP 410' }]);
    expect((await lived).outcome).toMatchObject({ status: 'missing', phase: 'HTTP 410' });
  });

  test("that the server does not accept fails with the server's reason", async () => {
    const { lived } = sendMessage([{ kind: 'refused', reason: 'the agent is busy' }]);
    expect(problemOf(await lived)).toEqual({
      failedTo: 'send the message',
      because: 'the agent is busy',
      todo: 'check the conversation: https://openhands.test/conversations/1',
      kind: 'server',
    });
  });

  test('that is refused is not sent again and leaves no pending work', async () => {
    const sent = sendMessage([new ApiFailure({ ...PROBLEM, because: 'HTTP 401' })]);
    const lived = await sent.lived;
    expect(lived.outcome).toMatchObject({ status: 'start-failed', conversation: CONVERSATION });
    expect(problemOf(lived).because).toBe('HTTP 401');
    expect(sent.requests()).toHaveLength(1);
    expect(lived.events).toContainEqual({ kind: 'refused' });
  });

  test('is not sent again after a programming error', async () => {
    const mistake = new TypeError('a mistake');
    const sent = sendMessage([mistake]);
    expect((await sent.lived).error).toBe(mistake);
    expect(sent.requests()).toHaveLength(1);
  });

  test('is not sent if the cursor of the messages before it cannot be read', async () => {
    const sent = sendMessage([], { cursor: new ApiFailure({ ...PROBLEM, because: 'HTTP 500' }) });
    expect(problemOf(await sent.lived).because).toBe('HTTP 500');
    expect(sent.requests()).toEqual([]);
  });
});

describe('a message that the server defers', () => {
  const DEFERRED: Delivery = {
    kind: 'deferred',
    problem: { ...PROBLEM, because: 'HTTP 429' },
    waitMs: 20_000,
  };

  test('is sent again after the given time, with an event about the retry', async () => {
    const sent = sendMessage([DEFERRED, DELIVERED]);
    expect(await statusOf(sent)).toBe('running');
    expect(sent.calls.map(([what]) => what)).toEqual([
      ...['event: found', 'event: sending', 'send 1 And now?', 'event: refused', 'event: retrying'],
      ...['event: sending', 'send 1 And now?', 'event: delivered'],
    ]);
    expect(sent.requests().map(([, seconds]) => seconds)).toEqual([0, 20]);
  });

  test("until after the deadline ends the step at once with the server's reason", async () => {
    const { error, events, endedAt } = await sendMessage([DEFERRED], { deadlineAt: 10_000 }).lived;
    expect(error).toMatchObject({
      message: 'HTTP 429; the server says to try again in 20 s, which is after the deadline',
    });
    expect(events.at(-1)).toEqual({ kind: 'refused' });
    expect(endedAt).toBe(0);
  });
});

describe('a message whose response was lost', () => {
  test('counts as delivered once it is among the events, however late they arrive', async () => {
    const sent = sendMessage([LOST], { arrived: (seconds) => seconds >= 30 });
    expect(await statusOf(sent)).toBe('running');
    expect(sent.requests()).toEqual([
      ['send 1 And now?', 0],
      ['look 1', 1],
      ['look 1', 4],
      ['look 1', 12],
      ['look 1', 40],
    ]);
  });

  test('is never sent again, and fails if it is not among the events', async () => {
    const sent = sendMessage([LOST]);
    expect(problemOf(await sent.lived)).toEqual(PROBLEM);
    expect(sent.requests()).toHaveLength(5);
    // The message may have arrived after all, so the agent still has to be stopped.
    expect(sent.calls.map(([what]) => what)).not.toContain('event: refused');
  });

  test('fails if the events can never be read', async () => {
    const sent = sendMessage([LOST], { arrived: () => new ApiFailure({ ...PROBLEM, because: 'HTTP 500' }) });
    expect(problemOf(await sent.lived)).toEqual(PROBLEM);
  });

  test('is looked for again if the events could not be read once', async () => {
    const sent = sendMessage([LOST], { arrived: (seconds) => (seconds < 2 ? LOST : true) });
    expect(await statusOf(sent)).toBe('running');
  });
});

describe('a message to an agent whose sandbox is paused', () => {
  test('is sent again once the sandbox is resumed', async () => {
    const sent = sendMessage([PAUSED, DELIVERED], {
      sandboxAt: (seconds) => ({ kind: seconds < 3 ? 'paused' : 'running', handle: 's' }),
    });
    expect(await statusOf(sent)).toBe('running');
    expect(sent.calls).toEqual([
      ['event: found', 0],
      ['event: sending', 0],
      ['send 1 And now?', 0],
      ['event: refused', 0],
      // The resumed agent may continue its earlier work.
      ['event: sending', 0],
      ['resume s', 0],
      ['event: sending', 4],
      ['send 1 And now?', 4],
      ['event: delivered', 4],
    ]);
  });

  test('leaves pending work once the sandbox is resumed, even if the message is refused', async () => {
    const refused = new ApiFailure({ ...PROBLEM, because: 'HTTP 401' });
    const sent = sendMessage([PAUSED, refused], {
      sandboxAt: (seconds) => ({ kind: seconds < 1 ? 'paused' : 'running', handle: 's' }),
    });
    expect(problemOf(await sent.lived).because).toBe('HTTP 401');
    expect(sent.calls.filter(([what]) => what === 'event: refused')).toHaveLength(1);
  });

  test('ends the step as missing if the sandbox is gone', async () => {
    const sent = sendMessage([PAUSED], {
      sandboxAt: () => ({ kind: 'unavailable', reason: 'its sandbox is missing' }),
    });
    expect((await sent.lived).outcome).toMatchObject({
      status: 'missing',
      phase: 'its sandbox is missing',
    });
    expect(sent.requests()).toHaveLength(1);
  });

  test('fails if the sandbox does not start within two minutes', async () => {
    const sent = sendMessage([PAUSED], { sandboxAt: () => ({ kind: 'starting', handle: 's' }) });
    expect(problemOf(await sent.lived)).toMatchObject({
      failedTo: 'resume the conversation',
      because: 'its sandbox did not start within 120 s',
      todo: 'check its state: https://openhands.test/conversations/1',
    });
  });

  test('fails if the sandbox is paused again at once', async () => {
    expect(problemOf(await sendMessage([PAUSED, PAUSED]).lived)).toMatchObject({
      failedTo: 'send the message',
      because: 'the sandbox of the conversation was paused again as soon as it had started',
      todo: 'run the step again when the account runs fewer conversations, or see https://openhands.test/conversations/1',
    });
  });
});

describe('the search for a message behind a cursor', () => {
  const message = (id: string, text?: string): { id: string; text?: string } => ({
    id,
    ...(text && { text }),
  });

  test.each<[string, boolean, readonly (readonly [id: string, text?: string])[], MessageCursor]>([
    ['the message is the newest', true, [['m2', 'And now?'], ['m1']], BEFORE],
    ['another message came after it', true, [['m3', 'Stop'], ['m2', 'And now?'], ['m1']], BEFORE],
    ['the server trimmed the message', true, [['m2', ' And now?\n'], ['m1']], BEFORE],
    ['the message is the first one', true, [['m1', 'And now?']], {}],
    ['the new message has no text', true, [['m2'], ['m1', 'Hello']], BEFORE],
    [
      'only another message is new',
      false,
      [
        ['m2', 'Deploy it'],
        ['m1', 'And now?'],
      ],
      BEFORE,
    ],
    [
      'the same text is only before the cursor',
      false,
      [
        ['m1', 'And now?'],
        ['m0', 'And now?'],
      ],
      BEFORE,
    ],
    ['there are no messages', false, [], {}],
  ])('returns the right result if %s: %s', (_, expected, messages, messageCursor) => {
    expect(
      containsMessage(
        'And now?',
        messageCursor,
        messages.map(([id, text]) => message(id, text)),
      ),
    ).toBe(expected);
  });
});

test('the search for a message ignores white space around it', () => {
  expect(containsMessage(' And now?\n', {}, [{ id: 'm1', text: 'And now?' }])).toBe(true);
});

/** Continues a conversation that follows a script. */
async function continueConversation(
  script: readonly Scene[],
  message: string | undefined,
  poll = false,
  change: (api: ConversationApi) => ConversationApi = (api) => api,
): Promise<Lived> {
  const clock = simulatedClock();
  return live(
    async (session) => followUp('1', message, { ...session, poll }),
    change(stagedApi(clock, script)),
    { clock },
  );
}

describe('a conversation that the step continues', () => {
  const listedAt = (seconds: number): readonly Scene[] => [
    { at: 0, snapshot: GONE },
    { at: seconds, snapshot: RUNNING },
  ];

  test('is found if the first poll shows it', async () => {
    const { events, endedAt } = await continueConversation([{ at: 0, snapshot: RUNNING }], 'And now?');
    expect(events[0]).toEqual({
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
  ])('is found if a poll within a minute shows it: message %s, waited for: %s', async (message, poll) => {
    const script = [...listedAt(60), { at: 100, snapshot: FINISHED }];
    expect((await continueConversation(script, message, poll)).events.map(({ kind }) => kind)).toContain(
      'found',
    );
    const { outcome, endedAt } = await continueConversation(listedAt(61), message, poll);
    expect(outcome).toMatchObject({
      status: 'missing',
      problem: { because: 'the server does not list the conversation 1' },
    });
    expect(endedAt).toBe(60);
  });

  test('is polled one more time if there is no message and no wait', async () => {
    expect((await continueConversation(listedAt(2), undefined)).outcome).toMatchObject({ status: 'running' });
    const { outcome, endedAt } = await continueConversation(listedAt(3), undefined);
    expect(outcome).toMatchObject({ status: 'missing', problem: { kind: 'not-found' } });
    expect(endedAt).toBe(2);
  });

  test('is reported as missing at once if it is gone and not waited for', async () => {
    const gone: Snapshot = { ...GONE, facts: { pullRequests: [] } };
    const { outcome, events, endedAt } = await continueConversation([{ at: 0, snapshot: gone }], undefined);
    expect(outcome).toMatchObject({ status: 'missing', conversation: CONVERSATION });
    expect(events[0]).toMatchObject({ kind: 'found', role: 'observer' });
    expect(endedAt).toBe(0);
  });

  test('is awaited until the agent has handled the message', async () => {
    const script = [
      { at: 0, snapshot: FINISHED },
      { at: 5, snapshot: RUNNING },
      { at: 20, snapshot: FINISHED },
    ];
    const { outcome } = await continueConversation(script, 'And now?', true, (api) => ({
      ...api,
      // Until the message is stored, an end in the events is an older one.
      result: async (id, signal) =>
        api
          .look([id], signal)
          .then(async ([seen]) =>
            seen?.state.kind === 'ended' ? api.result(id, signal) : { complete: false, awaitsMessage: true },
          ),
    }));
    expect(outcome).toMatchObject({ status: 'finished' });
  });

  test("that cannot be polled fails with the server's reason", async () => {
    const broken = new ApiFailure({ ...PROBLEM, because: 'HTTP 401' });
    const lived = await continueConversation([], 'And now?', false, (api) => ({
      ...api,
      look: async () => Promise.reject(broken),
    }));
    expect(lived.outcome).toEqual({ status: 'start-failed', problem: broken.problem });
  });
});

describe('an agent that has a message', () => {
  const stopped = { at: 0, snapshot: FINISHED };

  test.each([
    [0, 0],
    [1, 2],
    [100, 8],
  ])('begins with it after %d s, which the step awaits until %d s', async (beginsAt, seconds) => {
    const { outcome, endedAt } = await continueConversation(
      [stopped, { at: beginsAt, snapshot: RUNNING }],
      'And now?',
    );
    expect(outcome?.status).toBe('running');
    expect(endedAt).toBe(seconds);
  });

  /** Continues a conversation whose server answers only the first poll. */
  async function afterwards(
    look: (signal: AbortSignal, clock: ReturnType<typeof simulatedClock>) => Promise<never>,
    deadlineAt: number = DEADLINE_AT,
  ): Promise<Lived> {
    const clock = simulatedClock();
    let looks = 0;
    const staged = stagedApi(clock, [stopped]);
    const api: ConversationApi = {
      ...staged,
      look: async (ids, signal) => {
        looks += 1;
        return looks === 1 ? staged.look(ids, signal) : look(signal, clock);
      },
    };
    return live(async (session) => followUp('1', 'And now?', session), api, { clock, deadlineAt });
  }

  const never: Parameters<typeof afterwards>[0] = async (signal, clock) =>
    clock
      .sleep(Number.POSITIVE_INFINITY, signal)
      .then(async () => Promise.reject(new Error('it is never over')));

  test.each([new ApiFailure(PROBLEM), new Interruption('deadline')])(
    'counts as running if it cannot be polled: %s',
    async (error) => {
      const { outcome, endedAt } = await afterwards(async () => Promise.reject(error));
      expect(outcome).toMatchObject({ status: 'running', conversation: CONVERSATION });
      expect(endedAt).toBe(0);
    },
  );

  test('counts as running if the server does not answer within 10 s', async () => {
    const { outcome, endedAt } = await afterwards(never);
    expect(outcome?.status).toBe('running');
    expect(endedAt).toBe(10);
  });

  test('counts as running if the deadline passes', async () => {
    const { outcome, endedAt } = await afterwards(never, 5_000);
    expect(outcome?.status).toBe('running');
    expect(endedAt).toBe(5);
  });

  test.each([new Interruption('cancel'), new TypeError('a mistake')])(
    'is no longer awaited after %s',
    async (error) => {
      const clock = simulatedClock();
      const cancel = new AbortController();
      const staged = stagedApi(clock, [stopped]);
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
      const lived = await live(async (session) => followUp('1', 'And now?', session), api, {
        clock,
        signal: cancel.signal,
      });
      expect(lived.error).toBe(error);
    },
  );
});
