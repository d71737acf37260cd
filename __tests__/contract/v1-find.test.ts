import { describe, expect, test } from '@jest/globals';

import { v1Api } from '../../src/openhands/v1/api.ts';
import { ApiFailure } from '../../src/port/api.ts';
import type { Place } from '../../src/port/place.ts';
import { locate, type StartQuery } from '../../src/start/locate.ts';
import { rejection, testClient } from '../support/client.ts';
import { nock } from '../support/offline.ts';

const ORIGIN = 'https://openhands.test';
const PATH = '/api/v1/app-conversations';
const CHOSEN = '0a1b2c3d-0000-4000-8000-00000000cafe';
const CHOSEN_BARE = '0A1B2C3D00004000800000000000CAFE';
const never = new AbortController().signal;

const taskId = (number: number): string => String(number).padStart(32, '0');
const start = (number: number, request: object, more: object = {}): object => ({
  id: taskId(number),
  status: 'WORKING',
  request,
  ...more,
});
const own = { conversation_id: CHOSEN };
const asking = (...texts: readonly (string | null | undefined)[]): object => ({
  initial_message: { content: texts.map((text) => (text === undefined ? { type: 'image' } : { text })) },
});

function noConversation(): void {
  nock(ORIGIN).get(`${PATH}?ids=${CHOSEN}`).reply(200, [null]);
}

function starts(query: object, body: object): void {
  nock(ORIGIN)
    .get(`${PATH}/start-tasks/search`)
    .query({ sort_order: 'CREATED_AT_DESC', limit: '100', ...query })
    .reply(200, { ...body });
}

async function find(request: Omit<StartQuery, 'id'>): Promise<Place> {
  return locate({ id: CHOSEN, ...request }, { api: v1Api(testClient(ORIGIN)), signal: never });
}

describe('a start whose answer was lost', () => {
  const lost = async (...items: readonly object[]): Promise<Place> => {
    noConversation();
    starts({}, { items });
    return find({ message: 'Think' });
  };

  test.each([CHOSEN, CHOSEN_BARE])('is found by its chosen id, written as %s', async (id) => {
    const items = [start(1, { conversation_id: taskId(9) }), start(2, { conversation_id: id })];
    expect(await lost(...items)).toEqual({ kind: 'pending', task: taskId(2), phase: 'working' });
  });

  test('is found among more starts than were asked for', async () => {
    const others = Array.from({ length: 120 }, (_, number) =>
      start(number, { conversation_id: taskId(999) }),
    );
    expect(await lost(...others, start(120, own))).toMatchObject({ kind: 'pending', task: taskId(120) });
  });

  test('is found even if it failed', async () => {
    expect(await lost(start(1, own, { status: 'ERROR', detail: 'no room' }))).toEqual({
      kind: 'failed',
      reason: 'no room',
    });
  });

  test.each<[string, object]>([
    ['has the same message', asking('Think')],
    ['has the same message and a picture', asking(undefined, 'Think')],
    ['has the same message and a text that is null', asking(null, 'Think')],
  ])('cannot be told from a start without an id that %s', async (_, request) => {
    expect(await lost(start(1, asking('Rest')), start(2, request))).toEqual({ kind: 'unreported' });
  });

  test.each<[string, readonly object[]]>([
    ['there are none', []],
    ['has another message', [start(1, asking('Rest'))]],
    ['has no message', [start(1, {}), start(2, { initial_message: null }), start(3, asking())]],
    ['has the same message and another id', [start(1, { ...asking('Think'), conversation_id: taskId(9) })]],
  ])('is not there if every other start %s', async (_, items) => {
    expect(await lost(...items)).toEqual({ kind: 'not-there' });
  });
});

