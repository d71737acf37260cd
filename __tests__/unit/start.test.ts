import { describe, expect, test } from '@jest/globals';

import {
  ApiFailure,
  type ConversationApi,
  type Deferred,
  type Found,
  type StartAnswer,
  type StartProgress,
} from '../../src/conversation/api.ts';
import type { StartRequest } from '../../src/conversation/assignment.ts';
import { Interruption } from '../../src/conversation/clock.ts';
import type { ConversationEvent } from '../../src/conversation/events.ts';
import { start } from '../../src/conversation/start.ts';
import { stagedApi } from '../support/api.ts';
import { simulatedClock } from '../support/clock.ts';
import { DEADLINE_AT, live, type Lived, problemOf } from '../support/live.ts';

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
  { signal = new AbortController().signal, isShared = false, deadlineAt = DEADLINE_AT } = {},
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
  const lived = live(async (session) => start({ request: REQUEST, isShared }, session), api, {
    clock,
    signal,
    deadlineAt,
    until: ({ kind }) => kind === 'preparing',
  });
  return { lived, starts: started, looks: looked };
}

describe('a start', () => {
  test('is sent once, after an event that announces it', async () => {
    const { lived, starts, looks } = request([CREATED]);
    const { events, outcome } = await lived;
    expect(events).toEqual([{ kind: 'asking', id: 'chosen' }, found('1')]);
    expect(outcome?.status).toBe('running');
    expect(starts).toEqual([0]);
    expect(looks).toEqual([]);
  });

  test('that is accepted emits an event with the task to poll', async () => {
    const { lived } = request([{ kind: 'pending', task: 'task', phase: 'working' }]);
    expect((await lived).events).toContainEqual({
      kind: 'preparing',
      task: 'task',
      id: 'chosen',
      isShared: false,
    });
  });

  test('that the server refused is neither looked for nor sent again', async () => {
    const { lived, starts, looks } = request([REFUSED]);
    expect(problemOf(await lived)).toEqual(REFUSED.problem);
    expect((await lived).events.map(({ kind }) => kind)).toEqual(['asking', 'refused']);
    expect(starts).toHaveLength(1);
    expect(looks).toEqual([]);
  });

  test.each([
    ['that was interrupted', new Interruption('cancel')],
    ['that met a programming error', new Error('a mistake')],
  ])('%s is neither looked for nor sent again', async (_, error) => {
    const { lived, starts, looks } = request([error]);
    expect((await lived).error).toBe(error);
    expect(starts).toHaveLength(1);
    expect(looks).toEqual([]);
  });
});

describe('a start that the server defers', () => {
  const DEFERRED: Deferred = {
    kind: 'deferred',
    problem: { ...PROBLEM, because: 'HTTP 429', kind: 'concurrency-limit' },
    waitMs: 20_000,
  };

  test('is sent again after the given time, with an event about the retry', async () => {
    const { lived, starts } = request([DEFERRED, DEFERRED, CREATED]);
    const { events } = await lived;
    expect(starts).toEqual([0, 20, 40]);
    expect(events.map(({ kind }) => kind)).toEqual([
      ...['asking', 'refused', 'retrying'],
      ...['asking', 'refused', 'retrying'],
      ...['asking', 'found'],
    ]);
    expect(events).toContainEqual({ kind: 'retrying', problem: DEFERRED.problem, waitMs: 20_000 });
  });

  test('is looked for before it is sent again if others may share its id', async () => {
    const nothing: Found = { kind: 'not-there' };
    const { lived, starts, looks } = request([DEFERRED], [nothing, CREATED], { isShared: true });
    expect((await lived).events.at(-1)).toMatchObject({ kind: 'found', role: 'attached' });
    expect(starts).toEqual([0]);
    expect(looks).toEqual([0, 20]);
  });

  test("until after the deadline ends the step at once with the server's reason", async () => {
    const { lived, starts } = request([DEFERRED], [], { deadlineAt: 15_000 });
    const { error, endedAt, events } = await lived;
    expect(error).toMatchObject({
      kind: 'deadline',
      message: 'HTTP 429; the server says to try again in 20 s, which is after the deadline',
      cause: { problem: { kind: 'concurrency-limit' } },
    });
    expect(endedAt).toBe(0);
    expect(starts).toHaveLength(1);
    expect(events.map(({ kind }) => kind)).toEqual(['asking', 'refused']);
  });
});

