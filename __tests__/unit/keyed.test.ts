import { describe, expect, test } from '@jest/globals';

import { ApiFailure, type ConversationApi, type Sandbox } from '../../src/conversation/api.ts';
import { conversationIdOf } from '../../src/conversation/key.ts';
import { start } from '../../src/conversation/start.ts';
import { type Found, type ListedStart, type StartProgress } from '../../src/conversation/start-progress.ts';
import { stagedApi } from '../support/api.ts';
import { simulatedClock } from '../support/clock.ts';
import { live, type Lived, problemOf } from '../support/live.ts';
import { RUNNING } from '../support/snapshots.ts';

const SCOPE = { baseUrl: 'https://openhands.test', repository: 'octo/repo', account: 'account-1' };
const ID = '0a1b2c3d-0000-4000-8000-00000000cafe';

describe('the conversation id of a key', () => {
  test("never changes, because another id would start everybody's work a second time", () => {
    expect(conversationIdOf('issue-12', SCOPE)).toBe('68921351-7ab8-5581-806a-273fd1015395');
  });

  test('differs for another key, server or account, and for another or no repository', () => {
    const { baseUrl, account } = SCOPE;
    const nowhere = { baseUrl, account };
    const ids = [
      conversationIdOf('k', SCOPE),
      conversationIdOf('K', SCOPE),
      conversationIdOf('k', { ...SCOPE, baseUrl: 'https://openhands.test/prefix' }),
      conversationIdOf('k', { ...SCOPE, repository: 'octo/other' }),
      conversationIdOf('k', { ...SCOPE, account: 'account-2' }),
      conversationIdOf('k', nowhere),
    ];
    expect(new Set(ids).size).toBe(ids.length);
    expect(conversationIdOf('k', nowhere)).toBe(conversationIdOf('k', { ...nowhere, repository: '' }));
  });
});

/** The result of the start of a key. */
interface Keyed {
  readonly id: string | undefined;
  readonly reused: boolean;
  /** Whether the server used the id of the key. */
  readonly honored: boolean;
  /** The sandboxes that could not be paused. */
  readonly left: readonly string[];
}

interface Followed {
  readonly lived: Promise<Lived>;
  readonly keyed: Promise<Keyed>;
  readonly paused: readonly string[];
  /**
   * The times in seconds at which the starts of the key were listed. The step's own start was ready after half a
   * second.
   */
  readonly looks: readonly number[];
}

function keyedIn({ events }: Lived): Keyed {
  const found = events.find((event) => event.kind === 'found');
  return {
    id: found?.conversation.id,
    reused: found?.role === 'attached',
    honored: !events.some(({ kind }) => kind === 'key-ignored'),
    left: events.flatMap((event) => (event.kind === 'duplicate-not-paused' ? [event.sandbox] : [])),
  };
}

const CREATED: StartProgress = { kind: 'created', id: ID };
const PENDING: StartProgress = { kind: 'pending', task: 'other', phase: 'working' };
const OWN: ListedStart = { id: ID, task: 'own', createdAt: 2, sandbox: 'own-sandbox', progress: CREATED };
const OTHER: ListedStart = {
  id: ID,
  task: 'other',
  createdAt: 3,
  sandbox: 'other-sandbox',
  progress: CREATED,
};
const EARLIER: ListedStart = { ...OTHER, createdAt: 1 };

