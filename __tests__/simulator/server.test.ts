import { afterEach, describe, expect, test } from '@jest/globals';

import type { SimulatorOptions } from '../../simulator/server/server.ts';
import { at, type Lab, listAt, openLab, startV1, v1Status } from './client.ts';

let lab: Lab;
afterEach(async () => {
  await lab.close();
});

async function open(options: SimulatorOptions = {}): Promise<void> {
  lab = await openLab(options);
}

const UUID = '0b0b0b0b-1111-5222-8333-444444444444';

describe('paths', () => {
  test('an unknown GET returns the web app, even under the API', async () => {
    await open();
    for (const path of ['/', '/api/v1/nothing', `/api/v1/app-conversations/${UUID}`]) {
      const answer = await lab.get(path);
      expect([answer.status, answer.type]).toEqual([200, 'text/html; charset=utf-8']);
    }
    expect((await lab.post('/api/v1/nothing', {})).status).toBe(405);
  });

  test('the paths of a version that is turned off are unknown', async () => {
    await open({ api: 'v0' });
    expect((await lab.post('/api/v1/app-conversations', {})).status).toBe(405);
    expect((await lab.get('/api/v1/users/me')).type).toContain('text/html');
    expect((await lab.post('/api/conversations', { initial_user_msg: 'x' })).status).toBe(200);
  });

  test('the page of a conversation is escaped', async () => {
    await open();
    const { id } = await startV1(lab, 'hostile');
    lab.clock.advance(60);
    const answer = await lab.get(`/conversations/${id}`, {});
    expect(answer.text).toContain('<li>agent: finished</li>');
    expect(answer.text).not.toContain('<script>');
  });
});

describe('authorization', () => {
  test('an open server refuses requests with no key or a wrong key, and accepts any other', async () => {
    await open();
    const status = async (headers: Record<string, string>): Promise<number> =>
      (await lab.get('/api/v1/users/me', headers)).status;
    expect(await status({})).toBe(401);
    expect(await status({ authorization: 'Bearer wrong-key' })).toBe(401);
    expect(await status({ authorization: 'Bearer right' })).toBe(200);
    expect(await status({ 'x-session-api-key': 'right' })).toBe(200);
  });

  test('a server with a session key ignores a bearer token', async () => {
    await open({ authorization: { kind: 'session', key: 's' } });
    expect((await lab.get('/api/v1/users/me', { authorization: 'Bearer s' })).status).toBe(401);
    expect((await lab.get('/api/v1/users/me', { 'x-session-api-key': 's' })).status).toBe(200);
  });

  test('a server with keys accepts only those', async () => {
    await open({ authorization: { kind: 'bearer', keys: ['a', 'b'] } });
    expect((await lab.get('/api/v1/users/me', { authorization: 'Bearer b' })).status).toBe(200);
    expect((await lab.get('/api/v1/users/me', { authorization: 'Bearer c' })).status).toBe(401);
  });
});

describe('request bodies', () => {
  test('with an unknown field are refused by V0 and accepted by V1', async () => {
    await open();
    const refused = await lab.post('/api/conversations', { initial_user_msg: 'x', conversation_id: UUID });
    expect(refused.status).toBe(422);
    expect(at(refused.body, 'detail.0.loc')).toEqual(['body', 'conversation_id']);
    expect((await lab.post('/api/v1/app-conversations', { unheard_of: 1 })).status).toBe(200);
  });

  test.each([
    ['initial_message', 'text'],
    ['conversation_id', 'no-uuid'],
    ['git_provider', 'sourceforge'],
    ['selected_repository', 7],
  ])('with a wrong %s are refused by V1', async (name, value) => {
    await open();
    const refused = await lab.post('/api/v1/app-conversations', { [name]: value });
    expect(refused.status).toBe(422);
    expect(at(refused.body, 'detail.0.loc.1')).toBe(name);
  });
});

describe('ids', () => {
  test('give null if unknown, and an error if there are too many', async () => {
    await open();
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

describe('searches', () => {
  test('start tasks are sorted by time, newest first, and are found by conversation once they are ready', async () => {
    await open();
    const first = await startV1(lab, 'finish');
    lab.clock.advance(60);
    const since = new Date(lab.clock.now()).toISOString();
    const second = await startV1(lab, 'finish');
    const ids = async (query: string): Promise<unknown[]> => {
      const { body } = await lab.get(`/api/v1/app-conversations/start-tasks/search?${query}`);
      return listAt(body, 'items').map((item) => at(item, 'id'));
    };
    expect(await ids('')).toEqual([second.task, first.task]);
    expect(await ids(`created_at__gte=${since}`)).toEqual([second.task]);
    expect(await ids(`conversation_id__eq=${first.id}`)).toEqual([first.task]);
    expect(await ids(`conversation_id__eq=${second.id}`)).toEqual([]);
    expect(await ids('limit=1')).toEqual([second.task]);
    expect(await ids('limit=1&page_id=1')).toEqual([first.task]);
  });

  test('events are paged, and a time with a zone is a server error', async () => {
    await open();
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

describe('follow-ups, pausing and resuming', () => {
  test('pausing a shared sandbox pauses all its conversations, and an unknown sandbox is not found', async () => {
    await open({ sharedSandbox: true });
    const first = await startV1(lab, 'forever');
    const second = await startV1(lab, 'forever');
    lab.clock.advance(30);
    await lab.post(`/api/v1/sandboxes/${first.sandbox}/pause`);
    expect(await v1Status(lab, second.id)).toEqual(['PAUSED', null]);
    expect((await lab.post(`/api/v1/sandboxes/${UUID}/pause`)).status).toBe(404);
  });
});
