import { afterEach, describe, expect, test } from '@jest/globals';

import type { SimulatorOptions } from '../../simulator/server.ts';
import {
  at,
  type Lab,
  listAt,
  openLab,
  startV0,
  startV1,
  textAt,
  v0Status,
  v1Message,
  v1Status,
} from './client.ts';

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

  test('with an inaccessible repository are refused by V0, and fail the start on V1', async () => {
    await open();
    expect((await lab.post('/api/conversations', { repository: 'octo-org/no-access' })).status).toBe(401);
    const started = await lab.post('/api/v1/app-conversations', {
      selected_repository: 'octo-org/no-access',
    });
    lab.clock.advance(5);
    const { body } = await lab.get(`/api/v1/app-conversations/start-tasks?ids=${textAt(started.body, 'id')}`);
    expect([at(body, '0.status'), at(body, '0.detail')]).toEqual([
      'ERROR',
      'The account has no access to this repository.',
    ]);
  });
});

describe('ids', () => {
  test('chosen by the client are used by V1, with or without dashes', async () => {
    await open();
    await lab.post('/api/v1/app-conversations', { conversation_id: UUID.replaceAll('-', '') });
    lab.clock.advance(10);
    expect(await v1Status(lab, UUID)).not.toBeNull();
    expect(await v1Status(lab, UUID.replaceAll('-', '').toUpperCase())).not.toBeNull();
  });

  test("are chosen by an older server, which drops the client's id", async () => {
    await open({ honourConversationId: false });
    const { body } = await lab.post('/api/v1/app-conversations', { conversation_id: UUID, title: 'T' });
    expect(at(body, 'request')).toEqual({ title: 'T' });
    lab.clock.advance(10);
    expect(await v1Status(lab, UUID)).toBeNull();
  });

  test('are the same for the same seed', async () => {
    await open({ seed: 's' });
    const first = await startV1(lab, 'finish');
    await lab.close();
    await open({ seed: 's' });
    expect(await startV1(lab, 'finish')).toEqual(first);
  });

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

  test('conversations are found by sandbox', async () => {
    await open({ sharedSandbox: true });
    const { sandbox } = await startV1(lab, 'forever');
    await startV1(lab, 'forever');
    lab.clock.advance(20);
    const { body } = await lab.get(`/api/v1/app-conversations/search?sandbox_id__eq=${sandbox}`);
    expect(listAt(body, 'items')).toHaveLength(2);
    expect((await lab.get('/api/v1/app-conversations/search?limit=101')).status).toBe(422);
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

  test('V0 events are paged by id, forwards and backwards', async () => {
    await open();
    const id = await startV0(lab, 'finish');
    lab.clock.advance(60);
    const numbers = async (query: string): Promise<unknown[]> => {
      const { body } = await lab.get(`/api/conversations/${id}/events?${query}`);
      return listAt(body, 'events').map((event) => at(event, 'id'));
    };
    expect(await numbers('limit=2&start_id=3')).toEqual([3, 4]);
    expect(await numbers('limit=2&end_id=3&reverse=true')).toEqual([3, 2]);
    expect(await numbers('limit=9&start_id=2&end_id=3&reverse=true')).toEqual([3, 2]);
    expect((await lab.get(`/api/conversations/${id}/events?limit=101`)).status).toBe(400);
  });
});

describe('follow-ups, pausing and resuming', () => {
  test('V1 accepts a message only while the sandbox runs', async () => {
    await open();
    const { id, sandbox } = await startV1(lab, 'finish');
    const send = async (text = 'And now?'): Promise<number> =>
      (await lab.post(`/api/v1/app-conversations/${id}/send-message`, v1Message(text))).status;
    expect(await send()).toBe(404);
    lab.clock.advance(40);
    expect(await send('simulate: error')).toBe(200);
    lab.clock.advance(2);
    expect(await v1Status(lab, id)).toEqual(['RUNNING', 'running']);
    lab.clock.advance(30);
    expect(await v1Status(lab, id)).toEqual(['RUNNING', 'error']);
    expect((await lab.post(`/api/v1/sandboxes/${sandbox}/pause`)).status).toBe(200);
    expect(await send()).toBe(409);
    expect((await lab.post(`/api/v1/app-conversations/${id}/send-message`, { content: [] })).status).toBe(
      422,
    );
  });

  test.each([
    ['missing', 410],
    ['sandbox-error', 503],
  ])('V1 refuses a message in the scenario %s', async (name, status) => {
    await open();
    const { id } = await startV1(lab, name);
    lab.clock.advance(60);
    expect((await lab.post(`/api/v1/app-conversations/${id}/send-message`, v1Message('x'))).status).toBe(
      status,
    );
  });

  test('a resumed sandbox does not resume its agent, and its agent server accepts only its own key', async () => {
    await open();
    const { id, sandbox } = await startV1(lab, 'paused');
    lab.clock.advance(60);
    expect((await lab.post(`/api/v1/sandboxes/${sandbox}/resume`)).status).toBe(200);
    expect(await v1Status(lab, id)).toEqual(['STARTING', null]);
    lab.clock.advance(4);
    expect(await v1Status(lab, id)).toEqual(['RUNNING', 'error']);
    const { body } = await lab.get(`/api/v1/app-conversations?ids=${id}`);
    const path = new URL(textAt(body, '0.conversation_url')).pathname;
    const key = { 'x-session-api-key': textAt(body, '0.session_api_key') };
    expect((await lab.post(`${path}/run`)).status).toBe(401);
    expect((await lab.post(`${path}/run`, undefined, key)).status).toBe(200);
    expect((await lab.post(`${path}/run`, undefined, key)).status).toBe(409);
    expect(await v1Status(lab, id)).toEqual(['RUNNING', 'running']);
    expect((await lab.post(`${path}/interrupt`, undefined, key)).status).toBe(200);
    expect(await v1Status(lab, id)).toEqual(['RUNNING', 'paused']);
    expect((await lab.post(`${path}/run`, undefined, key)).status).toBe(200);
    lab.clock.advance(12);
    expect(await v1Status(lab, id)).toEqual(['RUNNING', 'finished']);
    expect((await lab.get(`${path}/agent_final_response`, key)).text).toContain('three wrong statements');
  });

  test('a paused sandbox has neither URL nor key, and its error says how to resume it', async () => {
    await open();
    const { id, sandbox } = await startV1(lab, 'paused');
    lab.clock.advance(60);
    const { body } = await lab.get(`/api/v1/app-conversations?ids=${id}`);
    expect([at(body, '0.conversation_url'), at(body, '0.session_api_key')]).toEqual([null, null]);
    const refused = await lab.post(`/api/v1/app-conversations/${id}/send-message`, v1Message('x'));
    expect(refused.body).toEqual({
      detail: `Sandbox is PAUSED. Use POST /api/v1/sandboxes/${sandbox}/resume to resume it first.`,
    });
  });

  test('a conversation has a title of the server until the model has written one', async () => {
    await open();
    const { id } = await startV1(lab, 'finish');
    const title = async (): Promise<unknown> =>
      at((await lab.get(`/api/v1/app-conversations?ids=${id}`)).body, '0.title');
    lab.clock.advance(8);
    expect(await title()).toBe(`Conversation ${id.slice(0, 5)}`);
    lab.clock.advance(10);
    expect(await title()).toBe('Check the README for wrong statements');
  });

  test('V0 stops unknown conversations, but does not find their events', async () => {
    await open();
    const path = '/api/conversations/none';
    expect(await lab.post(`${path}/stop`)).toMatchObject({
      status: 200,
      body: { message: 'Conversation was not running', conversation_status: 'STOPPED' },
    });
    expect(await lab.get(`${path}/events`)).toMatchObject({
      status: 404,
      body: { detail: 'Conversation none not found' },
    });
  });

  test('pausing a shared sandbox pauses all its conversations, and an unknown sandbox is not found', async () => {
    await open({ sharedSandbox: true });
    const first = await startV1(lab, 'forever');
    const second = await startV1(lab, 'forever');
    lab.clock.advance(30);
    await lab.post(`/api/v1/sandboxes/${first.sandbox}/pause`);
    expect(await v1Status(lab, second.id)).toEqual(['PAUSED', null]);
    expect((await lab.post(`/api/v1/sandboxes/${UUID}/pause`)).status).toBe(404);
  });

  test('V0 stops, starts again and accepts a message', async () => {
    await open();
    const id = await startV0(lab, 'forever');
    lab.clock.advance(30);
    const send = async (): Promise<number> =>
      (
        await lab.post(`/api/conversations/${id}/events`, {
          action: 'message',
          args: { content: 'simulate: message' },
        })
      ).status;
    expect((await lab.post(`/api/conversations/${id}/stop`)).status).toBe(200);
    expect(await v0Status(lab, id)).toEqual(['STOPPED', 'stopped']);
    expect(await send()).toBe(404);
    expect((await lab.post(`/api/conversations/${id}/start`, {})).status).toBe(200);
    lab.clock.advance(5);
    expect(await send()).toBe(200);
    lab.clock.advance(30);
    expect(await v0Status(lab, id)).toEqual(['RUNNING', 'awaiting_user_input']);
    expect(
      listAt((await lab.get(`/api/conversations/${id}/trajectory`)).body, 'trajectory').length,
    ).toBeGreaterThan(5);
  });
});

test('the simulator shows its requests and conversations', async () => {
  await open();
  await startV1(lab, 'finish');
  const [request] = lab.simulator.requests;
  expect(request).toMatchObject({ method: 'POST', path: '/api/v1/app-conversations', status: 200 });
  expect(request?.headers['authorization']).toBe('Bearer test-key-of-the-account');
  expect(lab.simulator.conversations[0]).toMatchObject({
    version: 'v1',
    repository: 'octo-org/octo-repo',
    scenario: 'finish',
    state: { start: 'WORKING', sandbox: 'STARTING', shown: false },
  });
});
