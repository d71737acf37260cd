import { describe, expect, test } from '@jest/globals';
import nock from 'nock';

import { ApiFailure } from '../../src/conversation/api.ts';
import { Interruption } from '../../src/conversation/clock.ts';
import { conversationIdOf } from '../../src/conversation/keyed.ts';
import { begin, beginKeyed, open, type WantedVersion } from '../../src/openhands/begin.ts';
import { beginning } from '../support/begin.ts';
import { rejection, testClient } from '../support/client.ts';
import { EPOCH } from '../support/clock.ts';
import { stayOffline } from '../support/offline.ts';

const ORIGIN = 'https://openhands.test';
const V1 = '/api/v1/app-conversations';
const V0 = '/api/conversations';
const TASK = '0e96f9b0c5a94d4f8a3f2ddcb1f7a001';
const ID = '7d0f7d1e4d8f4b3c9a55b1c2d3e4f506';
const CHOSEN = '0a1b2c3d-0000-4000-8000-00000000cafe';
const WORKING = { id: TASK, status: 'WORKING' };
const PAGE = ['<!doctype html><title>OpenHands</title>', { 'content-type': 'text/html' }] as const;
const never = new AbortController().signal;

const options = (version: WantedVersion): ReturnType<typeof beginning> => beginning(ORIGIN, version);

async function problemOf(promise: Promise<unknown>): Promise<ApiFailure['problem']> {
  const error = await rejection(promise);
  if (!(error instanceof ApiFailure)) throw new Error('another error was expected');
  return error.problem;
}

stayOffline();

describe('a conversation is begun', () => {
  test('by V0 where that is wanted, and V1 is not asked', async () => {
    nock(ORIGIN).post(V0, { initial_user_msg: 'Think' }).reply(200, { status: 'ok', conversation_id: 'abc' });
    const begun = await begin({ message: 'Think' }, CHOSEN, options('v0'));
    expect(begun).toMatchObject({ api: { version: 'v0' }, progress: { kind: 'created', id: 'abc' } });
  });

  test.each(['v1', 'auto'] as const)(
    'by V1 where %s is wanted, and by the id that was chosen',
    async (version) => {
      nock(ORIGIN)
        .post(V1, (body: { conversation_id?: unknown }) => body.conversation_id === CHOSEN)
        .reply(200, WORKING);
      const begun = await begin({ message: 'Think' }, CHOSEN, options(version));
      expect(begun).toMatchObject({ api: { version: 'v1' }, progress: { kind: 'pending', task: TASK } });
    },
  );

  test('by nobody after a cancel', async () => {
    const cancel = new Interruption('cancel');
    const cancelled = { ...options('auto'), signal: AbortSignal.abort(cancel) };
    expect(await rejection(begin({ message: 'Think' }, CHOSEN, cancelled))).toBe(cancel);
    expect(cancelled.asked).toEqual([]);
  });

  test('after it was told of, so that it can be found again', async () => {
    nock(ORIGIN).post(V1).reply(403, { detail: 'no' });
    const failing = options('v1');
    await rejection(begin({ message: 'Think' }, CHOSEN, failing));
    expect(failing.asked).toEqual([CHOSEN]);
  });

  test('with what comes of it fit for people', async () => {
    nock(ORIGIN).post(V1).reply(200, { id: TASK, status: 'ERROR', detail: 'the disk\n::error::is full' });
    const { progress } = await begin({ message: 'Think' }, CHOSEN, options('v1'));
    expect(progress).toEqual({ kind: 'failed', reason: 'the disk ::error::is full' });
  });
});

