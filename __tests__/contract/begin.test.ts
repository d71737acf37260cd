import { describe, expect, test } from '@jest/globals';
import nock from 'nock';

import { ApiFailure } from '../../src/conversation/api.ts';
import { Interruption } from '../../src/conversation/clock.ts';
import type { ConversationEvent } from '../../src/conversation/events.ts';
import { wantedApi, type WantedVersion } from '../../src/openhands/auto.ts';
import { begin } from '../support/begin.ts';
import { rejection, testClient } from '../support/client.ts';
import { EPOCH } from '../support/clock.ts';
import { stayOffline } from '../support/offline.ts';

const ORIGIN = 'https://openhands.test';
const V1 = '/api/v1/app-conversations';
const V0 = '/api/conversations';
const TASK = '0e96f9b0c5a94d4f8a3f2ddcb1f7a001';
const ID = '7d0f7d1e4d8f4b3c9a55b1c2d3e4f506';
const CHOSEN = '0a1b2c3d-0000-4000-8000-00000000cafe';
const THINK = { id: CHOSEN, message: 'Think' };
const WORKING = { id: TASK, status: 'WORKING' };
const PAGE = ['<!doctype html><title>OpenHands</title>', { 'content-type': 'text/html' }] as const;
const never = new AbortController().signal;

/** Sets up the answer of /server_info. */
function serverInfo(status: number, info: object = { detail: 'Not Found' }): void {
  nock(ORIGIN).get('/server_info').reply(status, info);
}

async function problemOf(promise: Promise<unknown>): Promise<ApiFailure['problem']> {
  const error = await rejection(promise);
  if (!(error instanceof ApiFailure)) throw new Error('another error was expected');
  return error.problem;
}

stayOffline();

