/**
 * Behavior of the real server that a simulator would not have by accident.
 * docs/contributing/openhands-api.md says where each behavior was observed.
 */
import { describe, expect, test } from '@jest/globals';

import { at, type Lab, listAt, openLab, startV1, textAt, v1Message, v1Status } from './client.ts';

let lab: Lab;

const ID = '0b0b0b0b-1111-5222-8333-444444444444';
const HEX = ID.replaceAll('-', '');

/** Returns the status of a conversation, and the status in its newest state event. */
async function statusAndEvent(id: string): Promise<readonly unknown[]> {
  const kind = 'kind__eq=ConversationStateUpdateEvent&sort_order=TIMESTAMP_DESC';
  const { body } = await lab.get(`/api/v1/conversation/${id}/events/search?${kind}`);
  const states = listAt(body, 'items').filter((item) => at(item, 'key') !== 'stats');
  const known = at(states[0], 'value.execution_status') ?? at(states[0], 'value');
  return [...((await v1Status(lab, id)) ?? [null]), known];
}

async function conversationOf(id: string): Promise<unknown> {
  return at((await lab.get(`/api/v1/app-conversations?ids=${id}`)).body, '0');
}

describe('events of V1', () => {
  test('arrive in batches: the status comes first, and the last events follow half a minute later', async () => {
    lab = await openLab();
    const { id } = await startV1(lab, 'finish');
    lab.clock.advance(25.1);
    expect(await statusAndEvent(id)).toEqual(['RUNNING', 'finished', 'running']);
    lab.clock.advance(29.7);
    expect(await statusAndEvent(id)).toEqual(['RUNNING', 'finished', 'running']);
    lab.clock.advance(0.3);
    expect(await statusAndEvent(id)).toEqual(['RUNNING', 'finished', 'finished']);
  });

  test('arrive in batches of five once five wait', async () => {
    lab = await openLab();
    const { id } = await startV1(lab, 'forever');
    const numbers = new Set<number>();
    for (let second = 0; second < 25; second += 0.5) {
      lab.clock.advance(0.5);
      const { body } = await lab.get(`/api/v1/conversation/${id}/events/search`);
      numbers.add(listAt(body, 'items').length);
    }
    expect([...numbers]).toEqual([0, 5, 10, 15]);
  });
});

test('costs arrive with the events and are forgotten when the title is stored', async () => {
  lab = await openLab();
  const { id } = await startV1(lab, 'finish');
  const costs: unknown[] = [];
  const titles = new Set<unknown>();
  for (let second = 0; second < 60; second += 0.5) {
    lab.clock.advance(0.5);
    const conversation = await conversationOf(id);
    const cost = at(conversation, 'metrics.accumulated_cost');
    if (cost !== costs.at(-1)) costs.push(cost);
    titles.add(at(conversation, 'title'));
  }
  expect(costs).toEqual([0, 0.01, 0, 0.08, 0.19, 0.23]);
  expect([...titles]).toEqual([
    undefined,
    `Conversation ${id.slice(0, 5)}`,
    'Check the README for wrong statements',
  ]);
});

describe('a resumed sandbox', () => {
  test('of the Cloud has an agent in error, which a message starts again', async () => {
    lab = await openLab();
    const { id, sandbox } = await startV1(lab, 'finish');
    lab.clock.advance(12);
    await lab.post(`/api/v1/sandboxes/${sandbox}/pause`);
    lab.clock.advance(100);
    await lab.post(`/api/v1/sandboxes/${sandbox}/resume`);
    lab.clock.advance(4);
    expect(await v1Status(lab, id)).toEqual(['RUNNING', 'error']);
    await lab.post(`/api/v1/app-conversations/${id}/send-message`, v1Message('simulate: message'));
    lab.clock.advance(2);
    expect(await v1Status(lab, id)).toEqual(['RUNNING', 'running']);
  });

  test('of a self-hosted server has an agent that continues where it was', async () => {
    lab = await openLab({ kind: 'self-hosted' });
    const { id, sandbox } = await startV1(lab, 'finish');
    lab.clock.advance(12);
    await lab.post(`/api/v1/sandboxes/${sandbox}/pause`);
    lab.clock.advance(100);
    expect(await v1Status(lab, id)).toEqual(['PAUSED', null]);
    await lab.post(`/api/v1/sandboxes/${sandbox}/resume`);
    expect(await v1Status(lab, id)).toEqual(['RUNNING', 'running']);
    lab.clock.advance(12.9);
    expect(await v1Status(lab, id)).toEqual(['RUNNING', 'running']);
    lab.clock.advance(0.2);
    expect(await v1Status(lab, id)).toEqual(['RUNNING', 'finished']);
  });
});

