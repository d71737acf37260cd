import { describe, expect, test } from '@jest/globals';

import {
  ApiFailure,
  type ConversationApi,
  type Found,
  type StartProgress,
  type StartRequest,
} from '../../src/conversation/api.ts';
import { type Clock, Interruption } from '../../src/conversation/clock.ts';
import type { Conversation } from '../../src/conversation/conversation.ts';
import {
  type Requested as Start,
  requestStart,
  untilCreated,
  untilStarted,
} from '../../src/conversation/start.ts';
import { stagedApi } from '../support/api.ts';
import { rejection } from '../support/client.ts';
import { simulatedClock } from '../support/clock.ts';

const REQUEST: StartRequest = { id: 'chosen', message: 'Check the README' };
const PROBLEM = { failedTo: 'start the conversation', because: 'HTTP 504', todo: 'run the step again later' };
const REFUSED = new ApiFailure({ ...PROBLEM, because: 'HTTP 401' });
const LOST = new ApiFailure(PROBLEM, true);
const CREATED: StartProgress = { kind: 'created', id: '1' };
const CREATED_BEFORE: StartProgress = { kind: 'created', id: '2' };
const LOOK_FIRST =
  'before running the step again, see at https://openhands.test/conversations whether the conversation was started all the same';
const never = new AbortController().signal;

/** What a call answers: a value, or an error that it is rejected with. */
async function answer<T>(value: T | Error): Promise<T> {
  return value instanceof Error ? Promise.reject(value) : Promise.resolve(value);
}

interface Requested {
  readonly requested: Promise<Start>;
  readonly progress: Promise<StartProgress>;
  readonly starts: readonly StartRequest[];
  /** When the start was looked for, in seconds. */
  readonly looks: readonly number[];
}

/** Asks for a conversation where the server answers the starts and the looks one after the other. */
function request(
  starts: readonly (StartProgress | Error)[],
  looks: readonly (Found | Error)[] = [],
  signal = never,
): Requested {
  const clock = simulatedClock();
  const started: StartRequest[] = [];
  const looked: number[] = [];
  const api: ConversationApi = {
    ...stagedApi(clock, []),
    start: async (asked) => {
      started.push(asked);
      return answer(starts[started.length - 1] ?? new Error('one start too many'));
    },
    find: async (sought) => {
      expect(sought).toMatchObject(REQUEST);
      looked.push(clock.now() / 1000);
      return answer(looks[looked.length - 1] ?? new Error('one look too many'));
    },
  };
  const requested = requestStart(api, REQUEST, { clock, signal, isShared: false });
  return { requested, progress: requested.then(({ progress }) => progress), starts: started, looks: looked };
}

describe('a start', () => {
  test('that is answered is sent once, as it was asked for', async () => {
    const { progress, starts, looks } = request([CREATED]);
    expect(await progress).toEqual(CREATED);
    expect(starts).toEqual([REQUEST]);
    expect(looks).toEqual([]);
  });

  test.each([
    ['that the server refused', REFUSED],
    ['that was interrupted', new Interruption('cancel')],
    ['that an error of our own broke', new Error('a mistake')],
  ])('%s is neither looked for nor sent again', async (_, error) => {
    const { progress, starts, looks } = request([error]);
    expect(await rejection(progress)).toBe(error);
    expect(starts).toHaveLength(1);
    expect(looks).toEqual([]);
  });
});