describe('the recent starts', () => {
  const SINCE_QUERY = { created_at__gte: '2026-11-23T23:30:00.000' };
  const place = { kind: 'pending', task: taskId(1), phase: 'working' };
  const NOW = Date.UTC(2026, 10, 24);
  const PENDING = { id: CHOSEN, task: taskId(1), createdAt: 0, ageMs: NOW, place };
  const recent = async (): Promise<unknown> => v1Api(testClient(ORIGIN)).listStarts('recent', never);

  test('are listed with their sandboxes, newest first, page by page', async () => {
    starts(SINCE_QUERY, {
      items: [
        start(3, own, {
          sandbox_id: 's-3',
          status: 'READY',
          app_conversation_id: taskId(7),
          created_at: '2026-11-23T23:59:53Z',
          updated_at: '2026-11-23T23:59:58',
        }),
      ],
      next_page_id: 'p2',
    });
    starts(
      { ...SINCE_QUERY, page_id: 'p2' },
      { items: [start(2, { conversation_id: taskId(9) }), start(1, own, { sandbox_id: null })] },
    );
    expect(await recent()).toEqual([
      {
        id: CHOSEN,
        task: taskId(3),
        createdAt: NOW - 7_000,
        ageMs: 7_000,
        sandbox: 's-3',
        place: { kind: 'created', id: taskId(7), unlisted: { sandbox: 's-3', readyMs: 2_000 } },
      },
      { ...PENDING, id: taskId(9), task: taskId(2), place: { ...place, task: taskId(2) } },
      PENDING,
    ]);
  });

  test.each(['../admin', 'a b', 'x'.repeat(129), ''])(
    'have no sandbox if its id is not valid: %j',
    async (sandbox) => {
      starts(SINCE_QUERY, { items: [start(1, own, { sandbox_id: sandbox })], next_page_id: null });
      expect(await recent()).toEqual([PENDING]);
    },
  );

  test('are those of the last half hour by the clock of the server, not of the machine', async () => {
    const date = 'Mon, 23 Nov 2026 23:15:00 GMT';
    nock(ORIGIN).get('/api/v1/users/me').reply(200, { id: 'account-1' }, { date });
    noConversation();
    starts({ created_at__gte: '2026-11-23T22:45:00.000' }, { items: [start(1, own)] });
    const api = v1Api(testClient(ORIGIN));
    await api.readAccount(never);
    const found = await locate({ id: CHOSEN, isShared: true }, { api, signal: never });
    expect(found).toMatchObject({ kind: 'pending', task: taskId(1) });
  });

  const DAY_LATER = { ...PENDING, ageMs: NOW + 24 * 60 * 60_000 };

  test.each<[string, string, object, object]>([
    ['is no time: this machine tells it', 'Sat, 13 Sep 275760 00:00:00 GMT', SINCE_QUERY, PENDING],
    ['is no time: this machine tells it', '-271821-04-20T00:00:00.000Z', SINCE_QUERY, PENDING],
    [
      'differs by a day',
      'Wed, 25 Nov 2026 00:00:00 GMT',
      { created_at__gte: '2026-11-24T23:30:00.000' },
      DAY_LATER,
    ],
  ])('are asked for by the `Date` of the server if that %s (%s)', async (_, date, query, listed) => {
    nock(ORIGIN).get('/api/v1/users/me').reply(200, { id: 'account-1' }, { date });
    starts(query, { items: [start(1, own)] });
    const api = v1Api(testClient(ORIGIN));
    await api.readAccount(never);
    expect(await api.listStarts('recent', never)).toEqual([listed]);
  });

  test('are looked for in ten pages at most', async () => {
    for (const page of Array.from({ length: 10 }, (_, number) => number))
      starts(page === 0 ? SINCE_QUERY : { ...SINCE_QUERY, page_id: `p${page}` }, {
        items: [page === 9 ? start(1, own) : start(2, { conversation_id: taskId(9) })],
        next_page_id: `p${page + 1}`,
      });
    const listed = await v1Api(testClient(ORIGIN)).listStarts('recent', never);
    expect(listed.at(-1)).toEqual(PENDING);
  });

  const readyAt = (at: string): object =>
    start(1, own, { status: 'READY', app_conversation_id: taskId(7), updated_at: at });
  const found = async (...items: readonly object[]): Promise<Place> => {
    noConversation();
    starts(SINCE_QUERY, { items });
    return find({ isShared: true });
  };

  test('lead to the newest that has not failed', async () => {
    const failed = start(3, own, { status: 'ERROR' });
    expect(await found(failed, start(2, own), start(1, own))).toEqual({
      kind: 'pending',
      task: taskId(2),
      phase: 'working',
    });
    const ready = start(1, own, { status: 'READY', app_conversation_id: taskId(7) });
    expect(await found(failed, ready)).toEqual({ kind: 'created', id: taskId(7), unlisted: {} });
  });

  test('lead to one that has been ready for a minute, although the server may hide it: its clock can be wrong', async () => {
    expect(await found(readyAt('2026-11-23T23:59:00.000000'))).toEqual({
      kind: 'created',
      id: taskId(7),
      unlisted: { readyMs: 60_000 },
    });
  });

  test.each<[string, readonly object[]]>([
    ['there are none', []],
    ['have failed', [start(1, own, { status: 'ERROR' })]],
    ['are ready, and have made nothing', [start(1, own, { status: 'READY' })]],
    ['ask for another id', [start(1, { conversation_id: taskId(9) })]],
  ])('lead to no conversation if they %s', async (_, items) => {
    expect(await found(...items)).toEqual({ kind: 'not-there' });
  });
});

describe('a conversation with the chosen id', () => {
  const listed = (): void => {
    nock(ORIGIN)
      .get(`${PATH}?ids=${CHOSEN}`)
      .reply(200, [{ id: CHOSEN_BARE, sandbox_id: 's' }]);
  };

  test.each([{}, { isShared: true }])('is used without a look at the starts: %j', async (query) => {
    listed();
    expect(await find(query)).toEqual({ kind: 'created', id: CHOSEN_BARE.toLowerCase() });
  });

  test('is not used if it cannot be read, and the starts do not count then', async () => {
    nock(ORIGIN).get(`${PATH}?ids=${CHOSEN}`).reply(403, { detail: 'no' });
    expect(await rejection(find({ isShared: true }))).toBeInstanceOf(ApiFailure);
  });
});