describe('the response to a start, after the step was canceled', () => {
  /** Sends a start, interrupts the step after a second, and answers the start after the given seconds. */
  async function late(
    seconds: number,
    answered: StartAnswer | Error,
    kind: Interruption['kind'] = 'cancel',
  ): Promise<Lived> {
    const clock = simulatedClock();
    const cancel = new AbortController();
    const api: ConversationApi = {
      ...stagedApi(clock, []),
      start: async (_, signal) => clock.sleep(seconds * 1000, signal).then(async () => answer(answered)),
    };
    const cancelled = clock.sleep(1_000, new AbortController().signal).then(() => {
      cancel.abort(new Interruption(kind));
    });
    const lived = await live(async (session) => start({ request: REQUEST, isShared: false }, session), api, {
      clock,
      signal: cancel.signal,
    });
    await cancelled;
    return lived;
  }

  test('is awaited, with an event about the conversation, whose agent has to be stopped', async () => {
    const { events, error, endedAt } = await late(6, CREATED);
    expect(events).toContainEqual(found('1'));
    expect(error).toEqual(new Interruption('cancel'));
    expect(endedAt).toBe(6);
  });

  test('is awaited, with an event about the task, if the server has only accepted the start', async () => {
    const { events, endedAt } = await late(6, { kind: 'pending', task: 'task', phase: 'working' });
    expect(events.map(({ kind }) => kind)).toEqual(['asking', 'preparing', 'start-phase']);
    expect(endedAt).toBe(6);
  });

  test('ends the step as failed if the server refuses the start around a deadline', async () => {
    const lived = await late(6, REFUSED, 'deadline');
    expect(problemOf(lived)).toEqual(REFUSED.problem);
    expect(lived.events).toContainEqual({ kind: 'refused' });
  });

  test.each<StartAnswer | Error>([REFUSED, { kind: 'deferred', problem: PROBLEM, waitMs: 9e9 }, LOST])(
    'does not change that the step was canceled: %j',
    async (answered) => {
      expect((await late(6, answered)).error).toEqual(new Interruption('cancel'));
    },
  );

  test.each(['cancel', 'deadline'] as const)(
    'does not end the step as running after the interruption %s',
    async (kind) => {
      expect((await late(6, CREATED, kind)).error).toEqual(new Interruption(kind));
    },
  );

  test('is awaited no longer than the runner leaves a canceled step', async () => {
    const { events, error, endedAt } = await late(60, CREATED);
    expect(events).toEqual([{ kind: 'asking', id: 'chosen' }]);
    expect(error).toEqual(new Interruption('cancel'));
    expect(endedAt).toBe(6.5);
  });
});