describe('a start whose answer was lost', () => {
  const NOT_THERE: Found = { kind: 'not-there' };

  test('is what the server has of it, as soon as it has it', async () => {
    const { progress, starts, looks } = request([LOST], [NOT_THERE, CREATED_BEFORE]);
    expect(await progress).toEqual(CREATED_BEFORE);
    expect(starts).toHaveLength(1);
    expect(looks).toEqual([1, 4]);
  });

  test('is sent again once the server had twelve seconds to store it and did not', async () => {
    const { progress, starts, looks } = request([LOST, CREATED], [NOT_THERE, NOT_THERE, NOT_THERE]);
    expect(await progress).toEqual(CREATED);
    expect(starts).toEqual([REQUEST, REQUEST]);
    expect(looks).toEqual([1, 4, 12]);
  });

  test('may be the start of another run, where it was found and not answered', async () => {
    expect(await request([CREATED]).requested).toEqual({ progress: CREATED, answered: true });
    expect(await request([LOST], [CREATED]).requested).toEqual({ progress: CREATED, answered: false });
    const again = request([LOST, CREATED], [NOT_THERE, NOT_THERE, NOT_THERE]);
    expect(await again.requested).toEqual({ progress: CREATED, answered: true });
  });

  test('may come to something yet where the second is refused: that is what is told', async () => {
    const { progress, starts } = request([LOST, REFUSED], [NOT_THERE, NOT_THERE, NOT_THERE]);
    expect(await rejection(progress)).toBe(LOST);
    expect(starts).toHaveLength(2);
  });

  test('is told as what it is where the second is interrupted', async () => {
    const cancel = new Interruption('cancel');
    expect(await rejection(request([LOST, cancel], [NOT_THERE, NOT_THERE, NOT_THERE]).progress)).toBe(cancel);
  });

  test('is looked for among recent starts alone if others may ask for the same id', async () => {
    const clock = simulatedClock();
    const sought: unknown[] = [];
    const api: ConversationApi = {
      ...stagedApi(clock, []),
      start: async () => Promise.reject(LOST),
      find: async (request) => {
        sought.push(request);
        return Promise.resolve(CREATED);
      },
    };
    await requestStart(api, REQUEST, { clock, signal: never, isShared: true });
    expect(sought).toEqual([{ ...REQUEST, isShared: true }]);
  });

  const AGAIN = new ApiFailure({ ...PROBLEM, because: 'HTTP 502' }, true);

  test('is sent again once, and no more', async () => {
    const nothing = Array.from({ length: 6 }, () => NOT_THERE);
    const { progress, starts } = request([LOST, AGAIN], nothing);
    expect(await rejection(progress)).toBe(AGAIN);
    expect(starts).toHaveLength(2);
  });

  test('is looked for again where the answer to the second is lost, too', async () => {
    const looks = [NOT_THERE, NOT_THERE, NOT_THERE, NOT_THERE, CREATED_BEFORE];
    const { requested, starts } = request([LOST, AGAIN], looks);
    expect(await requested).toEqual({ progress: CREATED_BEFORE, answered: false });
    expect(starts).toHaveLength(2);
  });

  const CANNOT_BE_ASKED = new ApiFailure({ ...PROBLEM, because: 'HTTP 500' });

  test('is looked for again where the server cannot be asked for a moment', async () => {
    const { progress, looks } = request([LOST], [CANNOT_BE_ASKED, CREATED_BEFORE]);
    expect(await progress).toEqual(CREATED_BEFORE);
    expect(looks).toEqual([1, 4]);
  });

  test.each<[string, readonly (Found | Error)[]]>([
    ['cannot tell', [{ kind: 'untold' }]],
    ['cannot be asked at the last look', [NOT_THERE, NOT_THERE, CANNOT_BE_ASKED]],
    ['can never be asked', [CANNOT_BE_ASKED, CANNOT_BE_ASKED, CANNOT_BE_ASKED]],
  ])('failed where the server %s: then nobody knows, and it is not sent again', async (_, answers) => {
    const { progress, starts, looks } = request([LOST], answers);
    expect(await rejection(progress)).toBe(LOST);
    expect(starts).toHaveLength(1);
    expect(looks).toHaveLength(answers.length);
  });

  test('is not looked for any longer once the step is interrupted', async () => {
    const cancel = new Interruption('cancel');
    const { progress, starts } = request([LOST], [cancel]);
    expect(await rejection(progress)).toBe(cancel);
    expect(starts).toHaveLength(1);
  });

  test('is not waited for in a step that was interrupted', async () => {
    const cancel = new Interruption('cancel');
    const { progress, looks } = request([LOST], [], AbortSignal.abort(cancel));
    expect(await rejection(progress)).toBe(cancel);
    expect(looks).toEqual([]);
  });
});

interface Waited {
  readonly conversation: Promise<Conversation>;
  readonly phases: readonly string[];
  /** When the list was looked at, in seconds. */
  readonly listed: readonly number[];
  /** What was asked about, and when, in seconds. */
  readonly asked: readonly (readonly [task: string, seconds: number])[];
}

