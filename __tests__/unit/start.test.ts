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
import type { LifeEvent } from '../../src/conversation/events.ts';
import { startingBy } from '../../src/conversation/start-stages.ts';
import { stagedApi } from '../support/api.ts';
import { simulatedClock } from '../support/clock.ts';
import { live, type Lived, PLAN, problemOf } from '../support/live.ts';

const REQUEST: StartRequest = { id: 'chosen', message: 'Check the README' };
const PROBLEM = { failedTo: 'start the conversation', because: 'HTTP 504', todo: 'run the step again later' };
const REFUSED = new ApiFailure({ ...PROBLEM, because: 'HTTP 401' });
const NOT_THERE: Found = { kind: 'not-there' };
const LOST = new ApiFailure(PROBLEM, true);
const CREATED: StartProgress = { kind: 'created', id: '1' };
const LOOK_FIRST =
  'before running the step again, check at https://openhands.test/conversations whether the conversation was started anyway';

/** What a call answers: a value, or an error that it is rejected with. */
async function answer<T>(value: T | Error): Promise<T> {
  return value instanceof Error ? Promise.reject(value) : Promise.resolve(value);
}

function found(id: string): LifeEvent {
  const conversation = { id, url: `https://openhands.test/conversations/${id}` };
  return { kind: 'found', conversation, role: 'started' };
}

interface Requested {
  readonly lived: Promise<Lived>;
  /** When it was asked for, in seconds. */
  readonly starts: readonly number[];
  /** When it was looked for, in seconds. */
  readonly looks: readonly number[];
}

/** Asks for a conversation where the server answers the starts and the looks one after the other. */
function request(
  starts: readonly (StartAnswer | Error)[],
  looks: readonly (Found | Error)[] = [],
  { signal = new AbortController().signal, isShared = false, deadlineAt = PLAN.deadlineAt } = {},
): Requested {
  const clock = simulatedClock();
  const started: number[] = [];
  const looked: number[] = [];
  const api: ConversationApi = {
    ...stagedApi(clock, []),
    start: async (asked) => {
      expect(asked).toEqual(REQUEST);
      started.push(clock.now() / 1000);
      return answer(starts[started.length - 1] ?? new Error('one start too many'));
    },
    find: async ({ id }) => {
      expect(id).toEqual(REQUEST.id);
      looked.push(clock.now() / 1000);
      return answer(looks[looked.length - 1] ?? new Error('one look too many'));
    },
  };
  const lived = live(startingBy(REQUEST, isShared, { ...PLAN, deadlineAt }), api, {
    clock,
    signal,
    deadlineAt,
    until: ({ kind }) => kind === 'preparing',
  });
  return { lived, starts: started, looks: looked };
}

describe('a start', () => {
  test('that is answered is sent once, and told of before', async () => {
    const { lived, starts, looks } = request([CREATED]);
    const { events, outcome } = await lived;
    expect(events).toEqual([{ kind: 'asking', id: 'chosen' }, found('1')]);
    expect(outcome?.status).toBe('running');
    expect(starts).toEqual([0]);
    expect(looks).toEqual([]);
  });

  test('that is accepted is told with what is to be asked about', async () => {
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
    ['that an error of our own broke', new Error('a mistake')],
  ])('%s is neither looked for nor sent again', async (_, error) => {
    const { lived, starts, looks } = request([error]);
    expect((await lived).error).toBe(error);
    expect(starts).toHaveLength(1);
    expect(looks).toEqual([]);
  });
});