describe('a second start with the same id', () => {
  async function start(): Promise<string> {
    const body = { conversation_id: ID, initial_message: v1Message('simulate: forever') };
    return textAt((await lab.post('/api/v1/app-conversations', body)).body, 'id');
  }
  async function taskOf(task: string): Promise<unknown> {
    return at((await lab.get(`/api/v1/app-conversations/start-tasks?ids=${task}`)).body, '0');
  }
  const idleSandboxes = (): readonly unknown[] =>
    lab.simulator.sandboxes.filter(
      ({ status, conversations }) => status === 'RUNNING' && conversations.length === 0,
    );

  test.each([
    ['while the first starts', 2],
    ['when the first works', 30],
  ])(
    'at the Cloud, %s, moves the conversation and leaves the first sandbox running idle',
    async (_, seconds) => {
      lab = await openLab();
      const first = await start();
      lab.clock.advance(seconds);
      const second = await start();
      lab.clock.advance(30);
      const tasks = [await taskOf(first), await taskOf(second)];
      expect(tasks.map((task) => at(task, 'status'))).toEqual(['READY', 'READY']);
      expect(tasks.map((task) => at(task, 'app_conversation_id'))).toEqual([HEX, HEX]);
      const [before, after] = tasks.map((task) => textAt(task, 'sandbox_id'));
      expect(before).not.toBe(after);
      expect(at(await conversationOf(ID), 'sandbox_id')).toBe(after);
      expect(idleSandboxes()).toEqual([{ id: before, status: 'RUNNING', conversations: [] }]);
      await lab.post(`/api/v1/sandboxes/${before ?? ''}/pause`);
      expect(idleSandboxes()).toEqual([]);
      expect(await v1Status(lab, ID)).toEqual(['RUNNING', 'running']);
    },
  );

  test('at a self-hosted server, during the first start, makes the first start fail', async () => {
    lab = await openLab({ kind: 'self-hosted' });
    const first = await start();
    lab.clock.advance(2);
    const second = await start();
    lab.clock.advance(30);
    expect(await taskOf(first)).toMatchObject({
      status: 'ERROR',
      detail: expect.stringMatching(/^500: Sandbox entered error state: /),
      app_conversation_id: null,
    });
    expect(await taskOf(second)).toMatchObject({ status: 'READY', sandbox_id: HEX });
    expect(await v1Status(lab, ID)).toEqual(['RUNNING', 'running']);
    expect(lab.simulator.sandboxes).toEqual([{ id: HEX, status: 'RUNNING', conversations: [HEX] }]);
  });

  test('at a self-hosted server, after the first start, fails and loses the first conversation', async () => {
    lab = await openLab({ kind: 'self-hosted' });
    const first = await start();
    lab.clock.advance(30);
    const second = await start();
    expect(await v1Status(lab, ID)).toEqual(['RUNNING', null]);
    lab.clock.advance(600);
    expect(await taskOf(first)).toMatchObject({ status: 'READY' });
    expect(await taskOf(second)).toMatchObject({
      status: 'ERROR',
      detail: expect.stringContaining('500 Internal Server Error'),
    });
    expect(await v1Status(lab, ID)).toEqual(['RUNNING', null]);
    expect(lab.simulator.sandboxes).toEqual([{ id: HEX, status: 'RUNNING', conversations: [] }]);
  });
});

test('a self-hosted server has neither accounts nor a web app', async () => {
  lab = await openLab({ kind: 'self-hosted' });
  expect(at((await lab.get('/api/v1/users/me')).body, 'id')).toBeNull();
  for (const answer of [await lab.get('/api/v1/nothing'), await lab.post('/api/v1/nothing', {})]) {
    expect(answer).toMatchObject({ status: 404, body: { detail: 'Not Found' } });
  }
});

describe('the rate limit', () => {
  async function burst(count: number): Promise<readonly number[]> {
    const answers = await Promise.all(Array.from({ length: count }, async () => lab.get('/api/v1/users/me')));
    return answers.map(({ status }) => status).sort();
  }

  test('of the Cloud counts per second and per minute, and answers 429 with a reset time since the epoch', async () => {
    lab = await openLab({ rateLimit: { perSecond: 10, perMinute: 15 } });
    expect(await burst(10)).not.toContain(429);
    const fast = await lab.get('/api/v1/users/me');
    expect(fast).toMatchObject({ status: 429, body: { error: 'Rate limit exceeded: 10 per 1 second' } });
    expect(fast.headers.get('retry-after')).toBe('0');
    lab.clock.advance(1.6);
    expect(await burst(5)).not.toContain(429);
    const many = await lab.get('/api/v1/users/me');
    expect(many.body).toEqual({ error: 'Rate limit exceeded: 15 per 1 minute' });
    expect(Object.fromEntries(many.headers)).toMatchObject({
      'retry-after': '57',
      'x-ratelimit-limit': '15 per 1 minute',
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': String(Math.floor(lab.clock.now() / 1000 + 58)),
    });
    lab.clock.advance(58.4);
    expect(await burst(1)).toEqual([200]);
  });

  test('of a self-hosted server answers ten a second, delays ten more, and then answers a bare 429', async () => {
    lab = await openLab({ rateLimit: 'self-hosted' });
    expect(await burst(10)).not.toContain(429);
    const began = performance.now();
    const statuses = await burst(11);
    expect(performance.now() - began).toBeGreaterThan(900);
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 200), 429]);
    const refused = await lab.get('/api/v1/users/me');
    expect(refused).toMatchObject({ status: 429, body: { message: 'Too many requests' } });
    expect(refused.headers.get('retry-after')).toBe('1');
    expect([...refused.headers.keys()].filter((name) => name.startsWith('x-ratelimit'))).toEqual([]);
    lab.clock.advance(1.1);
    expect(await burst(1)).toEqual([200]);
  });
});