/** Waits for a start whose progress is a matter of time. */
function wait(
  first: StartProgress,
  progressAt: (seconds: number) => StartProgress | Error,
  { startedAt = 0, deadlineSeconds = 3600, signal = never, listedAt = Number.POSITIVE_INFINITY } = {},
): Waited {
  const clock = simulatedClock();
  const phases: string[] = [];
  const asked: (readonly [string, number])[] = [];
  const listed: number[] = [];
  const api: ConversationApi = {
    ...stagedApi(clock, []),
    startProgress: async (task) => {
      asked.push([task, clock.now() / 1000]);
      return answer(progressAt(clock.now() / 1000));
    },
    find: async ({ id }) => {
      listed.push(clock.now() / 1000);
      // Servers write the same id in another way.
      return Promise.resolve(
        clock.now() / 1000 < listedAt ? { kind: 'not-there' } : { kind: 'created', id: `${id}-as-listed` },
      );
    },
  };
  const conversation = untilCreated('chosen', first, {
    api,
    clock,
    pace: { longestMs: 30_000, random: () => 0.5 },
    startedAt: startedAt * 1000,
    deadlineAt: deadlineSeconds * 1000,
    signal,
    onPhase: (phase) => phases.push(phase),
  });
  return { conversation, phases, asked, listed };
}

const pending = (phase: string, task = 'task'): StartProgress => ({ kind: 'pending', task, phase });
const UNKNOWN: StartProgress = { kind: 'unknown', task: 'task' };

async function problemOf(conversation: Promise<Conversation>): Promise<ApiFailure['problem']> {
  const error = await rejection(conversation);
  if (!(error instanceof ApiFailure)) throw new Error('another error was expected');
  return error.problem;
}

describe('the wait for a requested conversation', () => {
  test('is none where it exists at once', async () => {
    const { conversation, asked, phases } = wait(CREATED, () => new Error('nobody was to ask'));
    expect(await conversation).toEqual({ id: '1', url: 'https://openhands.test/conversations/1' });
    expect(asked).toEqual([]);
    expect(phases).toEqual([]);
  });

  test('tells the phase at each look, and asks every two seconds at first', async () => {
    const { conversation, asked, phases } = wait(pending('working'), (seconds) =>
      seconds < 5 ? pending('working') : seconds < 9 ? pending('preparing the repository') : CREATED,
    );
    expect((await conversation).id).toBe('1');
    expect(phases).toEqual([
      ...Array.from({ length: 3 }, () => 'working'),
      ...Array.from({ length: 2 }, () => 'preparing the repository'),
    ]);
    expect(asked).toEqual([2, 4, 6, 8, 10].map((seconds) => ['task', seconds]));
  });

  test('asks more seldom the longer it lasts, by the time since the start of the step', async () => {
    const { conversation, asked } = wait(pending('working'), (seconds) =>
      seconds < 400 ? pending('working') : CREATED,
    );
    await conversation;
    const [last = 0, before = 0] = asked.map(([, seconds]) => seconds).toReversed();
    expect(last - before).toBeGreaterThan(15);
    expect(last - before).toBeLessThanOrEqual(20);
  });

  test('asks as seldom as for an old conversation in a step that began long ago', async () => {
    const { conversation, asked } = wait(pending('working'), () => CREATED, { startedAt: -400 });
    await conversation;
    expect(asked).toEqual([['task', 20]]);
  });

  test('has its last look two seconds before the deadline', async () => {
    const cancel = new AbortController();
    const { conversation, asked } = wait(
      pending('working'),
      (seconds) => {
        if (seconds >= 98) cancel.abort(new Interruption('deadline'));
        return pending('working');
      },
      { deadlineSeconds: 100, signal: cancel.signal },
    );
    expect(await rejection(conversation)).toEqual(new Interruption('deadline'));
    expect(asked.at(-1)).toEqual(['task', 98]);
  });

  test('ends with the conversation that is listed although its start never says so', async () => {
    const { conversation, listed } = wait(pending('working'), () => pending('working'), { listedAt: 40 });
    expect(await conversation).toEqual({
      id: 'chosen-as-listed',
      url: 'https://openhands.test/conversations/chosen-as-listed',
    });
    expect(listed.map(Math.round)).toEqual([30, 62]);
  });

  test('looks at the list once more before the deadline', async () => {
    const deadline = { deadlineSeconds: 20, listedAt: 15 };
    const { conversation, listed } = wait(pending('working'), () => pending('working'), deadline);
    expect((await conversation).id).toBe('chosen-as-listed');
    expect(listed).toEqual([18]);
  });

  test('asks about the start that the server names last', async () => {
    const { conversation, asked } = wait(pending('working', 'one'), (seconds) =>
      seconds < 3 ? pending('working', 'other') : CREATED,
    );
    await conversation;
    expect(asked.map(([task]) => task)).toEqual(['one', 'other']);
  });

  test('ends with the reason of the server where the start fails', async () => {
    const failed: StartProgress = { kind: 'failed', reason: 'No such repository' };
    expect(await problemOf(wait(pending('working'), () => failed).conversation)).toMatchObject({
      failedTo: 'start the conversation',
      because: 'No such repository',
      todo: 'run the step again; if that fails, too, check that the server can start sandboxes, and that the account of the API key can reach the repository and the branch',
    });
  });

  test('goes on where the server does not know the start for less than a minute', async () => {
    const { conversation } = wait(UNKNOWN, (seconds) => (seconds < 50 ? UNKNOWN : CREATED));
    expect((await conversation).id).toBe('1');
  });

  test('ends where it does not know it for a minute: the conversation may be there all the same', async () => {
    const { conversation, asked, phases } = wait(UNKNOWN, () => UNKNOWN);
    expect(await problemOf(conversation)).toMatchObject({
      failedTo: 'start the conversation',
      because: 'the server no longer knows of the start',
      todo: LOOK_FIRST,
    });
    const [, last = 0] = asked.at(-1) ?? [];
    expect(last).toBeGreaterThanOrEqual(60);
    expect(last).toBeLessThan(64);
    expect(phases).toEqual([]);
  });

  test('asks no more once the minute is over to the second', async () => {
    const { conversation, asked } = wait(UNKNOWN, () => UNKNOWN, { startedAt: -3600 });
    await rejection(conversation);
    expect(asked).toEqual([
      ['task', 20],
      ['task', 40],
      ['task', 60],
    ]);
  });

  test('begins the minute anew each time that the server knows the start', async () => {
    const { conversation } = wait(UNKNOWN, (seconds) => {
      if (seconds < 50) return UNKNOWN;
      if (seconds < 55) return pending('working');
      return seconds < 105 ? UNKNOWN : CREATED;
    });
    expect((await conversation).id).toBe('1');
  });

  test('says where to look where nobody can be asked about the start', async () => {
    const broken = new ApiFailure({
      failedTo: 'read how far the start is',
      because: 'HTTP 401',
      todo: 'check api-key',
    });
    expect(await problemOf(wait(pending('working'), () => broken).conversation)).toEqual({
      failedTo: 'read how far the start is',
      because: 'HTTP 401',
      todo: `${LOOK_FIRST}; then check api-key`,
    });
  });

  test('ends with the reason of the interruption', async () => {
    const cancel = new Interruption('cancel');
    expect(await rejection(wait(pending('working'), () => cancel).conversation)).toBe(cancel);
  });
});