/** Follows the step's own start of a key. Others may have started the same conversation. */
function follow(
  first: StartProgress,
  {
    beginAt = 0,
    progress = CREATED,
    found = new Error('nobody was to look'),
    startsAt = () => [OWN],
    sandbox = { kind: 'running', handle: 'own-sandbox' },
    ...own
  }: {
    /** The time in seconds at which the step begins. */
    beginAt?: number;
    progress?: StartProgress | Error;
    /** The result of the search for a conversation after its start failed. */
    found?: Found | Error;
    startsAt?: (seconds: number) => readonly ListedStart[];
    sandbox?: Sandbox;
    /** The task of the step's own start; undefined if its response was lost. */
    task?: string | undefined;
  } = {},
): Followed {
  const clock = simulatedClock();
  const paused: string[] = [];
  const looks: number[] = [];
  const task = 'task' in own ? own.task : 'own';
  const api: ConversationApi = {
    ...stagedApi(clock, [{ at: 0, snapshot: RUNNING }]),
    find: async ({ message }) => {
      // The search after a lost response has the message.
      if (message !== undefined) return Promise.resolve(first);
      return found instanceof Error ? Promise.reject(found) : Promise.resolve(found);
    },
    start: async () => {
      if (task === undefined)
        throw new ApiFailure({ failedTo: 'start', because: 'HTTP 504', todo: 'x' }, true);
      return Promise.resolve({ kind: 'pending', task, phase: 'working' });
    },
    startProgress: async (of) => {
      const answer = of === 'own' && first !== PENDING ? first : progress;
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
    starts: async (ids) => {
      expect(ids).toEqual([ID]);
      looks.push(clock.now() / 1000);
      return Promise.resolve(startsAt(clock.now() / 1000));
    },
    sandbox: async () => Promise.resolve(sandbox),
    pause: async (handle, id) => {
      expect(id).toBe(ID);
      paused.push(handle);
      return Promise.resolve();
    },
  };
  const lived = clock.sleep(beginAt * 1000, new AbortController().signal).then(async () =>
    live(async (session) => start({ request: { id: ID, message: 'Work' }, isShared: true }, session), api, {
      clock,
    }),
  );
  return { lived, keyed: lived.then(keyedIn), paused, looks };
}

describe('the failed start of a key', () => {
  const FAILED: StartProgress = { kind: 'failed', reason: 'another start took its place' };

  const failed = (): readonly ListedStart[] => [OTHER, { ...OWN, progress: FAILED }];

  test.each<Found>([CREATED, PENDING])("is ignored if another run's start exists: %j", async (found) => {
    const { keyed, paused } = follow(FAILED, { found, startsAt: failed });
    expect(await keyed).toEqual({ id: ID, reused: true, honored: true, left: [] });
    expect(paused).toEqual([]);
  });

  test('is not assumed if only the progress could not be read', async () => {
    const broken = new ApiFailure({
      failedTo: 'read the progress of the start',
      because: 'HTTP 401',
      todo: 'x',
    });
    const { keyed } = follow(PENDING, {
      progress: broken,
      found: CREATED,
      startsAt: () => [{ ...OTHER, progress: FAILED }, OWN],
    });
    expect(await keyed).toEqual({ id: ID, reused: false, honored: true, left: [] });
  });

  test.each<Found>([
    { kind: 'not-there' },
    { kind: 'unreported' },
    FAILED,
    { kind: 'unknown', task: 'other' },
  ])('fails the step if there is no other start: %j', async (found) => {
    expect(problemOf(await follow(FAILED, { found }).lived).because).toBe('another start took its place');
  });
});

describe('two starts of a key at the same moment', () => {
  const both = (): readonly ListedStart[] => [OTHER, OWN];

  test('leave one sandbox running: a start that is still pending is not paused', async () => {
    const { keyed, paused } = follow(CREATED, { startsAt: () => [{ ...OTHER, progress: PENDING }, OWN] });
    expect((await keyed).reused).toBe(false);
    expect(paused).toEqual([]);
  });

  test("leave one sandbox running: all others are paused if it is unknown which start is the step's own", async () => {
    const third: ListedStart = {
      id: ID,
      task: 'third',
      createdAt: 4,
      sandbox: 'third-sandbox',
      progress: CREATED,
    };
    const { keyed, paused } = follow(CREATED, {
      task: undefined,
      startsAt: () => [third, OTHER, OWN],
      sandbox: { kind: 'running', handle: 'other-sandbox' },
    });
    expect(await keyed).toMatchObject({ reused: false, left: [] });
    expect(paused).toEqual(['own-sandbox', 'third-sandbox']);
  });

  test('are deduplicated although the list still shows the own start as pending', async () => {
    const { keyed, paused } = follow(CREATED, {
      startsAt: () => [EARLIER, { ...OWN, progress: PENDING }],
      sandbox: { kind: 'running', handle: 'other-sandbox' },
    });
    expect(await keyed).toMatchObject({ reused: true, left: [] });
    expect(paused).toEqual(['own-sandbox']);
  });

  test.each([
    ['came earlier', 1, true],
    ['came at the same time with a lower task', 2, true],
    ['came later', 3, false],
  ])('have one owner: if the other start %s, the step attaches: %s', async (_, createdAt, reused) => {
    const { keyed } = follow(CREATED, { startsAt: () => [OWN, { ...OTHER, createdAt }] });
    expect(await keyed).toMatchObject({ reused });
  });

  test.each<[string, { startsAt?: () => readonly ListedStart[]; sandbox: Sandbox }]>([
    [
      'the conversation is not listed for a minute',
      { startsAt: both, sandbox: { kind: 'unavailable', reason: 'x' } },
    ],
    [
      'the other start has failed',
      {
        startsAt: () => [{ ...OTHER, progress: { kind: 'failed', reason: 'x' } }, OWN],
        sandbox: { kind: 'running', handle: 'other-sandbox' },
      },
    ],
    [
      'the own sandbox is unknown',
      {
        startsAt: () => [OTHER, { id: ID, task: 'own', createdAt: 2, progress: CREATED }],
        sandbox: { kind: 'running', handle: 'other-sandbox' },
      },
    ],
    [
      'the own start is not listed',
      { startsAt: () => [OTHER, OTHER], sandbox: { kind: 'running', handle: 'other-sandbox' } },
    ],
  ])('pause no sandbox if %s', async (_, options) => {
    const { lived, keyed, paused } = follow(CREATED, options);
    expect(await keyed).toMatchObject({ reused: false, honored: true, left: [] });
    expect(paused).toEqual([]);
    expect((await lived).endedAt).toBeLessThan(70);
  });

  test('are both awaited, because the last one to be ready gets the conversation', async () => {
    const { keyed, paused, looks } = follow(CREATED, {
      startsAt: (seconds) => [
        seconds < 5 ? { id: ID, task: 'other', createdAt: 1, progress: PENDING } : EARLIER,
        OWN,
      ],
      sandbox: { kind: 'running', handle: 'other-sandbox' },
    });
    expect((await keyed).reused).toBe(true);
    expect(paused).toEqual(['own-sandbox']);
    expect(looks).toEqual([0.5, 2.5, 4.5, 6.5]);
  });

  test('are awaited for a minute at most, and the step uses the current sandbox of the conversation', async () => {
    const { keyed, paused, looks } = follow(CREATED, {
      beginAt: 1_000,
      startsAt: () => [{ ...EARLIER, progress: PENDING }, OWN],
      sandbox: { kind: 'running', handle: 'other-sandbox' },
    });
    expect((await keyed).reused).toBe(true);
    expect(paused).toEqual(['own-sandbox']);
    expect(looks.at(0)).toBe(1_000.5);
    expect(looks.at(-1)).toBe(1_062.5);
  });

  test('are not awaited if only the own start is listed, still as pending', async () => {
    const { keyed, looks } = follow(CREATED, { startsAt: () => [{ ...OWN, progress: PENDING }] });
    expect((await keyed).reused).toBe(false);
    expect(looks).toHaveLength(1);
  });
});
