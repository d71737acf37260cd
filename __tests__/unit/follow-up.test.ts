import { describe, expect, test } from '@jest/globals';

import {
  ApiFailure,
  type ConversationApi,
  type Delivery,
  type Errand,
  type Sandbox,
} from '../../src/conversation/api.ts';
import { Interruption } from '../../src/conversation/clock.ts';
import { isAmong, type Mark } from '../../src/conversation/conversation.ts';
import { deliver, untilBegun, untilListed } from '../../src/conversation/follow-up.ts';
import { stagedApi, UNTOLD } from '../support/api.ts';
import { rejection } from '../support/client.ts';
import { simulatedClock } from '../support/clock.ts';
import { FINISHED, GONE, RUNNING } from '../support/sightings.ts';

const PROBLEM = { failedTo: 'send the message', because: 'HTTP 504', todo: 'run the step again later' };
const LOST = new ApiFailure(PROBLEM, true);
const DELIVERED: Delivery = { kind: 'delivered' };
const ASLEEP: Delivery = { kind: 'asleep' };
const BEFORE: Mark = { lastMessage: 'm1' };

interface Followed {
  readonly delivery: Promise<Delivery>;
  /** What the server was asked for, and when, in seconds. */
  readonly asked: readonly (readonly [what: string, seconds: number])[];
  /** Before which of these it was told that the agent may be put to work. */
  readonly told: readonly number[];
}

/** Sends a message where the server answers the sends one after the other. */
function follow(
  answers: readonly (Delivery | Error)[],
  {
    mark = BEFORE,
    arrivedAt = Number.POSITIVE_INFINITY,
    sandboxAt = () => ({ kind: 'running', handle: 's' }),
  }: {
    mark?: Mark;
    /** When the message is among the events, in seconds. */
    arrivedAt?: number;
    sandboxAt?: (seconds: number) => Sandbox;
  } = {},
): Followed {
  const clock = simulatedClock();
  const asked: (readonly [string, number])[] = [];
  const told: number[] = [];
  const rest = [...answers];
  const ask = (what: string): number => {
    asked.push([what, clock.now() / 1000]);
    return clock.now() / 1000;
  };
  const api: ConversationApi = {
    ...stagedApi(clock, []),
    send: async (id, message, { onAsk }) => {
      onAsk();
      ask(`send ${id} ${message}`);
      const answer = rest.shift() ?? new Error('one message too many');
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
    hasArrived: async (id, message, since) => {
      expect([message, since]).toEqual(['And now?', mark]);
      return Promise.resolve(ask(`look ${id}`) >= arrivedAt);
    },
    sandbox: async () => Promise.resolve(sandboxAt(clock.now() / 1000)),
    wake: async (handle) => {
      ask(`wake ${handle}`);
      return Promise.resolve();
    },
  };
  const followUp = { id: '1', message: 'And now?', mark };
  const errand: Errand = {
    onAsk: () => {
      told.push(asked.length);
    },
    onRefused: () => undefined,
  };
  const { signal } = new AbortController();
  return { delivery: deliver(api, followUp, errand, { clock, signal }), asked, told };
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
    const { delivery, asked } = follow([LOST], { arrivedAt: 30 });
    expect(await delivery).toEqual(DELIVERED);
    expect(asked).toEqual([
      ['send 1 And now?', 0],
      ['look 1', 1],
      ['look 1', 4],
      ['look 1', 12],
      ['look 1', 40],
    ]);
  });

  test('is never sent again, and fails where it is not among them', async () => {
    const { delivery, asked } = follow([LOST]);
    expect(await rejection(delivery)).toBe(LOST);
    expect(asked).toHaveLength(5);
  });

  test('has not arrived for all that is known where the server can never be asked', async () => {
    const clock = simulatedClock();
    const api: ConversationApi = {
      ...stagedApi(clock, []),
      send: async () => Promise.reject(LOST),
      hasArrived: async () => Promise.reject(new ApiFailure(PROBLEM)),
    };
    const { signal } = new AbortController();
    const followUp = { id: '1', message: 'And now?', mark: BEFORE };
    expect(await rejection(deliver(api, followUp, UNTOLD, { clock, signal }))).toBe(LOST);
  });

  test('is looked for again where the server cannot be asked for a moment', async () => {
    const clock = simulatedClock();
    let looks = 0;
    const api: ConversationApi = {
      ...stagedApi(clock, []),
      send: async () => Promise.reject(LOST),
      hasArrived: async () => {
        looks += 1;
        return looks < 2 ? Promise.reject(LOST) : Promise.resolve(true);
      },
    };
    const { signal } = new AbortController();
    const followUp = { id: '1', message: 'And now?', mark: BEFORE };
    expect(await deliver(api, followUp, UNTOLD, { clock, signal })).toEqual(DELIVERED);
  });
});

