import { describe, expect, test } from '@jest/globals';

import { ApiFailure, type ConversationApi, type Delivery, type Sandbox } from '../../src/conversation/api.ts';
import type { Mark } from '../../src/conversation/conversation.ts';
import { deliver } from '../../src/conversation/follow-up.ts';
import { stagedApi } from '../support/api.ts';
import { rejection } from '../support/client.ts';
import { simulatedClock } from '../support/clock.ts';

const PROBLEM = { failedTo: 'send the message', because: 'HTTP 504', todo: 'run the step again later' };
const LOST = new ApiFailure(PROBLEM, true);
const DELIVERED: Delivery = { kind: 'delivered' };
const ASLEEP: Delivery = { kind: 'asleep' };
const BEFORE: Mark = { lastMessage: 'm1' };

interface Followed {
  readonly delivery: Promise<Delivery>;
  /** What the server was asked for, and when, in seconds. */
  readonly asked: readonly (readonly [what: string, seconds: number])[];
}

/** Sends a message where the server answers the sends one after the other. */
function follow(
  answers: readonly (Delivery | Error)[],
  {
    mark = BEFORE,
    markAt = () => BEFORE,
    sandboxAt = () => ({ kind: 'running', handle: 's' }),
  }: {
    mark?: Mark;
    markAt?: (seconds: number) => Mark;
    sandboxAt?: (seconds: number) => Sandbox;
  } = {},
): Followed {
  const clock = simulatedClock();
  const asked: (readonly [string, number])[] = [];
  const rest = [...answers];
  const ask = (what: string): number => {
    asked.push([what, clock.now() / 1000]);
    return clock.now() / 1000;
  };
  const api: ConversationApi = {
    ...stagedApi(clock, []),
    send: async (id, message) => {
      ask(`send ${id} ${message}`);
      const answer = rest.shift() ?? new Error('one message too many');
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
    mark: async (id) => Promise.resolve(markAt(ask(`mark ${id}`))),
    sandbox: async () => Promise.resolve(sandboxAt(clock.now() / 1000)),
    wake: async (handle) => {
      ask(`wake ${handle}`);
      return Promise.resolve();
    },
  };
  const followUp = { id: '1', message: 'And now?', mark };
  return { delivery: deliver(api, followUp, clock, new AbortController().signal), asked };
}

describe('a message', () => {
  test('that is delivered is sent once', async () => {
    const { delivery, asked } = follow([DELIVERED]);
    expect(await delivery).toEqual(DELIVERED);
    expect(asked).toEqual([['send 1 And now?', 0]]);
  });

  test('for nobody is told as that', async () => {
    const gone: Delivery = { kind: 'gone', reason: 'HTTP 410' };
    expect(await follow([gone]).delivery).toEqual(gone);
  });

  test.each([
    ['is refused', new ApiFailure({ ...PROBLEM, because: 'HTTP 401' })],
    ['meets a mistake of our own', new TypeError('a mistake')],
  ])('that %s is not sent again', async (_, error) => {
    const { delivery, asked } = follow([error]);
    expect(await rejection(delivery)).toBe(error);
    expect(asked).toHaveLength(1);
  });
});

describe('a message whose answer was lost', () => {
  test('was delivered where it is among the events, however late these come', async () => {
    const { delivery, asked } = follow([LOST], {
      markAt: (seconds) => (seconds < 30 ? BEFORE : { lastMessage: 'm2' }),
    });
    expect(await delivery).toEqual(DELIVERED);
    expect(asked).toEqual([
      ['send 1 And now?', 0],
      ['mark 1', 1],
      ['mark 1', 4],
      ['mark 1', 12],
      ['mark 1', 40],
    ]);
  });

  test('was delivered where it is the first of all', async () => {
    const { delivery } = follow([LOST], { mark: {}, markAt: () => ({ lastMessage: 'm1' }) });
    expect(await delivery).toEqual(DELIVERED);
  });

  test.each<[string, Mark]>([
    ['the message before it is still the last', BEFORE],
    ['there is no message at all', {}],
  ])('is never sent again, and fails where %s', async (_, mark) => {
    const { delivery, asked } = follow([LOST], { markAt: () => mark });
    expect(await rejection(delivery)).toBe(LOST);
    expect(asked).toHaveLength(5);
  });
});

describe('a message for an agent whose sandbox is paused', () => {
  test('is sent again once that is woken', async () => {
    const { delivery, asked } = follow([ASLEEP, DELIVERED], {
      sandboxAt: (seconds) => ({ kind: seconds < 3 ? 'paused' : 'running', handle: 's' }),
    });
    expect(await delivery).toEqual(DELIVERED);
    expect(asked).toEqual([
      ['send 1 And now?', 0],
      ['wake s', 0],
      ['send 1 And now?', 4],
    ]);
  });

  test('is for nobody where that is gone', async () => {
    const gone: Sandbox = { kind: 'gone', reason: 'its sandbox is missing' };
    const { delivery, asked } = follow([ASLEEP], { sandboxAt: () => gone });
    expect(await delivery).toEqual(gone);
    expect(asked).toHaveLength(1);
  });

  test('fails where it is paused again at once', async () => {
    const { delivery } = follow([ASLEEP, ASLEEP]);
    const error = await rejection(delivery);
    if (!(error instanceof ApiFailure)) throw new Error('another error was expected');
    expect(error.problem).toEqual({
      failedTo: 'send the message',
      because: 'the sandbox of the conversation was paused again as soon as it had started',
      todo: 'run the step again when the account runs fewer conversations, or see https://openhands.test/conversations/1',
    });
  });
});
