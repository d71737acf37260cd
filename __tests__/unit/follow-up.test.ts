import { describe, expect, test } from '@jest/globals';

import { ApiFailure, type ConversationApi, type Delivery, type Sandbox } from '../../src/conversation/api.ts';
import { observe } from '../../src/conversation/attach.ts';
import { type MessageCursor } from '../../src/conversation/conversation.ts';
import type { ConversationEvent } from '../../src/conversation/events.ts';
import type { Outcome } from '../../src/conversation/outcome.ts';
import { sendTo } from '../../src/conversation/send.ts';
import type { Session } from '../../src/conversation/session.ts';
import { type Scene, stagedApi } from '../support/api.ts';
import { simulatedClock } from '../support/clock.ts';
import { DEADLINE_AT, live, type Lived, problemOf } from '../support/live.ts';
import { FINISHED, GONE, RUNNING } from '../support/snapshots.ts';

async function followUp(id: string, message: string | undefined, session: Session): Promise<Outcome> {
  return message === undefined ? observe(id, session) : sendTo({ id, message }, session);
}

const PROBLEM = { failedTo: 'send the message', because: 'HTTP 504', todo: 'run the step again later' };
const LOST = new ApiFailure(PROBLEM, true);
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

describe('a message that the server defers', () => {
  const DEFERRED: Delivery = {
    kind: 'deferred',
    problem: { ...PROBLEM, because: 'HTTP 429' },
    waitMs: 20_000,
  };

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
});

describe('a message to an agent whose sandbox is paused', () => {
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

  test('is polled one more time if there is no message and no wait', async () => {
    expect((await continueConversation(listedAt(2), undefined)).outcome).toMatchObject({ status: 'running' });
    const { outcome, endedAt } = await continueConversation(listedAt(3), undefined);
    expect(outcome).toMatchObject({ status: 'missing', problem: { kind: 'not-found' } });
    expect(endedAt).toBe(2);
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

  test('counts as running if the server does not answer within 10 s', async () => {
    const { outcome, endedAt } = await afterwards(never);
    expect(outcome?.status).toBe('running');
    expect(endedAt).toBe(10);
  });
});
