import { createHash } from 'node:crypto';

import { describe, expect, test } from '@jest/globals';

import {
  ApiFailure,
  type ConversationApi,
  type Found,
  type ListedStart,
  type Sandbox,
  type StartProgress,
} from '../../src/conversation/api.ts';
import { Interruption } from '../../src/conversation/clock.ts';
import { conversationIdOf } from '../../src/conversation/idempotency.ts';
import { startingBy } from '../../src/conversation/start-stages.ts';
import { stagedApi } from '../support/api.ts';
import { simulatedClock } from '../support/clock.ts';
import { live, type Lived, PLAN, problemOf } from '../support/live.ts';
import { RUNNING } from '../support/snapshots.ts';

const SCOPE = { baseUrl: 'https://openhands.test', repository: 'octo/repo', account: 'account-1' };
const ID = '0a1b2c3d-0000-4000-8000-00000000cafe';
const BARE_ID = '0A1B2C3D00004000800000000000CAFE';

describe('the id that a key leads to', () => {
  test("never changes: another one would start everybody's work a second time", () => {
    expect(conversationIdOf('issue-12', SCOPE)).toBe('68921351-7ab8-5581-806a-273fd1015395');
  });

  test('is a UUID of version 5', () => {
    const id = conversationIdOf('issue-12', SCOPE);
    // RFC 9562, section 5.5, by hand.
    const bytes = createHash('sha1')
      .update(Buffer.from('5f0b1c6e7a434c9d9c1b6d2f8e3a4b57', 'hex'))
      .update('["https://openhands.test","octo/repo","account-1","issue-12"]')
      .digest()
      .subarray(0, 16);
    bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
    bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
    expect(id.replaceAll('-', '')).toBe(bytes.toString('hex'));
  });

  test('is the same however the repository is written', () => {
    expect(conversationIdOf('k', { ...SCOPE, repository: 'Octo/Repo' })).toBe(conversationIdOf('k', SCOPE));
  });

  test('is another one for another key, server, repository or account, and for none', () => {
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

/** What came of the start of a key. */
interface Keyed {
  readonly id: string | undefined;
  readonly reused: boolean;
  /** Whether the server took the id that the key leads to. */
  readonly honored: boolean;
  /** The sandboxes that could not be paused. */
  readonly left: readonly string[];
}

interface Followed {
  readonly lived: Promise<Lived>;
  readonly keyed: Promise<Keyed>;
  readonly halted: readonly string[];
  /** When the starts of the key were looked at, in seconds; the own one was ready after half a second. */
  readonly looks: readonly number[];
}

function keyedIn({ told }: Lived): Keyed {
  const found = told.find((event) => event.kind === 'found');
  return {
    id: found?.conversation.id,
    reused: found?.role === 'attached',
    honored: !told.some(({ kind }) => kind === 'key-ignored'),
    left: told.flatMap((event) => (event.kind === 'duplicate-not-paused' ? [event.sandbox] : [])),
  };
}

const CREATED: StartProgress = { kind: 'created', id: ID };
const PENDING: StartProgress = { kind: 'pending', task: 'other', phase: 'working' };
const OWN: ListedStart = { task: 'own', createdAt: 2, sandbox: 'own-sandbox', progress: CREATED };
const OTHER: ListedStart = { task: 'other', createdAt: 3, sandbox: 'other-sandbox', progress: CREATED };
const EARLIER: ListedStart = { ...OTHER, createdAt: 1 };

/** Follows the own start of a key, beside which there may be others. */
function follow(
  first: StartProgress,
  {
    beginAt = 0,
    progress = CREATED,
    found = new Error('nobody was to look'),
    startsAt = () => [OWN],
    listedAt = 0,
    sandbox = { kind: 'running', handle: 'own-sandbox' },
    pause,
    ...own
  }: {
    /** When this begins, by the clock, in seconds. */
    beginAt?: number;
    progress?: StartProgress | Error;
    /** What is found of a start that failed. */
    found?: Found | Error;
    startsAt?: (seconds: number) => readonly ListedStart[] | Error;
    /** When the server lists the conversation, by the clock, in seconds. */
    listedAt?: number;
    sandbox?: Sandbox;
    /** Why no sandbox can be paused. */
    pause?: Error;
    /** The start of this run, where the server has answered with it. */
    task?: string | undefined;
  } = {},
): Followed {
  const clock = simulatedClock();
  const halted: string[] = [];
  const looks: number[] = [];
  const task = 'task' in own ? own.task : 'own';
  let asked = 0;
  const api: ConversationApi = {
    ...stagedApi(clock, [{ at: 0, snapshot: RUNNING }]),
    find: async ({ message }) => {
      asked += 1;
      // The look before the start, and the one for a lost answer.
      if (asked === 1) return Promise.resolve({ kind: 'not-there' });
      if (message !== undefined) return Promise.resolve(first);
      return found instanceof Error ? Promise.reject(found) : Promise.resolve(found);
    },
    start: async () => {
      if (task === undefined)
        throw new ApiFailure({ failedTo: 'start', because: 'HTTP 504', todo: 'x' }, true);
      return Promise.resolve({ kind: 'pending', task, phase: 'working' });
    },
    startProgress: async (of) => {
      const told = of === 'own' && first !== PENDING ? first : progress;
      return told instanceof Error ? Promise.reject(told) : Promise.resolve(told);
    },
    starts: async (id) => {
      expect(id).toBe(ID);
      looks.push(clock.now() / 1000);
      const starts = startsAt(clock.now() / 1000);
      return starts instanceof Error ? Promise.reject(starts) : Promise.resolve(starts);
    },
    sandbox: async () =>
      Promise.resolve(
        clock.now() / 1000 < listedAt ? { kind: 'unavailable', reason: 'not listed' } : sandbox,
      ),
    pause: async (handle, id) => {
      expect(id).toBe(ID);
      halted.push(handle);
      return pause === undefined ? Promise.resolve() : Promise.reject(pause);
    },
  };
  const lived = clock
    .sleep(beginAt * 1000, new AbortController().signal)
    .then(async () => live(startingBy({ id: ID, message: 'Work' }, true, PLAN), api, { clock }));
  return { lived, keyed: lived.then(keyedIn), halted, looks };
}

describe('the start of a key', () => {
  test.each([ID, BARE_ID])('that is the only one leads to its own conversation, %s', async (id) => {
    const { keyed, halted, looks } = follow({ kind: 'created', id });
    expect(await keyed).toEqual({ id, reused: false, honored: true, left: [] });
    expect(halted).toEqual([]);
    expect(looks).toHaveLength(1);
  });

  test('leads to another id if the server chooses its own: then nothing can be known of other starts', async () => {
    const { keyed, looks } = follow({ kind: 'created', id: 'another' });
    expect(await keyed).toEqual({
      id: 'another',
      reused: false,
      honored: false,
      left: [],
    });
    expect(looks).toEqual([]);
  });
});

describe('the start of a key that fails', () => {
  const FAILED: StartProgress = { kind: 'failed', reason: 'another start took its place' };

  const failed = (): readonly ListedStart[] => [OTHER, { ...OWN, progress: FAILED }];

  test.each<Found>([CREATED, PENDING])('is none if another run has one: %j', async (found) => {
    const { keyed, halted } = follow(FAILED, { found, startsAt: failed });
    expect(await keyed).toEqual({ id: ID, reused: true, honored: true, left: [] });
    expect(halted).toEqual([]);
  });

  test('has not failed if only nobody could be asked about it', async () => {
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
  ])('has failed if nobody has another: %j', async (found) => {
    expect(problemOf(await follow(FAILED, { found }).lived).because).toBe('another start took its place');
  });
});

test('the start of a key that is interrupted is looked for nowhere else', async () => {
  const cancel = new Interruption('cancel');
  expect((await follow(PENDING, { progress: cancel }).lived).error).toBe(cancel);
});

describe('two starts of a key at the same moment', () => {
  const both = (): readonly ListedStart[] => [OTHER, OWN];
  const earlierFirst = (): readonly ListedStart[] => [EARLIER, OWN];

  test('leave the conversation in one sandbox: the own one continues if that is it', async () => {
    const { keyed, halted } = follow(CREATED, { startsAt: both });
    expect(await keyed).toEqual({ id: ID, reused: false, honored: true, left: [] });
    expect(halted).toEqual(['other-sandbox']);
  });

  test('leave the conversation in one sandbox: one that is still being prepared is left alone', async () => {
    const { keyed, halted } = follow(CREATED, { startsAt: () => [{ ...OTHER, progress: PENDING }, OWN] });
    expect((await keyed).reused).toBe(false);
    expect(halted).toEqual([]);
  });

  test('leave the conversation in one sandbox: all others are paused if nobody knows which is the own', async () => {
    const third: ListedStart = { task: 'third', createdAt: 4, sandbox: 'third-sandbox', progress: CREATED };
    const { keyed, halted } = follow(CREATED, {
      task: undefined,
      startsAt: () => [third, OTHER, OWN],
      sandbox: { kind: 'running', handle: 'other-sandbox' },
    });
    expect(await keyed).toMatchObject({ reused: false, left: [] });
    expect(halted).toEqual(['own-sandbox', 'third-sandbox']);
  });

  test('are told apart if the list is behind, and calls the own one pending: that is paused anyway', async () => {
    const { keyed, halted } = follow(CREATED, {
      startsAt: () => [EARLIER, { ...OWN, progress: PENDING }],
      sandbox: { kind: 'running', handle: 'other-sandbox' },
    });
    expect(await keyed).toMatchObject({ reused: true, left: [] });
    expect(halted).toEqual(['own-sandbox']);
  });

  test('are told apart also if the one that is in vain cannot be paused: it is tried three times, and told', async () => {
    const broken = new ApiFailure({ failedTo: 'pause the sandbox', because: 'HTTP 500', todo: 'wait' });
    const { keyed, halted } = follow(CREATED, {
      startsAt: earlierFirst,
      sandbox: { kind: 'running', handle: 'other-sandbox' },
      pause: broken,
    });
    expect(await keyed).toMatchObject({ reused: true, left: ['own-sandbox'] });
    expect(halted).toEqual(['own-sandbox', 'own-sandbox', 'own-sandbox']);
  });

  test('leave the conversation in one sandbox: the own one is paused if it is the other', async () => {
    const { keyed, halted } = follow(CREATED, {
      startsAt: earlierFirst,
      sandbox: { kind: 'running', handle: 'other-sandbox' },
    });
    expect(await keyed).toEqual({ id: ID, reused: true, honored: true, left: [] });
    expect(halted).toEqual(['own-sandbox']);
  });

  test.each([
    ['the earlier', 1, true],
    ['at the same time, the lower task', 2, true],
    ['the later', 3, false],
  ])('have one starter: the other one, %s, makes this run a guest: %s', async (_, createdAt, reused) => {
    const { keyed } = follow(CREATED, { startsAt: () => [OWN, { ...OTHER, createdAt }] });
    expect(await keyed).toMatchObject({ reused });
  });

  test.each<[string, { startsAt?: () => readonly ListedStart[]; sandbox: Sandbox }]>([
    [
      'the conversation is not listed for a minute',
      { startsAt: both, sandbox: { kind: 'unavailable', reason: 'x' } },
    ],
    [
      'the other has failed',
      {
        startsAt: () => [{ ...OTHER, progress: { kind: 'failed', reason: 'x' } }, OWN],
        sandbox: { kind: 'running', handle: 'other-sandbox' },
      },
    ],
    [
      'the own sandbox is not told',
      {
        startsAt: () => [OTHER, { task: 'own', createdAt: 2, progress: CREATED }],
        sandbox: { kind: 'running', handle: 'other-sandbox' },
      },
    ],
    [
      'the own start is not listed',
      { startsAt: () => [OTHER, OTHER], sandbox: { kind: 'running', handle: 'other-sandbox' } },
    ],
  ])('pause nothing if %s', async (_, options) => {
    const { keyed, halted } = follow(CREATED, options);
    expect(await keyed).toMatchObject({ reused: false, honored: true, left: [] });
    expect(halted).toEqual([]);
  });

  test('are told apart once the server lists the conversation', async () => {
    const { keyed, halted } = follow(CREATED, {
      startsAt: earlierFirst,
      beginAt: 100,
      listedAt: 150,
      sandbox: { kind: 'running', handle: 'other-sandbox' },
    });
    expect((await keyed).reused).toBe(true);
    expect(halted).toEqual(['own-sandbox']);
  });

  test('are not told apart if the server does not list it within a minute', async () => {
    const { keyed, halted } = follow(CREATED, {
      startsAt: both,
      beginAt: 100,
      listedAt: 160,
      sandbox: { kind: 'running', handle: 'other-sandbox' },
    });
    expect((await keyed).reused).toBe(false);
    expect(halted).toEqual([]);
  });

  test('are not told apart if the starts cannot be read: there is a conversation anyway', async () => {
    const broken = new ApiFailure({ failedTo: 'look for the start', because: 'HTTP 500', todo: 'wait' });
    const { keyed } = follow(CREATED, { startsAt: () => broken });
    expect(await keyed).toEqual({ id: ID, reused: false, honored: true, left: [] });
  });

  test('fail with what was wrong with the own one if nobody can tell of another', async () => {
    const broken = new ApiFailure({ failedTo: 'look for the start', because: 'HTTP 403', todo: 'ask' });
    const failed: StartProgress = { kind: 'failed', reason: 'no sandbox' };
    expect(problemOf(await follow(failed, { found: broken }).lived).because).toBe('no sandbox');
  });

  test('are taken for one if the starts cannot be read after the own could not be asked about', async () => {
    const broken = new ApiFailure({
      failedTo: 'read the progress of the start',
      because: 'HTTP 401',
      todo: 'x',
    });
    const { keyed } = follow(PENDING, { progress: broken, found: CREATED, startsAt: () => broken });
    expect(await keyed).toMatchObject({ id: ID, reused: false, honored: true });
  });

  test('do not hide a mistake of our own', async () => {
    const mistake = new TypeError('a mistake');
    expect((await follow(CREATED, { startsAt: () => mistake }).lived).error).toBe(mistake);
  });

  test('are both waited for, as the last to be ready has the conversation', async () => {
    const { keyed, halted, looks } = follow(CREATED, {
      startsAt: (seconds) => [
        seconds < 5 ? { task: 'other', createdAt: 1, progress: PENDING } : EARLIER,
        OWN,
      ],
      sandbox: { kind: 'running', handle: 'other-sandbox' },
    });
    expect((await keyed).reused).toBe(true);
    expect(halted).toEqual(['own-sandbox']);
    expect(looks).toEqual([0.5, 2.5, 4.5, 6.5]);
  });

  test('are not waited for longer than a minute: then the conversation is where it is', async () => {
    const { keyed, halted, looks } = follow(CREATED, {
      beginAt: 1_000,
      startsAt: () => [{ ...EARLIER, progress: PENDING }, OWN],
      sandbox: { kind: 'running', handle: 'other-sandbox' },
    });
    expect((await keyed).reused).toBe(true);
    expect(halted).toEqual(['own-sandbox']);
    expect(looks.at(0)).toBe(1_000.5);
    expect(looks.at(-1)).toBe(1_062.5);
  });

  test('are not waited for if the list is behind, and calls the own one pending', async () => {
    const { keyed, looks } = follow(CREATED, { startsAt: () => [{ ...OWN, progress: PENDING }] });
    expect((await keyed).reused).toBe(false);
    expect(looks).toHaveLength(1);
  });
});