describe('a start whose response was lost', () => {
  test('is taken from the server as soon as it is found there', async () => {
    const { lived, starts, looks } = request([LOST], [NOT_THERE, CREATED]);
    expect((await lived).events.at(-1)).toEqual(found('1'));
    expect(starts).toHaveLength(1);
    expect(looks).toEqual([1, 4]);
  });

  test('is sent again after twelve seconds without it on the server', async () => {
    const { lived, starts, looks } = request([LOST, CREATED], [NOT_THERE, NOT_THERE, NOT_THERE]);
    expect((await lived).events.map(({ kind }) => kind)).toEqual(['asking', 'asking', 'found']);
    expect(starts).toEqual([0, 12]);
    expect(looks).toEqual([1, 4, 12]);
  });

  test.each<StartAnswer | ApiFailure>([REFUSED, { kind: 'deferred', problem: REFUSED.problem, waitMs: 1 }])(
    'fails with the first error if the second start is refused, because the first may still succeed',
    async (second) => {
      const { lived, starts } = request([LOST, second], [NOT_THERE, NOT_THERE, NOT_THERE]);
      expect(problemOf(await lived)).toEqual(LOST.problem);
      expect((await lived).events.map(({ kind }) => kind)).not.toContain('refused');
      expect(starts).toHaveLength(2);
    },
  );

  test('ends with the interruption if the second start is interrupted', async () => {
    const cancel = new Interruption('cancel');
    const { lived } = request([LOST, cancel], [NOT_THERE, NOT_THERE, NOT_THERE]);
    expect((await lived).error).toBe(cancel);
  });

  test.each([true, undefined])(
    'is looked for among recent starts only if others may share its id: %s',
    async (isShared) => {
      const clock = simulatedClock();
      const queries: unknown[] = [];
      const api: ConversationApi = {
        ...stagedApi(clock, []),
        start: async () => Promise.reject(LOST),
        find: async (query) => {
          queries.push(query);
          return Promise.resolve(query.message === undefined ? NOT_THERE : CREATED);
        },
      };
      await live(async (session) => start({ request: REQUEST, isShared: isShared ?? false }, session), api, {
        clock,
      });
      expect(queries.at(-1)).toEqual({ ...REQUEST, ...(isShared && { isShared }) });
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

  test('is looked for again if the second response is lost, too', async () => {
    const looks = [NOT_THERE, NOT_THERE, NOT_THERE, NOT_THERE, CREATED];
    const { lived, starts } = request([LOST, AGAIN], looks);
    expect((await lived).events.at(-1)).toEqual(found('1'));
    expect(starts).toHaveLength(2);
  });

  const SEARCH_FAILED = new ApiFailure({ ...PROBLEM, because: 'HTTP 500' });

  test('is looked for again if the search failed once', async () => {
    const { lived, looks } = request([LOST], [SEARCH_FAILED, CREATED]);
    expect((await lived).events.at(-1)).toEqual(found('1'));
    expect(looks).toEqual([1, 4]);
  });

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

  test('is no longer looked for once the step is interrupted', async () => {
    const cancel = new Interruption('cancel');
    const { lived, starts } = request([LOST], [cancel]);
    expect((await lived).error).toBe(cancel);
    expect(starts).toHaveLength(1);
  });

  test('is not sent in a step that is already interrupted', async () => {
    const cancel = new Interruption('cancel');
    const { lived, starts } = request([LOST], [], { signal: AbortSignal.abort(cancel) });
    expect((await lived).error).toBe(cancel);
    expect(starts).toEqual([]);
  });
});

interface Waited {
  readonly lived: Promise<Lived>;
  /** When the conversation was looked for by its id, in seconds. */
  readonly looks: readonly number[];
  /** The tasks that were polled, with their times in seconds. */
  readonly polls: readonly (readonly [task: string, seconds: number])[];
}

/** Waits for a start whose progress changes over time. */
function wait(
  first: StartAnswer,
  progressAt: (seconds: number) => StartProgress | Error,
  {
    startedAt = 0,
    deadlineSeconds = 3600,
    listedAt = Number.POSITIVE_INFINITY,
    found: later = [],
    request: asks = REQUEST,
    refusal = '',
  }: {
    readonly startedAt?: number;
    readonly deadlineSeconds?: number;
    readonly listedAt?: number;
    /** The results of the searches after a failed start, in order. The last one repeats forever. */
    readonly found?: readonly (Found | Error)[];
    readonly request?: StartRequest;
    readonly refusal?: string;
  } = {},
): Waited {
  const clock = simulatedClock();
  const polls: (readonly [string, number])[] = [];
  const looks: number[] = [];
  const api: ConversationApi = {
    ...stagedApi(clock, []),
    start: async () => Promise.resolve(first),
    startProgress: async (task) => {
      polls.push([task, clock.now() / 1000]);
      return answer(progressAt(clock.now() / 1000));
    },
    find: async ({ id }) => {
      looks.push(clock.now() / 1000);
      // Servers may write the same id differently.
      if (clock.now() / 1000 >= listedAt) return Promise.resolve({ kind: 'created', id: `${id}-as-listed` });
      return answer(later[looks.length - 1] ?? later.at(-1) ?? NOT_THERE);
    },
    repositoryRefusal: async () => Promise.resolve(refusal),
  };
  const deadlineAt = deadlineSeconds * 1000;
  const lived = live(
    async (session) => start({ request: asks, isShared: false }, { ...session, startedAt: startedAt * 1000 }),
    api,
    {
      clock,
      deadlineAt,
    },
  );
  return { lived, polls, looks };
}

const pending = (phase: string, task = 'task'): StartProgress => ({ kind: 'pending', task, phase });
const UNKNOWN: StartProgress = { kind: 'unknown', task: 'task' };
const FAILED: StartProgress = { kind: 'failed', reason: 'No such repository' };

describe('the wait for a started conversation', () => {
  test('is empty if the conversation exists at once', async () => {
    const { lived, polls } = wait(CREATED, () => new Error('nobody was to ask'));
    expect((await lived).events).toContainEqual(found('1'));
    expect(polls).toEqual([]);
  });

  test('emits the phase at each poll, and polls soon after a new phase and otherwise every two seconds', async () => {
    const { lived, polls } = wait(pending('working'), (seconds) =>
      seconds < 5 ? pending('working') : seconds < 9 ? pending('preparing the repository') : CREATED,
    );
    const { events } = await lived;
    expect(events.flatMap((event) => (event.kind === 'start-phase' ? [event.phase] : []))).toEqual([
      ...Array.from({ length: 5 }, () => 'working'),
      ...Array.from({ length: 3 }, () => 'preparing the repository'),
    ]);
    expect(polls).toEqual([0.5, 1, 2, 4, 6, 6.5, 8, 10].map((seconds) => ['task', seconds]));
  });

  test('polls less often the longer the step takes', async () => {
    const { lived, polls } = wait(pending('working'), (seconds) =>
      seconds < 400 ? pending('working') : CREATED,
    );
    await lived;
    const [last = 0, before = 0] = polls.map(([, seconds]) => seconds).toReversed();
    expect(last - before).toBeGreaterThan(15);
    expect(last - before).toBeLessThanOrEqual(20);
  });

  test('polls soon, and then every 20 s, in a step that began long ago', async () => {
    const { lived, polls } = wait(
      pending('working'),
      (seconds) => (seconds < 40 ? pending('working') : CREATED),
      {
        startedAt: -3600,
      },
    );
    await lived;
    expect(polls.map(([, seconds]) => seconds)).toEqual([0.5, 1, 21, 30, 50]);
  });

  test('has its last poll two seconds before the deadline', async () => {
    const { lived, polls } = wait(pending('working'), () => pending('working'), { deadlineSeconds: 100 });
    expect((await lived).error).toEqual(new Interruption('deadline'));
    expect(polls.at(-1)).toEqual(['task', 98]);
  });

  test('ends if the conversation is listed, even if its start stays pending', async () => {
    const { lived, looks } = wait(pending('working'), () => pending('working'), { listedAt: 40 });
    expect((await lived).events.at(-1)).toEqual(found('chosen-as-listed'));
    expect(looks.map(Math.round)).toEqual([30, 62]);
  });

  test('looks for the conversation once more before the deadline', async () => {
    const deadline = { deadlineSeconds: 20, listedAt: 15 };
    const { lived, looks } = wait(pending('working'), () => pending('working'), deadline);
    expect((await lived).events.at(-1)).toEqual(found('chosen-as-listed'));
    expect(looks).toEqual([18]);
  });

  test('polls the task that the server named last', async () => {
    const { lived, polls } = wait(pending('working', 'one'), (seconds) =>
      seconds < 0.7 ? pending('working', 'other') : CREATED,
    );
    await lived;
    expect(polls.map(([task]) => task)).toEqual(['one', 'other']);
  });

  test("ends with the server's reason if the start fails", async () => {
    expect(problemOf(await wait(pending('working'), () => FAILED).lived)).toEqual({
      failedTo: 'start the conversation',
      because: 'No such repository',
      todo: 'run the step again; if that also fails, check that the server can start sandboxes, and that the account of the API key can reach the repository and the branch',
      kind: 'sandbox',
    });
  });

  test('continues if the server does not know the start for less than a minute', async () => {
    const { lived } = wait(pending('working'), (seconds) => (seconds < 50 ? UNKNOWN : CREATED));
    expect((await lived).events.at(-1)).toEqual(found('1'));
  });

  test('ends if the server does not know the start for a minute, with the advice to look for the conversation', async () => {
    const { lived, polls } = wait(UNKNOWN, () => UNKNOWN);
    expect(problemOf(await lived)).toMatchObject({
      failedTo: 'start the conversation',
      because: 'the server no longer knows of the start',
      todo: LOOK_FIRST,
    });
    const [, last = 0] = polls.at(-1) ?? [];
    expect(last).toBeGreaterThanOrEqual(60);
    expect(last).toBeLessThan(64);
  });

  test('counts the minute from the last poll that found the start', async () => {
    const { lived } = wait(UNKNOWN, (seconds) => {
      if (seconds < 50) return UNKNOWN;
      if (seconds < 55) return pending('working');
      return seconds < 105 ? UNKNOWN : CREATED;
    });
    expect((await lived).events.at(-1)).toEqual(found('1'));
  });

  test('ends with the advice to look for the conversation if the progress cannot be read', async () => {
    const broken = new ApiFailure({
      failedTo: 'read the progress of the start',
      because: 'HTTP 401',
      todo: 'check api-key',
    });
    expect(problemOf(await wait(pending('working'), () => broken).lived)).toEqual({
      failedTo: 'read the progress of the start',
      because: 'HTTP 401',
      todo: `${LOOK_FIRST}; then check api-key`,
    });
  });

  test('ends with the interruption, and makes no search', async () => {
    const cancel = new Interruption('cancel');
    const { lived, looks } = wait(pending('working'), () => cancel);
    expect((await lived).error).toBe(cancel);
    expect(looks).toEqual([]);
  });
});

describe('a start that failed by its status', () => {
  test('succeeds if its conversation is found', async () => {
    const { lived, looks } = wait(pending('working'), () => FAILED, { found: [CREATED] });
    expect((await lived).events.at(-1)).toEqual(found('1'));
    expect(looks).toEqual([0.5]);
  });

  test('is followed as long as the search finds it pending', async () => {
    const under = pending('working');
    const { lived, looks } = wait(FAILED, () => FAILED, { found: [under, under, CREATED] });
    expect((await lived).events.at(-1)).toEqual(found('1'));
    expect(looks).toHaveLength(3);
  });

  test('fails with its first reason once the search no longer finds it', async () => {
    const { lived } = wait(FAILED, () => UNKNOWN, { found: [pending('working'), NOT_THERE] });
    expect(problemOf(await lived).because).toBe('No such repository');
  });

  test('is looked for again for 15 s if the search fails', async () => {
    const broken = new ApiFailure({ ...PROBLEM, because: 'HTTP 500' });
    const { lived } = wait(FAILED, () => FAILED, { found: [broken, broken, CREATED] });
    expect((await lived).events.at(-1)).toEqual(found('1'));
    const never = wait(FAILED, () => FAILED, { found: [broken] });
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
    const { lived } = wait(FAILED, () => new Error('nobody was to ask'), { found: [later] });
    expect(problemOf(await lived).because).toBe('No such repository');
  });

  test('is looked for 15 s at most', async () => {
    const clock = simulatedClock();
    const api: ConversationApi = {
      ...stagedApi(clock, []),
      start: async () => Promise.resolve(FAILED),
      find: async (_, signal) => clock.sleep(60_000, signal).then((): Found => CREATED),
    };
    const lived = await live(async (session) => start({ request: REQUEST, isShared: false }, session), api, {
      clock,
    });
    expect(problemOf(lived).because).toBe('No such repository');
    expect(lived.endedAt).toBe(15);
  });

  const NO_REASON: StartProgress = { kind: 'failed', reason: '' };
  const workplace = { repository: 'octo/repo', gitProvider: 'gitlab' } as const;

  test('fails with the refusal of the repository if there is no other reason', async () => {
    const { lived } = wait(NO_REASON, () => NO_REASON, {
      request: { ...REQUEST, workplace },
      refusal: 'GitLab is not connected',
    });
    expect(problemOf(await lived)).toEqual({
      failedTo: 'start the conversation',
      because: 'GitLab is not connected',
      todo: 'connect the account of the API key to gitlab in its settings, so that it can reach octo/repo',
      kind: 'auth',
    });
  });

  test.each<StartRequest>([REQUEST, { ...REQUEST, workplace }])(
    'fails without a reason if none is known',
    async (asks) => {
      const { lived } = wait(NO_REASON, () => NO_REASON, { request: asks });
      expect(problemOf(await lived)).toMatchObject({
        because: 'the server gives no reason',
        kind: 'sandbox',
      });
    },
  );
});
