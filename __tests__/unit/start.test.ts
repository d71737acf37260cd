import { describe, expect, test } from '@jest/globals';

import { ApiFailure, type ConversationApi, type StartAnswer } from '../../src/conversation/api.ts';
import type { StartRequest } from '../../src/conversation/assignment.ts';
import { Interruption } from '../../src/conversation/clock.ts';
import type { ConversationEvent } from '../../src/conversation/events.ts';
import { start } from '../../src/conversation/start.ts';
import { type Found, type StartProgress } from '../../src/conversation/start-progress.ts';
import { stagedApi } from '../support/api.ts';
import { simulatedClock } from '../support/clock.ts';
import { live, type Lived, problemOf } from '../support/live.ts';

const REQUEST: StartRequest = { id: 'chosen', message: 'Check the README' };
const PROBLEM = { failedTo: 'start the conversation', because: 'HTTP 504', todo: 'run the step again later' };
const REFUSED = new ApiFailure({ ...PROBLEM, because: 'HTTP 401' });
const NOT_THERE: Found = { kind: 'not-there' };
const LOST = new ApiFailure(PROBLEM, true);
const CREATED: StartProgress = { kind: 'created', id: '1' };
const LOOK_FIRST =
  'before running the step again, check at https://openhands.test/conversations whether the conversation was started anyway';

/** Answers with a value, or rejects with an error. */
async function answer<T>(value: T | Error): Promise<T> {
  return value instanceof Error ? Promise.reject(value) : Promise.resolve(value);
}

function found(id: string): ConversationEvent {
  const conversation = { id, url: `https://openhands.test/conversations/${id}` };
  return { kind: 'found', conversation, role: 'started' };
}

interface Requested {
  readonly lived: Promise<Lived>;
  /** When the start was sent, in seconds. */
  readonly starts: readonly number[];
  /** When the conversation was looked for, in seconds. */
  readonly looks: readonly number[];
}

/** Starts a conversation. The server answers the starts and the searches with the given answers, in order. */
function request(
  starts: readonly (StartAnswer | Error)[],
  looks: readonly (Found | Error)[] = [],
): Requested {
  const clock = simulatedClock();
  const started: number[] = [];
  const looked: number[] = [];
  const api: ConversationApi = {
    ...stagedApi(clock, []),
    start: async (sent) => {
      expect(sent).toEqual(REQUEST);
      started.push(clock.now() / 1000);
      return answer(starts[started.length - 1] ?? new Error('one start too many'));
    },
    find: async ({ id }) => {
      expect(id).toEqual(REQUEST.id);
      looked.push(clock.now() / 1000);
      return answer(looks[looked.length - 1] ?? new Error('one look too many'));
    },
  };
  const lived = live(async (session) => start({ request: REQUEST, isShared: false }, session), api, {
    clock,
  });
  return { lived, starts: started, looks: looked };
}

describe('a start whose response was lost', () => {
  test.each<StartAnswer | ApiFailure>([REFUSED, { kind: 'deferred', problem: REFUSED.problem, waitMs: 1 }])(
    'fails with the first error if the second start is refused, because the first may still succeed',
    async (second) => {
      const { lived, starts } = request([LOST, second], [NOT_THERE, NOT_THERE, NOT_THERE]);
      expect(problemOf(await lived)).toEqual(LOST.problem);
      expect((await lived).events.map(({ kind }) => kind)).not.toContain('refused');
      expect(starts).toHaveLength(2);
    },
  );

  const AGAIN = new ApiFailure({ ...PROBLEM, because: 'HTTP 502' }, true);

  test('is sent again only once', async () => {
    const nothing = Array.from({ length: 6 }, () => NOT_THERE);
    const { lived, starts, looks } = request([LOST, AGAIN], nothing);
    expect(problemOf(await lived)).toEqual(AGAIN.problem);
    expect(starts).toEqual([0, 12]);
    expect(looks).toEqual([1, 4, 12, 13, 16, 24]);
  });

  const SEARCH_FAILED = new ApiFailure({ ...PROBLEM, because: 'HTTP 500' });

  test.each<[string, readonly (Found | Error)[]]>([
    ['cannot search', [{ kind: 'unreported' }]],
    ['fails at the last search', [NOT_THERE, NOT_THERE, SEARCH_FAILED]],
    ['fails at each search', [SEARCH_FAILED, SEARCH_FAILED, SEARCH_FAILED]],
  ])('fails without a second start if the server %s', async (_, answers) => {
    const { lived, starts, looks } = request([LOST], answers);
    expect(problemOf(await lived)).toEqual(LOST.problem);
    expect(starts).toHaveLength(1);
    expect(looks).toHaveLength(answers.length);
  });
});