describe('a conversation that a key means', () => {
  const REQUEST = {
    message: 'Work on it',
    workplace: { repository: 'Octo/Repo', gitProvider: 'github' },
  } as const;
  const KEYED = conversationIdOf('issue-12', {
    baseUrl: ORIGIN,
    repository: 'octo/repo',
    account: 'account-1',
  });
  const account = (): void => {
    nock(ORIGIN).get('/api/v1/users/me').reply(200, { id: 'account-1' });
  };
  const looking = (id: string, found: object | null, starts: readonly object[] = []): void => {
    nock(ORIGIN).get(`${V1}?ids=${id}`).reply(200, [found]);
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

  test('is started where there is none', async () => {
    account();
    looking(KEYED, null);
    nock(ORIGIN)
      .post(V1, (body: { conversation_id?: unknown }) => body.conversation_id === KEYED)
      .reply(200, WORKING);
    const keyed = options('auto');
    expect(await beginKeyed(REQUEST, 'issue-12', keyed)).toMatchObject({
      id: KEYED,
      reused: false,
      api: { version: 'v1' },
      progress: { kind: 'pending', task: TASK },
    });
    expect(keyed.asked).toEqual([KEYED]);
  });

  test('is another one without a repository', async () => {
    const id = conversationIdOf('issue-12', { baseUrl: ORIGIN, account: 'account-1' });
    account();
    looking(id, null);
    nock(ORIGIN).post(V1).reply(200, WORKING);
    expect((await beginKeyed({ message: 'Think' }, 'issue-12', options('v1'))).id).toBe(id);
  });

  test('is taken up where there is one, and nothing is started', async () => {
    account();
    looking(KEYED, { id: KEYED, sandbox_id: 's' });
    const keyed = options('v1');
    expect(await beginKeyed(REQUEST, 'issue-12', keyed)).toMatchObject({
      id: KEYED,
      reused: true,
      progress: { kind: 'created', id: KEYED },
    });
    expect(keyed.asked).toEqual([]);
  });

  test('is taken up where its start is under way', async () => {
    account();
    looking(KEYED, null, [{ ...WORKING, request: { conversation_id: KEYED } }]);
    expect(await beginKeyed(REQUEST, 'issue-12', options('v1'))).toMatchObject({
      reused: true,
      progress: { kind: 'pending', task: TASK },
    });
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
  ])('needs V1: %s says that the server does not have it', async (_, answer) => {
    answer();
    expect(await problemOf(beginKeyed(REQUEST, 'issue-12', options('auto')))).toMatchObject({
      failedTo: 'start the conversation',
      because: 'idempotency-key needs API V1, which this server does not have',
      todo: 'check base-url; where the server is an older one, leave idempotency-key out',
    });
  });

  test('fails as the server says where the account cannot be read', async () => {
    nock(ORIGIN).get('/api/v1/users/me').reply(401, { detail: 'no' });
    expect(await problemOf(beginKeyed(REQUEST, 'issue-12', options('v1')))).toMatchObject({
      failedTo: 'read whose the API key is',
      because: 'HTTP 401: no',
    });
  });
});

describe('an existing conversation is opened', () => {
  const shownByV1 = (): void => {
    nock(ORIGIN)
      .get(`${V1}?ids=${ID}`)
      .reply(200, [{ id: ID, sandbox_id: 's', sandbox_status: 'RUNNING', execution_status: 'running' }]);
  };
  const shownByV0 = (id: string): void => {
    nock(ORIGIN).get(`${V0}/${id}`).reply(200, { conversation_id: id, status: 'RUNNING' });
  };
  const opened = async (version: WantedVersion, id: string): Promise<unknown> =>
    open(testClient(ORIGIN), version, id, never);
  const BY_V1 = { api: { version: 'v1' }, sighting: { phase: 'agent running' } };
  const BY_V0 = { api: { version: 'v0' }, sighting: { phase: 'conversation running' } };

  test.each(['v1', 'auto'] as const)('by V1, where %s is wanted', async (version) => {
    shownByV1();
    expect(await opened(version, ID)).toMatchObject(BY_V1);
  });

  test('by V0, where that is wanted', async () => {
    shownByV0(ID);
    expect(await opened('v0', ID)).toMatchObject(BY_V0);
  });

  test('by V0, where its id cannot be one of V1', async () => {
    shownByV0('abc1234');
    expect(await opened('auto', 'abc1234')).toMatchObject(BY_V0);
  });

  test.each([
    [404, ['{"detail":"Not Found"}', {}] as const],
    [405, ['{"detail":"Method Not Allowed"}', {}] as const],
    [200, PAGE],
  ])('by V0, where the server has no V1: HTTP %d', async (status, answer) => {
    nock(ORIGIN)
      .get(`${V1}?ids=${ID}`)
      .reply(status, ...answer);
    shownByV0(ID);
    expect(await opened('auto', ID)).toMatchObject(BY_V0);
  });

  test('by none, where the server does not say that it has no V1', async () => {
    nock(ORIGIN).get(`${V1}?ids=${ID}`).reply(401, { detail: 'no' });
    expect(await problemOf(opened('auto', ID))).toMatchObject({ because: 'HTTP 401: no' });
  });

  test('by V1 alone, where that is wanted, whatever the server says', async () => {
    nock(ORIGIN).get(`${V1}?ids=${ID}`).reply(404, { detail: 'Not Found' });
    expect(await problemOf(opened('v1', ID))).toMatchObject({ because: 'HTTP 404: Not Found' });
  });

  test('by an API that is patient again after the first look', async () => {
    shownByV1();
    const { api } = await open(testClient(ORIGIN), 'auto', ID, never);
    nock(ORIGIN)
      .get(`${V1}?ids=${ID}`)
      .reply(200, ...PAGE);
    shownByV1();
    expect(await api.look([ID], never)).toMatchObject([{ phase: 'agent running' }]);
  });
});

describe('what is told on the way', () => {
  const START = { message: 'Think' };

  test('is that a start was asked for, and what the server answered', async () => {
    const told: string[] = [];
    nock(ORIGIN).post('/api/conversations').reply(200, { status: 'ok', conversation_id: 'abc' });
    await begin(START, CHOSEN, {
      ...beginning(ORIGIN, 'v0'),
      onAsk: (id) => told.push(`asked ${id}`),
      onRefused: () => told.push('refused'),
      onAnswer: (version, progress, id) => told.push(`${version} ${progress.kind} ${id}`),
    });
    expect(told).toEqual([`asked ${CHOSEN}`, `v0 created ${CHOSEN}`]);
  });

  test.each([
    [401, ['asked', 'refused']],
    [500, ['asked']],
  ])('is that the server refused it with %d, where nothing can have come of it', async (status, expected) => {
    const told: string[] = [];
    nock(ORIGIN).post('/api/conversations').reply(status, { detail: 'no' });
    const failing = begin(START, CHOSEN, {
      ...beginning(ORIGIN, 'v0'),
      onAsk: () => told.push('asked'),
      onRefused: () => told.push('refused'),
    });
    expect(await rejection(failing)).toBeInstanceOf(ApiFailure);
    expect(told).toEqual(expected);
  });
});

test('an id that V1 cannot have says so, where the server has no V0 either: at once', async () => {
  nock(ORIGIN).get('/api/conversations/abc').reply(200, '<!doctype html>', { 'content-type': 'text/html' });
  const { http, signal } = beginning(ORIGIN, 'auto');
  const error = await rejection(open(http, 'auto', 'abc', signal));
  if (!(error instanceof ApiFailure)) throw new Error('another error was expected');
  expect(error.problem).toMatchObject({
    failedTo: 'take up the conversation',
    because: '"abc" is no UUID, as every id of API V1 is, and the server has no API V0',
    todo: 'check conversation-id and base-url',
  });
  nock(ORIGIN).get('/api/conversations/abc').reply(403, { detail: 'no' });
  expect(await rejection(open(http, 'auto', 'abc', signal))).toMatchObject({ failure: { status: 403 } });
});
