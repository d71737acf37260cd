import { describe, expect, test } from '@jest/globals';

import { ApiFailure, type ConversationApi, type Delivery, type Sandbox } from '../../src/conversation/api.ts';
import { observe } from '../../src/conversation/attach.ts';
import type { ConversationEvent } from '../../src/conversation/events.ts';
import { sendTo } from '../../src/conversation/send.ts';
import { type Scene, stagedApi } from '../support/api.ts';
import { simulatedClock } from '../support/clock.ts';
import { DEADLINE_AT, live, type Lived, problemOf } from '../support/live.ts';
import { FINISHED, GONE, RUNNING } from '../support/snapshots.ts';

const PROBLEM = { failedTo: 'send the message', because: 'HTTP 504', todo: 'run the step again later' };
const LOST = new ApiFailure(PROBLEM, true);
const PAUSED: Delivery = { kind: 'paused' };
const EARLIER = { id: 'm1', text: 'And now?' };

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
    deadlineAt = DEADLINE_AT,
  }: {
    /** Whether the message is among the events at a time in seconds. */
    arrived?: (seconds: number) => boolean;
    sandboxAt?: (seconds: number) => Sandbox;
    deadlineAt?: number;
  } = {},
): Sent {
  const clock = simulatedClock();
  const calls: (readonly [string, number])[] = [];
  const rest = [...answers];
  const seconds = (): number => clock.now() / 1000;
  const api: ConversationApi = {
    ...stagedApi(clock, [{ at: 0, snapshot: RUNNING }]),
    messageCursor: async () => Promise.resolve({ lastMessage: 'm1' }),
    send: async (id, message) => {
      calls.push([`send ${id} ${message}`, seconds()]);
      const answer = rest.shift() ?? new Error('one message too many');
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
    messages: async (id) => {
      calls.push([`look ${id}`, seconds()]);
      const isThere = arrived(seconds());
      return Promise.resolve({
        said: isThere ? [{ id: 'm2', text: 'And now?' }, EARLIER] : [EARLIER],
        isLive: false,
      });
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
  const lived = live(async (session) => sendTo({ id: '1', message: 'And now?' }, session), api, {
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
      message: 'HTTP 429; the next try would be in 20 s, after the deadline',
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
      failedTo: 'resume the conversation',
      because: 'the sandbox of the conversation was paused again as soon as it had started',
      todo: 'check its state: https://openhands.test/conversations/1',
      kind: 'paused',
    });
  });
});

describe('a conversation that the step continues', () => {
  const listedAt = (seconds: number): readonly Scene[] => [
    { at: 0, snapshot: GONE },
    { at: seconds, snapshot: RUNNING },
  ];

  async function attach(script: readonly Scene[]): Promise<Lived> {
    const clock = simulatedClock();
    return live(async (session) => observe('1', session), stagedApi(clock, script), { clock });
  }

  test('is polled one more time if there is no message and no wait', async () => {
    expect((await attach(listedAt(2))).outcome).toMatchObject({ status: 'running' });
    const { outcome, endedAt } = await attach(listedAt(3));
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
    const clock = simulatedClock();
    const { outcome, endedAt } = await live(
      async (session) => sendTo({ id: '1', message: 'And now?' }, session),
      stagedApi(clock, [stopped, { at: beginsAt, snapshot: RUNNING }]),
      { clock },
    );
    expect(outcome?.status).toBe('running');
    expect(endedAt).toBe(seconds);
  });

  test('counts as running if the server does not answer within 10 s', async () => {
    const clock = simulatedClock();
    const staged = stagedApi(clock, [stopped]);
    let looks = 0;
    const api: ConversationApi = {
      ...staged,
      look: async (ids, signal) => {
        looks += 1;
        if (looks > 1) await clock.sleep(Number.POSITIVE_INFINITY, signal);
        return staged.look(ids, signal);
      },
    };
    const { outcome, endedAt } = await live(
      async (session) => sendTo({ id: '1', message: 'And now?' }, session),
      api,
      { clock },
    );
    expect(outcome?.status).toBe('running');
    expect(endedAt).toBe(10);
  });
});