interface Waited {
  readonly lived: Promise<Lived>;
  /** When the conversation was looked for by its id, in seconds. */
  readonly looks: readonly number[];
  /** When its progress was read, in seconds. */
  readonly polls: readonly number[];
}

/** Waits for a start whose progress changes over time. The last result of a search repeats forever. */
function wait(
  first: StartAnswer,
  progressAt: (seconds: number) => StartProgress | Error,
  later: readonly (Found | Error)[] = [],
): Waited {
  const clock = simulatedClock();
  const polls: number[] = [];
  const looks: number[] = [];
  const api: ConversationApi = {
    ...stagedApi(clock, []),
    start: async () => Promise.resolve(first),
    startProgress: async () => {
      polls.push(clock.now() / 1000);
      return answer(progressAt(clock.now() / 1000));
    },
    find: async () => {
      looks.push(clock.now() / 1000);
      return answer(later[looks.length - 1] ?? later.at(-1) ?? NOT_THERE);
    },
    repositoryRefusal: async () => Promise.resolve(''),
  };
  const lived = live(async (session) => start({ request: REQUEST, isShared: false }, session), api, {
    clock,
  });
  return { lived, polls, looks };
}

const PENDING: StartProgress = { kind: 'pending', task: 'task', phase: 'working' };
const UNKNOWN: StartProgress = { kind: 'unknown', task: 'task' };
const FAILED: StartProgress = { kind: 'failed', reason: 'No such repository' };

describe('the wait for a started conversation', () => {
  test('ends if the server does not know the start for a minute, with the advice to look for the conversation', async () => {
    const { lived, polls } = wait(UNKNOWN, () => UNKNOWN);
    expect(problemOf(await lived)).toMatchObject({
      failedTo: 'start the conversation',
      because: 'the server no longer knows of the start',
      todo: LOOK_FIRST,
    });
    const last = polls.at(-1);
    expect(last).toBeGreaterThanOrEqual(60);
    expect(last).toBeLessThan(64);
  });

  test('counts the minute from the last poll that found the start', async () => {
    const { lived } = wait(UNKNOWN, (seconds) => {
      if (seconds < 50) return UNKNOWN;
      if (seconds < 55) return PENDING;
      return seconds < 105 ? UNKNOWN : CREATED;
    });
    expect((await lived).events.at(-1)).toEqual(found('1'));
  });
});

describe('a start that failed by its status', () => {
  test('has its own reason, and is looked for again, although its progress could not be read once before', async () => {
    const unread = new ApiFailure({ ...PROBLEM, because: 'HTTP 500' });
    const { lived, looks } = wait(
      PENDING,
      (seconds) => (seconds < 0.6 ? unread : seconds < 25 ? PENDING : FAILED),
      [PENDING, FAILED],
    );
    expect(problemOf(await lived).because).toBe('No such repository');
    expect(looks).toHaveLength(2);
  });

  test('is looked for again for 15 s if the search fails', async () => {
    const broken = new ApiFailure({ ...PROBLEM, because: 'HTTP 500' });
    const { lived } = wait(FAILED, () => FAILED, [broken, broken, CREATED]);
    expect((await lived).events.at(-1)).toEqual(found('1'));
    const never = wait(FAILED, () => FAILED, [broken]);
    const ended = await never.lived;
    expect(problemOf(ended).because).toBe('No such repository');
    expect(ended.endedAt).toBe(16);
  });

  test.each<Found | Error>([
    FAILED,
    { kind: 'not-there' },
    { kind: 'unreported' },
    new Interruption('deadline'),
    new ApiFailure({ ...PROBLEM, because: 'HTTP 401' }),
  ])('fails if the conversation is not found or the search is impossible: %j', async (later) => {
    const { lived } = wait(FAILED, () => new Error('nobody was to ask'), [later]);
    expect(problemOf(await lived).because).toBe('No such repository');
  });
});