describe('a start', () => {
  test('uses V0 if v0 is wanted, and never asks V1', async () => {
    nock(ORIGIN).post(V0, { initial_user_msg: 'Think' }).reply(200, { status: 'ok', conversation_id: 'abc' });
    const { version, events } = await begin(ORIGIN, 'v0', THINK);
    expect(version).toBe('v0');
    expect(events.map(({ kind }) => kind)).toEqual(['asking', 'found']);
  });

  test.each(['v1', 'auto'] as const)('uses V1 and the chosen id if %s is wanted', async (wanted) => {
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
    const { error, events } = await begin(ORIGIN, 'auto', THINK, { signal: AbortSignal.abort(cancel) });
    expect(error).toBe(cancel);
    expect(events).toEqual([]);
  });

  test('is emitted before it is sent, so that post can find it', async () => {
    nock(ORIGIN).post(V1).reply(403, { detail: 'no' });
    const { events } = await begin(ORIGIN, 'v1', THINK);
    expect(events).toEqual([{ kind: 'asking', id: CHOSEN }, { kind: 'refused' }]);
  });

  test('falls back to V0 if the server has no V1, and emits an event before each request', async () => {
    nock(ORIGIN).post(V1).reply(404, { detail: 'Not Found' });
    serverInfo(404);
    nock(ORIGIN).post(V0).reply(200, { status: 'ok', conversation_id: 'abc' });
    const { events } = await begin(ORIGIN, 'auto', THINK);
    expect(events.map(({ kind }) => kind)).toEqual(['asking', 'refused', 'asking', 'found']);
  });

  test('falls back to V0 also if the server first answers 429', async () => {
    nock(ORIGIN).post(V1).reply(429, { detail: 'later' });
    nock(ORIGIN).post(V1).reply(404, { detail: 'Not Found' });
    serverInfo(404);
    nock(ORIGIN).post(V0).reply(200, { status: 'ok', conversation_id: 'abc' });
    expect((await begin(ORIGIN, 'auto', THINK)).version).toBe('v0');
  });

  test('fails if the server has neither API, and the error is about the server', async () => {
    nock(ORIGIN).post(V1).reply(404, { detail: 'Not Found' });
    serverInfo(404);
    nock(ORIGIN).post(V0).reply(404, 'Not Found');
    const { outcome } = await begin(ORIGIN, 'auto', THINK);
    expect(outcome).toMatchObject({
      status: 'start-failed',
      problem: {
        because: 'the server has neither API V1 nor V0 and is not an agent server (HTTP 404)',
        todo: expect.stringMatching(/^check base-url: /),
      },
    });
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

describe('the account that a key is bound to', () => {
  const account = async (): Promise<string> => wantedApi('auto', testClient(ORIGIN)).account(never);

  test('is the one of the API key', async () => {
    nock(ORIGIN).get('/api/v1/users/me').reply(200, { id: 'account-1' });
    expect(await account()).toBe('account-1');
  });

  test.each<[string, () => nock.Scope]>([
    ['404', () => nock(ORIGIN).get('/api/v1/users/me').reply(404, { detail: 'Not Found' })],
    [
      'a page',
      () =>
        nock(ORIGIN)
          .get('/api/v1/users/me')
          .reply(200, ...PAGE),
    ],
  ])('needs V1 or an agent server, and fails if the server is neither: %s', async (_, answer) => {
    answer();
    serverInfo(200, { uptime: 1 });
    expect(await problemOf(account())).toMatchObject({
      failedTo: 'start the conversation',
      because: 'idempotency-key needs API V1 or an agent server, and this server is neither',
      todo: 'check base-url; for an older server, leave idempotency-key out',
    });
  });

  test('fails with the reason of the server if it cannot be read', async () => {
    nock(ORIGIN).get('/api/v1/users/me').reply(401, { detail: 'no' });
    expect(await problemOf(account())).toMatchObject({
      failedTo: 'read which account the API key belongs to',
      because: 'HTTP 401: no',
    });
  });
});

describe('opening an existing conversation', () => {
  const shownByV1 = (): void => {
    nock(ORIGIN)
      .get(`${V1}?ids=${ID}`)
      .reply(200, [{ id: ID, sandbox_id: 's', sandbox_status: 'RUNNING', execution_status: 'running' }]);
  };
  const shownByV0 = (id: string): void => {
    nock(ORIGIN).get(`${V0}/${id}`).reply(200, { conversation_id: id, status: 'RUNNING' });
  };
  const opened = async (wanted: WantedVersion, id: string): Promise<unknown> => {
    const api = wantedApi(wanted, testClient(ORIGIN));
    const looks = await api.look([id], never);
    return { version: api.version, looks };
  };
  const BY_V1 = { version: 'v1', looks: [{ phase: 'agent running' }] };
  const BY_V0 = { version: 'v0', looks: [{ phase: 'conversation running' }] };

  test.each(['v1', 'auto'] as const)('uses V1 if %s is wanted', async (version) => {
    shownByV1();
    expect(await opened(version, ID)).toMatchObject(BY_V1);
  });

  test('uses V0 if v0 is wanted', async () => {
    shownByV0(ID);
    expect(await opened('v0', ID)).toMatchObject(BY_V0);
  });

  test('uses V0 if the id cannot be one of V1', async () => {
    shownByV0('abc1234');
    expect(await opened('auto', 'abc1234')).toMatchObject(BY_V0);
  });

  test.each([
    [404, ['{"detail":"Not Found"}', {}] as const],
    [405, ['{"detail":"Method Not Allowed"}', {}] as const],
    [200, PAGE],
  ])('uses V0 if the server has no V1: HTTP %d', async (status, answer) => {
    nock(ORIGIN)
      .get(`${V1}?ids=${ID}`)
      .reply(status, ...answer);
    serverInfo(404);
    shownByV0(ID);
    expect(await opened('auto', ID)).toMatchObject(BY_V0);
  });

  test('fails if the answer does not mean that the server has no V1', async () => {
    nock(ORIGIN).get(`${V1}?ids=${ID}`).reply(401, { detail: 'no' });
    expect(await problemOf(opened('auto', ID))).toMatchObject({ because: 'HTTP 401: no' });
  });

  test('uses only V1 if v1 is wanted, whatever the server answers', async () => {
    nock(ORIGIN).get(`${V1}?ids=${ID}`).reply(404, { detail: 'Not Found' });
    expect(await problemOf(opened('v1', ID))).toMatchObject({ because: 'HTTP 404: Not Found' });
  });

  test('retries after a web page once a look was successful', async () => {
    shownByV1();
    const api = wantedApi('auto', testClient(ORIGIN));
    await api.look([ID], never);
    nock(ORIGIN)
      .get(`${V1}?ids=${ID}`)
      .reply(200, ...PAGE);
    shownByV1();
    expect(await api.look([ID], never)).toMatchObject([{ phase: 'agent running' }]);
  });
});

test('opening an id that V1 cannot have fails at once if the server has no V0', async () => {
  nock(ORIGIN).get('/api/conversations/abc').reply(200, '<!doctype html>', { 'content-type': 'text/html' });
  const look = async (): Promise<unknown> => wantedApi('auto', testClient(ORIGIN)).look(['abc'], never);
  const error = await rejection(look());
  if (!(error instanceof ApiFailure)) throw new Error('another error was expected');
  expect(error.problem).toMatchObject({
    failedTo: 'attach to the conversation',
    because: '"abc" is not a UUID, which API V1 needs, and the server has no API V0',
    todo: 'check conversation-id and base-url',
  });
  nock(ORIGIN).get('/api/conversations/abc').reply(403, { detail: 'no' });
  expect(await rejection(look())).toMatchObject({ failure: { status: 403 } });
});
