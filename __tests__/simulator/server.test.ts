import { describe, expect, test } from '@jest/globals';

import type { SimulatorOptions } from '../../simulator/server/server.ts';
import { at, type Lab, listAt, openLab, startV1, v1Status } from './client.ts';

let lab: Lab;

const UUID = '0b0b0b0b-1111-5222-8333-444444444444';

describe('paths', () => {
  test('that are unknown return the web app, even under the API', async () => {
    lab = await openLab();
    for (const path of ['/', '/api/v1/nothing', `/api/v1/app-conversations/${UUID}`]) {
      const answer = await lab.get(path);
      expect([answer.status, answer.type]).toEqual([200, 'text/html; charset=utf-8']);
    }
    expect((await lab.post('/api/v1/nothing', {})).status).toBe(405);
  });

  test('of a version that is turned off are unknown', async () => {
    lab = await openLab({ api: 'v0' });
    expect((await lab.post('/api/v1/app-conversations', {})).status).toBe(405);
    expect((await lab.get('/api/v1/users/me')).type).toContain('text/html');
    expect((await lab.post('/api/conversations', { initial_user_msg: 'x' })).status).toBe(200);
  });
});

describe('authorization', () => {
  const bearer = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` });
  const session = (key: string): Record<string, string> => ({ 'x-session-api-key': key });

  test.each<[string, SimulatorOptions['authorization'], accepted: object[], refused: object[]]>([
    ['an open server', { kind: 'open' }, [bearer('right'), session('right')], [{}, bearer('wrong-key')]],
    ['a server with a session key', { kind: 'session', key: 's' }, [session('s')], [bearer('s')]],
    ['a server with keys', { kind: 'bearer', keys: ['a', 'b'] }, [bearer('b')], [bearer('c')]],
  ])('%s accepts the right keys only', async (_, authorization, accepted, refused) => {
    lab = await openLab({ ...(authorization && { authorization }) });
    const statuses = async (all: readonly object[]): Promise<readonly number[]> =>
      Promise.all(all.map(async (headers) => (await lab.get('/api/v1/users/me', { ...headers })).status));
    expect(await statuses(accepted)).toEqual(accepted.map(() => 200));
    expect(await statuses(refused)).toEqual(refused.map(() => 401));
  });
});

describe('request bodies', () => {
  test('with an unknown field are refused by V0 and accepted by V1', async () => {
    lab = await openLab();
    const refused = await lab.post('/api/conversations', { initial_user_msg: 'x', conversation_id: UUID });
    expect(refused.status).toBe(422);
    expect(at(refused.body, 'detail.0.loc')).toEqual(['body', 'conversation_id']);
    expect((await lab.post('/api/v1/app-conversations', { unheard_of: 1 })).status).toBe(200);
  });

  test.each([
    ['initial_message', 'text'],
    ['git_provider', 'sourceforge'],
  ])('with a wrong %s are refused by V1', async (name, value) => {
    lab = await openLab();
    const refused = await lab.post('/api/v1/app-conversations', { [name]: value });
    expect(refused.status).toBe(422);
    expect(at(refused.body, 'detail.0.loc.1')).toBe(name);
  });
});

describe('ids', () => {
  test('give null if they are unknown, and an error if they are too many or no UUIDs', async () => {
    lab = await openLab();
    expect((await lab.get(`/api/v1/app-conversations?ids=${UUID}&ids=${UUID}`)).body).toEqual([null, null]);
    expect((await lab.get(`/api/conversations/${UUID}`)).body).toBeNull();
    const many = Array.from({ length: 101 }, () => `ids=${UUID}`).join('&');
    expect((await lab.get(`/api/v1/app-conversations?${many}`)).status).toBe(400);
    // As on the real server, one endpoint parses its ids later than the other.
    expect(await lab.get('/api/v1/app-conversations?ids=x')).toMatchObject({
      status: 400,
      body: { detail: "Invalid UUID format for ids: ['x']" },
    });
    expect((await lab.get('/api/v1/app-conversations/start-tasks?ids=x')).status).toBe(422);
    expect((await lab.get('/api/v1/app-conversations')).status).toBe(422);
  });
});

describe('a search for events', () => {
  test('is paged, and fails for a time with a zone', async () => {
    lab = await openLab();
    const { id } = await startV1(lab, 'finish');
    lab.clock.advance(60);
    const path = `/api/v1/conversation/${id}/events/search`;
    const ids: unknown[] = [];
    for (let page: unknown = ''; page !== null;) {
      const { body } = await lab.get(
        `${path}?limit=5${typeof page === 'string' && page !== '' ? `&page_id=${page}` : ''}`,
      );
      ids.push(...listAt(body, 'items').map((event) => at(event, 'id')));
      page = at(body, 'next_page_id') ?? null;
    }
    expect(new Set(ids).size).toBe(ids.length);
    expect(listAt((await lab.get(path)).body, 'items')).toHaveLength(ids.length);
    expect((await lab.get(`${path}?timestamp__gte=2026-01-05T09:00:00Z`)).status).toBe(500);
    expect((await lab.get(`${path}?timestamp__gte=2026-01-05T09:00:00`)).status).toBe(200);
  });
});

test('a pause of a shared sandbox pauses all its conversations, and an unknown sandbox is not found', async () => {
  lab = await openLab({ sharedSandbox: true });
  const first = await startV1(lab, 'forever');
  const second = await startV1(lab, 'forever');
  lab.clock.advance(30);
  await lab.post(`/api/v1/sandboxes/${first.sandbox}/pause`);
  expect(await v1Status(lab, second.id)).toEqual(['PAUSED', null]);
  expect((await lab.post(`/api/v1/sandboxes/${UUID}/pause`)).status).toBe(404);
});