describe('a start that the server puts off', () => {
  const PUT_OFF: Deferred = {
    kind: 'deferred',
    problem: { ...PROBLEM, because: 'HTTP 429', kind: 'concurrency-limit' },
    waitMs: 20_000,
  };

  test('is made again after that time, and that is told', async () => {
    const { lived, starts } = request([PUT_OFF, PUT_OFF, CREATED]);
    const { events } = await lived;
    expect(starts).toEqual([0, 20, 40]);
    expect(events.map(({ kind }) => kind)).toEqual([
      ...['asking', 'refused', 'retrying'],
      ...['asking', 'refused', 'retrying'],
      ...['asking', 'found'],
    ]);
    expect(events).toContainEqual({ kind: 'retrying', problem: PUT_OFF.problem, waitMs: 20_000 });
  });

  test('is looked up before it is made again if others may ask for the same', async () => {
    const nothing: Found = { kind: 'not-there' };
    const { lived, starts, looks } = request([PUT_OFF], [nothing, CREATED], { isShared: true });
    expect((await lived).events.at(-1)).toMatchObject({ kind: 'found', role: 'attached' });
    expect(starts).toEqual([0]);
    expect(looks).toEqual([0, 20]);
  });

  test('until after the deadline ends the step at once, with the reason of the server', async () => {
    const { lived, starts } = request([PUT_OFF], [], { deadlineAt: 15_000 });
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

describe('the answer to a start that comes after the step was canceled', () => {
  /** Asks for a conversation, is broken off after a second, and answered after so many. */
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
    const lived = await live(startingBy(REQUEST, false, PLAN), api, { clock, signal: cancel.signal });
    await cancelled;
    return lived;
  }

  test('is waited for and told: its agent is to be stopped', async () => {
    const { events, error, endedAt } = await late(6, CREATED);
    expect(events).toContainEqual(found('1'));
    expect(error).toEqual(new Interruption('cancel'));
    expect(endedAt).toBe(6);
  });

  test('is told also if the server prepares it only', async () => {
    const { events, endedAt } = await late(6, { kind: 'pending', task: 'task', phase: 'working' });
    expect(events.map(({ kind }) => kind)).toEqual(['asking', 'preparing', 'start-phase']);
    expect(endedAt).toBe(6);
  });

  test('is how the step ends if the server refuses it before a deadline', async () => {
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

  test.each(['cancel', 'deadline'] as const)('is no end if the conversation runs: %s', async (kind) => {
    expect((await late(6, CREATED, kind)).error).toEqual(new Interruption(kind));
  });

  test('is waited for no longer than the runner lets a cancelled step go on', async () => {
    const { events, error, endedAt } = await late(60, CREATED);
    expect(events).toEqual([{ kind: 'asking', id: 'chosen' }]);
    expect(error).toEqual(new Interruption('cancel'));
    expect(endedAt).toBe(6.5);
  });
});

describe('a start whose answer was lost', () => {
  test('is what the server has of it, as soon as it has it', async () => {
    const { lived, starts, looks } = request([LOST], [NOT_THERE, CREATED]);
    expect((await lived).events.at(-1)).toEqual(found('1'));
    expect(starts).toHaveLength(1);
    expect(looks).toEqual([1, 4]);
  });

  test('is sent again once the server had twelve seconds to store it and did not', async () => {
    const { lived, starts, looks } = request([LOST, CREATED], [NOT_THERE, NOT_THERE, NOT_THERE]);
    expect((await lived).events.map(({ kind }) => kind)).toEqual(['asking', 'asking', 'found']);
    expect(starts).toEqual([0, 12]);
    expect(looks).toEqual([1, 4, 12]);
  });

  test.each<StartAnswer | ApiFailure>([REFUSED, { kind: 'deferred', problem: REFUSED.problem, waitMs: 1 }])(
    'may come to something yet if the second is refused: that is what is told',
    async (second) => {
      const { lived, starts } = request([LOST, second], [NOT_THERE, NOT_THERE, NOT_THERE]);
      expect(problemOf(await lived)).toEqual(LOST.problem);
      expect((await lived).events.map(({ kind }) => kind)).not.toContain('refused');
      expect(starts).toHaveLength(2);
    },
  );

  test('is told as what it is if the second is interrupted', async () => {
    const cancel = new Interruption('cancel');
    const { lived } = request([LOST, cancel], [NOT_THERE, NOT_THERE, NOT_THERE]);
    expect((await lived).error).toBe(cancel);
  });

  test.each([true, undefined])(
    'is looked for among recent starts alone if others may ask for the same id: %s',
    async (isShared) => {
      const clock = simulatedClock();
      const query: unknown[] = [];
      const api: ConversationApi = {
        ...stagedApi(clock, []),
        start: async () => Promise.reject(LOST),
        find: async (asked) => {
          query.push(asked);
          return Promise.resolve(asked.message === undefined ? NOT_THERE : CREATED);
        },
      };
      await live(startingBy(REQUEST, isShared ?? false, PLAN), api, { clock });
      expect(query.at(-1)).toEqual({ ...REQUEST, ...(isShared && { isShared }) });
    },
  );

  const AGAIN = new ApiFailure({ ...PROBLEM, because: 'HTTP 502' }, true);

  test('is sent again once, and no more', async () => {
    const nothing = Array.from({ length: 6 }, () => NOT_THERE);
    const { lived, starts, looks } = request([LOST, AGAIN], nothing);
    expect(problemOf(await lived)).toEqual(AGAIN.problem);
    expect(starts).toEqual([0, 12]);
    expect(looks).toEqual([1, 4, 12, 13, 16, 24]);
  });

  test('is looked for again if the answer to the second is lost, too', async () => {
    const looks = [NOT_THERE, NOT_THERE, NOT_THERE, NOT_THERE, CREATED];
    const { lived, starts } = request([LOST, AGAIN], looks);
    expect((await lived).events.at(-1)).toEqual(found('1'));
    expect(starts).toHaveLength(2);
  });

  const CANNOT_BE_ASKED = new ApiFailure({ ...PROBLEM, because: 'HTTP 500' });

  test('is looked for again if the server cannot be asked for a moment', async () => {
    const { lived, looks } = request([LOST], [CANNOT_BE_ASKED, CREATED]);
    expect((await lived).events.at(-1)).toEqual(found('1'));
    expect(looks).toEqual([1, 4]);
  });

  test.each<[string, readonly (Found | Error)[]]>([
    ['cannot tell', [{ kind: 'unreported' }]],
    ['cannot be asked at the last look', [NOT_THERE, NOT_THERE, CANNOT_BE_ASKED]],
    ['can never be asked', [CANNOT_BE_ASKED, CANNOT_BE_ASKED, CANNOT_BE_ASKED]],
  ])('failed if the server %s: then nobody knows, and it is not sent again', async (_, answers) => {
    const { lived, starts, looks } = request([LOST], answers);
    expect(problemOf(await lived)).toEqual(LOST.problem);
    expect(starts).toHaveLength(1);
    expect(looks).toHaveLength(answers.length);
  });

  test('is not looked for any longer once the step is interrupted', async () => {
    const cancel = new Interruption('cancel');
    const { lived, starts } = request([LOST], [cancel]);
    expect((await lived).error).toBe(cancel);
    expect(starts).toHaveLength(1);
  });

  test('is not asked for in a step that was interrupted', async () => {
    const cancel = new Interruption('cancel');
    const { lived, starts } = request([LOST], [], { signal: AbortSignal.abort(cancel) });
    expect((await lived).error).toBe(cancel);
    expect(starts).toEqual([]);
  });
});

interface Waited {
  readonly lived: Promise<Lived>;
  /** When it was looked for by its id, in seconds. */
  readonly looks: readonly number[];
  /** What was asked about, and when, in seconds. */
  readonly asked: readonly (readonly [task: string, seconds: number])[];
}

/** Waits for a start whose progress is a matter of time. */
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
    /** What is found of a start that failed, look for look; the last one for ever. */
    readonly found?: readonly (Found | Error)[];
    readonly request?: StartRequest;
    readonly refusal?: string;
  } = {},
): Waited {
  const clock = simulatedClock();
  const asked: (readonly [string, number])[] = [];
  const looks: number[] = [];
  const api: ConversationApi = {
    ...stagedApi(clock, []),
    start: async () => Promise.resolve(first),
    startProgress: async (task) => {
      asked.push([task, clock.now() / 1000]);
      return answer(progressAt(clock.now() / 1000));
    },
    find: async ({ id }) => {
      looks.push(clock.now() / 1000);
      // Servers write the same id in another way.
      if (clock.now() / 1000 >= listedAt) return Promise.resolve({ kind: 'created', id: `${id}-as-listed` });
      return answer(later[looks.length - 1] ?? later.at(-1) ?? NOT_THERE);
    },
    repositoryRefusal: async () => Promise.resolve(refusal),
  };
  const deadlineAt = deadlineSeconds * 1000;
  const plan = { ...PLAN, startedAt: startedAt * 1000, deadlineAt };
  const lived = live(startingBy(asks, false, plan), api, { clock, deadlineAt });
  return { lived, asked, looks };
}

const pending = (phase: string, task = 'task'): StartProgress => ({ kind: 'pending', task, phase });
const UNKNOWN: StartProgress = { kind: 'unknown', task: 'task' };
const FAILED: StartProgress = { kind: 'failed', reason: 'No such repository' };

describe('the wait for a requested conversation', () => {
  test('is none if it exists at once', async () => {
    const { lived, asked } = wait(CREATED, () => new Error('nobody was to ask'));
    expect((await lived).events).toContainEqual(found('1'));
    expect(asked).toEqual([]);
  });

  test('tells the phase at each look, and asks soon, once more after a new phase, and else every two seconds', async () => {
    const { lived, asked } = wait(pending('working'), (seconds) =>
      seconds < 5 ? pending('working') : seconds < 9 ? pending('preparing the repository') : CREATED,
    );
    const { events } = await lived;
    expect(events.flatMap((event) => (event.kind === 'start-phase' ? [event.phase] : []))).toEqual([
      ...Array.from({ length: 5 }, () => 'working'),
      ...Array.from({ length: 3 }, () => 'preparing the repository'),
    ]);
    expect(asked).toEqual([0.5, 1, 2, 4, 6, 6.5, 8, 10].map((seconds) => ['task', seconds]));
  });

  test('asks more seldom the longer it lasts, by the time since the start of the step', async () => {
    const { lived, asked } = wait(pending('working'), (seconds) =>
      seconds < 400 ? pending('working') : CREATED,
    );
    await lived;
    const [last = 0, before = 0] = asked.map(([, seconds]) => seconds).toReversed();
    expect(last - before).toBeGreaterThan(15);
    expect(last - before).toBeLessThanOrEqual(20);
  });

  test('asks soon anyway, and then every 20 s, in a step that began long ago', async () => {
    const { lived, asked } = wait(
      pending('working'),
      (seconds) => (seconds < 40 ? pending('working') : CREATED),
      {
        startedAt: -3600,
      },
    );
    await lived;
    expect(asked.map(([, seconds]) => seconds)).toEqual([0.5, 1, 21, 30, 50]);
  });

  test('has its last look two seconds before the deadline', async () => {
    const { lived, asked } = wait(pending('working'), () => pending('working'), { deadlineSeconds: 100 });
    expect((await lived).error).toEqual(new Interruption('deadline'));
    expect(asked.at(-1)).toEqual(['task', 98]);
  });

  test('ends with the conversation that is listed although its start never says so', async () => {
    const { lived, looks } = wait(pending('working'), () => pending('working'), { listedAt: 40 });
    expect((await lived).events.at(-1)).toEqual(found('chosen-as-listed'));
    expect(looks.map(Math.round)).toEqual([30, 62]);
  });

  test('looks at the list once more before the deadline', async () => {
    const deadline = { deadlineSeconds: 20, listedAt: 15 };
    const { lived, looks } = wait(pending('working'), () => pending('working'), deadline);
    expect((await lived).events.at(-1)).toEqual(found('chosen-as-listed'));
    expect(looks).toEqual([18]);
  });

  test('asks about the start that the server names last', async () => {
    const { lived, asked } = wait(pending('working', 'one'), (seconds) =>
      seconds < 0.7 ? pending('working', 'other') : CREATED,
    );
    await lived;
    expect(asked.map(([task]) => task)).toEqual(['one', 'other']);
  });

  test('ends with the reason of the server if the start fails', async () => {
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

  test('ends if it does not know it for a minute: the conversation may be there anyway', async () => {
    const { lived, asked } = wait(UNKNOWN, () => UNKNOWN);
    expect(problemOf(await lived)).toMatchObject({
      failedTo: 'start the conversation',
      because: 'the server no longer knows of the start',
      todo: LOOK_FIRST,
    });
    const [, last = 0] = asked.at(-1) ?? [];
    expect(last).toBeGreaterThanOrEqual(60);
    expect(last).toBeLessThan(64);
  });

  test('begins the minute again each time that the server knows the start', async () => {
    const { lived } = wait(UNKNOWN, (seconds) => {
      if (seconds < 50) return UNKNOWN;
      if (seconds < 55) return pending('working');
      return seconds < 105 ? UNKNOWN : CREATED;
    });
    expect((await lived).events.at(-1)).toEqual(found('1'));
  });

  test('says where to look if nobody can be asked about the start', async () => {
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

  test('ends with the reason of the interruption, and looks nowhere else', async () => {
    const cancel = new Interruption('cancel');
    const { lived, looks } = wait(pending('working'), () => cancel);
    expect((await lived).error).toBe(cancel);
    expect(looks).toEqual([]);
  });
});

describe('a start that is called failed', () => {
  test('has led to a conversation if there is one anyway', async () => {
    const { lived, looks } = wait(pending('working'), () => FAILED, { found: [CREATED] });
    expect((await lived).events.at(-1)).toEqual(found('1'));
    expect(looks).toEqual([0.5]);
  });

  test('is followed as long as it is found to be under way', async () => {
    const under = pending('working');
    const { lived, looks } = wait(FAILED, () => FAILED, { found: [under, under, CREATED] });
    expect((await lived).events.at(-1)).toEqual(found('1'));
    expect(looks).toHaveLength(3);
  });

  test('has failed for its first reason once it is found no more', async () => {
    const { lived } = wait(FAILED, () => UNKNOWN, { found: [pending('working'), NOT_THERE] });
    expect(problemOf(await lived).because).toBe('No such repository');
  });

  test('is looked for again while the server cannot be asked, for 15 s', async () => {
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
  ])('has failed if there is none, or nobody can tell: %j', async (later) => {
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
    const lived = await live(startingBy(REQUEST, false, PLAN), api, { clock });
    expect(problemOf(lived).because).toBe('No such repository');
    expect(lived.endedAt).toBe(15);
  });

  const SILENT: StartProgress = { kind: 'failed', reason: '' };
  const workplace = { repository: 'octo/repo', gitProvider: 'gitlab' } as const;

  test('without a reason is one of the repository if the account cannot use that', async () => {
    const { lived } = wait(SILENT, () => SILENT, {
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
    'without a reason is told as that if nobody knows one',
    async (asks) => {
      const { lived } = wait(SILENT, () => SILENT, { request: asks });
      expect(problemOf(await lived)).toMatchObject({
        because: 'the server gives no reason',
        kind: 'sandbox',
      });
    },
  );
});
