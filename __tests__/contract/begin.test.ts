import { describe, expect, test } from '@jest/globals';
import nock from 'nock';

import { Interruption } from '../../src/conversation/clock.ts';
import type { ConversationEvent } from '../../src/conversation/events.ts';
import { begin } from '../support/begin.ts';
import { EPOCH } from '../support/clock.ts';
import { stayOffline } from '../support/offline.ts';

const ORIGIN = 'https://openhands.test';
const V1 = '/api/v1/app-conversations';
const V0 = '/api/conversations';
const TASK = '0e96f9b0c5a94d4f8a3f2ddcb1f7a001';
const CHOSEN = '0a1b2c3d-0000-4000-8000-00000000cafe';
const THINK = { id: CHOSEN, message: 'Think' };
const WORKING = { id: TASK, status: 'WORKING' };

stayOffline();

describe('a start', () => {
  test('uses V0 if v0 is wanted, and never asks V1', async () => {
    nock(ORIGIN).post(V0, { initial_user_msg: 'Think' }).reply(200, { status: 'ok', conversation_id: 'abc' });
    const { version, events } = await begin(ORIGIN, 'v0', THINK);
    expect(version).toBe('v0');
    expect(events.map(({ kind }) => kind)).toEqual(['asking', 'found']);
  });

  test.each(['v1', 'auto'] as const)('uses V1 and the chosen id if %s is wanted', async (wanted) => {
    if (wanted === 'auto') nock(ORIGIN).get(V1).query(true).reply(200, [null]);
    nock(ORIGIN)
      .post(V1, (body: { conversation_id?: unknown }) => body.conversation_id === CHOSEN)
      .reply(200, WORKING);
    const { version, events } = await begin(ORIGIN, wanted, THINK);
    expect(version).toBe('v1');
    expect(events).toEqual([
      { kind: 'asking', id: CHOSEN },
      { kind: 'preparing', task: TASK, id: CHOSEN, isShared: false },
      { kind: 'start-phase', phase: 'working' },
    ]);
  });

  test('is not sent after a cancel', async () => {
    const cancel = new Interruption('cancel');
    const { error, events } = await begin(ORIGIN, 'v1', THINK, { signal: AbortSignal.abort(cancel) });
    expect(error).toBe(cancel);
    expect(events).toEqual([]);
  });

  test('is emitted before it is sent, so that post can find it', async () => {
    nock(ORIGIN).post(V1).reply(403, { detail: 'no' });
    const { events } = await begin(ORIGIN, 'v1', THINK);
    expect(events).toEqual([{ kind: 'asking', id: CHOSEN }, { kind: 'refused' }]);
  });

  test.each([
    [401, ['asking', 'refused']],
    [500, ['asking']],
  ])('refused by %d emits "refused" only if the server cannot have acted', async (status, expected) => {
    nock(ORIGIN).post(V0).reply(status, { detail: 'no' });
    const { events, outcome } = await begin(ORIGIN, 'v0', THINK);
    expect(outcome?.status).toBe('start-failed');
    expect(events.map(({ kind }) => kind)).toEqual(expected);
  });

  test('that fails has a reason on one line', async () => {
    nock(ORIGIN).post(V1).reply(200, { id: TASK, status: 'ERROR', detail: 'the disk\n::error::is full' });
    nock(ORIGIN).get(`${V1}?ids=${CHOSEN}`).reply(200, [null]);
    nock(ORIGIN).get(`${V1}/start-tasks/search`).query(true).reply(200, { items: [] });
    const { outcome } = await begin(ORIGIN, 'v1', THINK);
    expect(outcome).toMatchObject({ problem: { because: 'the disk ::error::is full' } });
  });
});

describe('a start with a key', () => {
  const looking = (found: object | null, starts: readonly object[] = []): void => {
    nock(ORIGIN).get(`${V1}?ids=${CHOSEN}`).reply(200, [found]);
    if (found !== null) return;
    nock(ORIGIN)
      .get(`${V1}/start-tasks/search`)
      .query({
        sort_order: 'CREATED_AT_DESC',
        limit: '100',
        created_at__gte: new Date(EPOCH - 30 * 60_000).toISOString().replace('Z', ''),
      })
      .reply(200, { items: starts });
  };
  const shared = async (): Promise<readonly ConversationEvent[]> =>
    (await begin(ORIGIN, 'v1', THINK, { isShared: true })).events;

  test('starts the conversation if there is none', async () => {
    looking(null);
    nock(ORIGIN)
      .post(V1, (body: { conversation_id?: unknown }) => body.conversation_id === CHOSEN)
      .reply(200, WORKING);
    expect(await shared()).toEqual([
      { kind: 'asking', id: CHOSEN },
      { kind: 'preparing', task: TASK, id: CHOSEN, isShared: true },
      { kind: 'start-phase', phase: 'working' },
    ]);
  });

  test('attaches to the conversation if there is one, and starts nothing', async () => {
    looking({ id: CHOSEN, sandbox_id: 's' });
    expect(await shared()).toEqual([
      {
        kind: 'found',
        conversation: { id: CHOSEN, url: `${ORIGIN}/conversations/${CHOSEN}` },
        role: 'attached',
      },
    ]);
  });

  test('attaches to the conversation if its start is under way', async () => {
    looking(null, [{ ...WORKING, request: { conversation_id: CHOSEN } }]);
    nock(ORIGIN)
      .get(`${V1}/start-tasks?ids=${TASK}`)
      .reply(200, [{ ...WORKING, status: 'READY', app_conversation_id: CHOSEN }]);
    expect((await shared()).map(({ kind }) => kind)).toEqual(['start-phase', 'found']);
  });
});