/** Waits for a start of the chosen id. */
async function started(first: StartProgress, api: ConversationApi, clock: Clock): Promise<Conversation> {
  return untilStarted({ id: 'chosen' }, first, {
    api,
    clock,
    pace: { longestMs: 30_000, random: () => 0.5 },
    startedAt: 0,
    deadlineAt: 3_600_000,
    signal: never,
    onPhase: () => undefined,
  });
}

test('a start that is interrupted is looked for nowhere', async () => {
  const clock = simulatedClock();
  const cancel = new Interruption('cancel');
  const api: ConversationApi = {
    ...stagedApi(clock, []),
    startProgress: async () => Promise.reject(cancel),
    find: async () => Promise.reject(new Error('nobody was to look')),
  };
  expect(await rejection(started(pending('working'), api, clock))).toBe(cancel);
});

describe('a start that is called failed', () => {
  const FAILED: StartProgress = { kind: 'failed', reason: 'the title could not be stored' };

  /** Waits for a start that fails, where the server has this of its id. */
  async function start(found: Found | Error): Promise<Conversation> {
    const clock = simulatedClock();
    const api: ConversationApi = {
      ...stagedApi(clock, []),
      find: async (sought) => {
        expect(sought).toEqual({ id: 'chosen' });
        return answer(found);
      },
    };
    return started(FAILED, api, clock);
  }

  test('has led to a conversation where there is one all the same', async () => {
    expect(await start(CREATED)).toEqual({ id: '1', url: 'https://openhands.test/conversations/1' });
  });

  test.each<Found | Error>([
    FAILED,
    { kind: 'not-there' },
    { kind: 'untold' },
    new Interruption('deadline'),
    new ApiFailure({ ...PROBLEM, because: 'HTTP 401' }),
  ])('has failed where there is none, or nobody can tell: %j', async (found) => {
    expect((await problemOf(start(found))).because).toBe('the title could not be stored');
  });

  test('ends with the reason of an interruption', async () => {
    const cancel = new Interruption('cancel');
    expect(await rejection(start(cancel))).toBe(cancel);
  });
});