describe('a message for an agent whose sandbox is paused', () => {
  test('is sent again once that is woken', async () => {
    const { delivery, asked, told } = follow([ASLEEP, DELIVERED], {
      sandboxAt: (seconds) => ({ kind: seconds < 3 ? 'paused' : 'running', handle: 's' }),
    });
    expect(await delivery).toEqual(DELIVERED);
    expect(asked).toEqual([
      ['send 1 And now?', 0],
      ['wake s', 0],
      ['send 1 And now?', 4],
    ]);
    // Woken, the agent may go on with its earlier work.
    expect(told).toEqual([0, 1, 2]);
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
    expect(error.problem).toMatchObject({
      failedTo: 'send the message',
      because: 'the sandbox of the conversation was paused again as soon as it had started',
      todo: 'run the step again when the account runs fewer conversations, or see https://openhands.test/conversations/1',
    });
  });
});

test('an agent that was woken stays the concern of the step, whatever becomes of the message', async () => {
  const clock = simulatedClock();
  const refusals: string[] = [];
  let sends = 0;
  const api: ConversationApi = {
    ...stagedApi(clock, []),
    send: async (_id, _message, { onRefused }) => {
      onRefused();
      sends += 1;
      return Promise.resolve(sends === 1 ? ASLEEP : DELIVERED);
    },
  };
  const errand: Errand = { onAsk: () => undefined, onRefused: () => refusals.push(`send ${sends + 1}`) };
  const followUp = { id: '1', message: 'And now?', mark: BEFORE };
  await deliver(api, followUp, errand, { clock, signal: new AbortController().signal });
  expect(refusals).toEqual(['send 1']);
});

describe('whether a message is among those since a mark', () => {
  const message = (id: string, text?: string): { id: string; text?: string } => ({
    id,
    ...(text && { text }),
  });

  test.each<[string, boolean, readonly (readonly [id: string, text?: string])[], Mark]>([
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
  ])('%s: %s', (_, expected, messages, mark) => {
    expect(
      isAmong(
        'And now?',
        mark,
        messages.map(([id, text]) => message(id, text)),
      ),
    ).toBe(expected);
  });
});

test('white space around a message that is looked for does not matter either', () => {
  expect(isAmong(' And now?\n', {}, [{ id: 'm1', text: 'And now?' }])).toBe(true);
});

describe('a conversation that is to get a message', () => {
  /** Whether it is listed, and when that is known, in seconds. */
  async function listed(listedAt: number): Promise<readonly [boolean, number]> {
    const clock = simulatedClock();
    const script = [
      { at: 0, sighting: listedAt === 0 ? FINISHED : GONE },
      { at: listedAt, sighting: FINISHED },
    ];
    const [first] = script;
    if (first === undefined) throw new Error('a script has a beginning');
    const { signal } = new AbortController();
    const waiting = { clock, signal, ms: 60_000 };
    const seen = await untilListed(stagedApi(clock, script), '1', first.sighting, waiting);
    return [seen?.facts !== undefined, clock.now() / 1000];
  }

  test('is there where the first look shows it, at rest or at work', async () => {
    expect(await listed(0)).toEqual([true, 0]);
  });

  test('is there as soon as a look shows it', async () => {
    expect(await listed(5)).toEqual([true, 6]);
  });

  test('is not where no look of a minute does', async () => {
    expect(await listed(61)).toEqual([false, 60]);
  });
});

describe('an agent that has a message', () => {
  async function begun(beginsAt: number): Promise<number> {
    const clock = simulatedClock();
    const script = [
      { at: 0, sighting: FINISHED },
      { at: beginsAt, sighting: RUNNING },
    ];
    await untilBegun(stagedApi(clock, script), '1', { clock, signal: new AbortController().signal });
    return clock.now() / 1000;
  }

  test.each([
    [0, 0],
    [1, 2],
    [100, 10],
  ])('has begun with it after %d s: that is waited for until %d s', async (beginsAt, seconds) => {
    expect(await begun(beginsAt)).toBe(seconds);
  });

  test.each([
    ['the server fails', new ApiFailure(PROBLEM)],
    ['the deadline passes', new Interruption('deadline')],
  ])('has it also where %s', async (_, error) => {
    const clock = simulatedClock();
    const api = { ...stagedApi(clock, []), look: async () => Promise.reject(error) };
    await untilBegun(api, '1', { clock, signal: new AbortController().signal });
    const aborted = AbortSignal.abort(new Interruption('deadline'));
    await untilBegun(api, '1', { clock, signal: aborted });
    expect(clock.now()).toBe(0);
  });

  test.each([new Interruption('cancel'), new TypeError('a mistake')])(
    'is not waited for after %s',
    async (error) => {
      const clock = simulatedClock();
      const api = { ...stagedApi(clock, []), look: async () => Promise.reject(error) };
      const { signal } = new AbortController();
      expect(await rejection(untilBegun(api, '1', { clock, signal }))).toBe(error);
    },
  );
});
