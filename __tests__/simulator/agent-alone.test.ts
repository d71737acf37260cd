import { afterEach, describe, expect, test } from '@jest/globals';
import { WebSocket } from 'ws';

import { type ScenarioName, scenarioNames, SCENARIOS } from '../../simulator/scenarios.ts';
import type { SimulatorOptions } from '../../simulator/server.ts';
import { readPatch } from '../../src/patch/git-patch.ts';
import { type Answer, at, type Lab, listAt, openLab, textAt, v1Message } from './client.ts';
import { filesIn } from './zip.ts';

const ID = '0b0b0b0b-1111-5222-8333-444444444444';
const KEY = { 'x-session-api-key': 'session-key' };
const LIST = '/api/conversations';

let lab: Lab;
afterEach(async () => {
  await lab.close();
});

async function open(options: SimulatorOptions = {}): Promise<void> {
  const authorization = { kind: 'session', key: KEY['x-session-api-key'] } as const;
  lab = await openLab({ api: 'agent-server', authorization, ...options });
}

function bodyOf(message: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    workspace: { working_dir: '/home/runner/work' },
    agent_settings: { llm: { model: 'openai/any', api_key: 'key-of-the-model' } },
    initial_message: v1Message(message),
    ...more,
  };
}

async function start(message: string, more: Record<string, unknown> = {}): Promise<Answer> {
  return lab.post(LIST, bodyOf(message, more), KEY);
}

async function statusOf(id: string): Promise<unknown> {
  const { status, body } = await lab.get(`${LIST}/${id}`, KEY);
  return status === 200 ? at(body, 'execution_status') : status;
}

describe('an agent server without an app server', () => {
  test('describes itself without a key, and nothing else', async () => {
    await open();
    const { status, body } = await lab.get('/server_info', {});
    expect([status, at(body, 'title')]).toEqual([200, 'OpenHands Agent Server']);
    expect(textAt(body, 'version')).toMatch(/^\d+\.\d+\.\d+$/);
    expect((await lab.get(`${LIST}?ids=${ID}`, {})).status).toBe(401);
    expect((await lab.get(`${LIST}?ids=${ID}`, { authorization: 'Bearer session-key' })).status).toBe(401);
  });

  test('has no V1 API, no web app and no page for people', async () => {
    await open();
    for (const path of [
      '/api/v1/users/me',
      '/api/v1/app-conversations',
      `/conversations/${ID}`,
      '/nothing',
    ]) {
      const answer = await lab.get(path, KEY);
      expect([answer.status, answer.body]).toEqual([404, { detail: 'Not Found' }]);
    }
    expect((await lab.post('/api/v1/app-conversations', {}, KEY)).status).toBe(404);
  });

  test('starts a conversation at once and never shows a key', async () => {
    await open();
    const started = await start('Do it.', { conversation_id: ID, tags: { run: '1' } });
    expect([started.status, at(started.body, 'id'), at(started.body, 'execution_status')]).toEqual([
      201,
      ID,
      'idle',
    ]);
    expect(at(started.body, 'workspace.working_dir')).toBe('/home/runner/work');
    expect(at(started.body, 'tags.run')).toBe('1');
    expect([at(started.body, 'title'), at(started.body, 'metrics')]).toEqual([null, null]);
    expect(started.text).not.toContain('key-of-the-model');
    lab.clock.advance(1);
    expect(await statusOf(ID)).toBe('running');
    lab.clock.advance(20);
    const { body } = await lab.get(`${LIST}/${ID}`, KEY);
    expect([at(body, 'execution_status'), at(body, 'metrics.accumulated_cost')]).toEqual(['finished', 0.23]);
    expect((await lab.get(`${LIST}/${ID}/agent_final_response`, KEY)).text).toContain(
      'three wrong statements',
    );
    expect(lab.simulator.conversations[0]).toMatchObject({ version: 'agent-server', model: 'openai/any' });
  });

  test('answers the start of a known id with the existing conversation, which keeps its first message', async () => {
    await open();
    await start('The first.', { conversation_id: ID });
    const again = await start('The second.', { conversation_id: ID.replaceAll('-', '') });
    expect([again.status, at(again.body, 'id')]).toEqual([200, ID]);
    const { body } = await lab.get(`${LIST}/${ID}/events/search?kind=MessageEvent`, KEY);
    const texts = listAt(body, 'items').map((event) => at(event, 'llm_message.content.0.text'));
    expect(texts).toEqual(['The first.']);
  });

  test('waits for a message, or for a run request after a message with run: false', async () => {
    await open();
    await start('', { conversation_id: ID, initial_message: { ...v1Message('Later.'), run: false } });
    lab.clock.advance(60);
    expect(await statusOf(ID)).toBe('idle');
    expect((await lab.post(`${LIST}/${ID}/run`, undefined, KEY)).status).toBe(200);
    expect(await statusOf(ID)).toBe('running');
  });

  test.each([
    ['no workspace', { workspace: undefined }, ['body', 'workspace'], 'Field required'],
    ['no folder', { workspace: {} }, ['body', 'workspace', 'working_dir'], 'Input should be a valid string'],
    ['no agent', { agent_settings: undefined }, ['body'], 'must be provided'],
    ['no model', { agent_settings: { llm: { api_key: 'k' } } }, ['body'], 'model must be specified'],
    ['an invalid id', { conversation_id: 'x' }, ['body', 'conversation_id'], 'valid UUID'],
    ['another role', { initial_message: { role: 'nobody' } }, ['body', 'initial_message', 'role'], "'user'"],
  ])('refuses %s with the reason', async (_, wrong, loc, why) => {
    await open();
    const refused = await start('x', wrong);
    expect([refused.status, at(refused.body, 'detail.0.loc')]).toEqual([422, loc]);
    expect(textAt(refused.body, 'detail.0.msg')).toContain(why);
    expect(refused.text).not.toContain('key-of-the-model');
  });

  test('limits the number of running agents, and stores a message anyway', async () => {
    await open({ mostRuns: 1 });
    await start('simulate: message', { conversation_id: ID });
    expect((await start('x')).status).toBe(429);
    lab.clock.advance(20);
    expect((await start('simulate: forever')).status).toBe(201);
    expect((await lab.post(`${LIST}/${ID}/run`, undefined, KEY)).status).toBe(429);
    const refused = await lab.post(`${LIST}/${ID}/events`, v1Message('Kept.'), KEY);
    expect(refused.body).toEqual({ detail: 'Conversation run limit reached. Retry the request later.' });
    expect((await lab.get(`${LIST}/${ID}/events/search?kind=MessageEvent`, KEY)).text).toContain('Kept.');
    expect((await start('known', { conversation_id: ID })).status).toBe(200);
  });

  test('pauses, even before the agent has begun, runs, interrupts and takes a message', async () => {
    await open();
    await start('x', { conversation_id: ID });
    const act = async (action: string, body?: unknown): Promise<unknown> => {
      expect((await lab.post(`${LIST}/${ID}/${action}`, body, KEY)).status).toBe(200);
      return statusOf(ID);
    };
    expect(await act('pause')).toBe('paused');
    expect(await act('run')).toBe('running');
    expect((await lab.post(`${LIST}/${ID}/run`, undefined, KEY)).status).toBe(409);
    expect(await act('interrupt')).toBe('paused');
    await act('events', v1Message('simulate: stuck'));
    lab.clock.advance(60);
    expect(await statusOf(ID)).toBe('stuck');
  });

  test('returns the trajectory as a zip file with all events', async () => {
    await open();
    await start('x', { conversation_id: ID });
    lab.clock.advance(60);
    const path = `/api/file/download-trajectory/${ID}`;
    const response = await fetch(lab.simulator.url + path, { headers: KEY });
    const files = filesIn(Buffer.from(await response.arrayBuffer()));
    const { body } = await lab.get(`${LIST}/${ID}/events/search`, KEY);
    expect(files.size).toBe(listAt(body, 'items').length + 1);
    expect((await lab.get(path.replace(/.$/, '0'), KEY)).status).toBe(404);
  });

  test("returns the agent's changes since a chosen commit as a patch that git accepts", async () => {
    const commit = 'ab'.repeat(20);
    await open({ commit });
    await start('x', { conversation_id: ID });
    lab.clock.advance(60);
    const about = async (query: string): Promise<Response> =>
      fetch(`${lab.simulator.url}/api/file/archive?format=git-delta&${query}`, { headers: KEY });
    const { body } = await lab.get(`${LIST}/${ID}`, KEY);
    const folder = `path=${textAt(body, 'workspace.working_dir')}`;
    const answer = await about(`${folder}&base_ref=HEAD`);
    expect(answer.headers.get('x-archive-base-commit')).toBe(commit);
    const patch = await answer.text();
    expect(readPatch(Buffer.from(patch))).toMatchObject({ files: 1, names: ['README.md'] });
    expect(await (await about(`${folder}&base_ref=${commit}&exclude=*`)).text()).toBe('');
    expect(await (await about('path=/elsewhere&base_ref=HEAD@{1785751206}')).text()).toBe('');
    expect((await about(`${folder}&base_ref=nothing`)).status).toBe(400);
    const changes = await lab.get(`/api/git/changes?${folder}&ref=HEAD`, KEY);
    expect(changes.body).toEqual([{ status: 'ADDED', path: 'README.md' }]);
  });

  test('pushes events through a socket, and closes it with 1012 when the process ends', async () => {
    await open();
    await start('simulate: sandbox-restart', { conversation_id: ID });
    const frames: unknown[] = [];
    const socket = new WebSocket(`${lab.simulator.url.replace('http', 'ws')}/sockets/events/${ID}`);
    socket.on('open', () => {
      socket.send(JSON.stringify({ type: 'auth', session_api_key: KEY['x-session-api-key'] }));
    });
    const begun = new Promise<void>((resolve) => {
      socket.on('message', (data) => {
        if (Buffer.isBuffer(data)) frames.push(JSON.parse(data.toString()));
        resolve();
      });
    });
    const closed = new Promise((resolve) => {
      socket.on('close', resolve);
    });
    await begun;
    lab.clock.advance(9);
    expect(await closed).toBe(1012);
    expect(at(frames[0], 'value.execution_status')).toBe('idle');
    expect(await statusOf(ID)).toBe(502);
    lab.clock.advance(60);
    expect(await statusOf(ID)).toBe('finished');
  });

  test('without a key of its own accepts any key but a wrong one, and no key', async () => {
    await open({ authorization: { kind: 'open' } });
    expect((await lab.get(`${LIST}?ids=${ID}`, {})).status).toBe(200);
    expect((await lab.get(`${LIST}?ids=${ID}`, { 'x-session-api-key': 'wrong' })).status).toBe(401);
  });
});

/** The status two minutes after the start, unless the agent server of V1 shows the same. */
const END_STATUSES: Partial<Record<ScenarioName, unknown>> = {
  finish: 'finished',
  error: 'error',
  stuck: 'stuck',
  'needs-input': 'waiting_for_confirmation',
  confirmation: 'waiting_for_confirmation',
  ignored: 'idle',
  'hidden-finish': 'finished',
  paused: 'paused',
  'paused-resumed': 'finished',
  'agent-paused': 'paused',
  stopped: 'paused',
  'sandbox-error': 502,
  'sandbox-busy': 'finished',
  'sandbox-died': 502,
  'sandbox-restart': 'finished',
  missing: 404,
  archived: 404,
  vanish: 404,
  deleting: 'deleting',
  forever: 'running',
  'never-ready': 'finished',
  'never-appears': 'running',
  'unknown-status': 'finished',
  'stopped-early': 'finished',
};

test.each(Object.entries(END_STATUSES))('%s ends on an agent server as %s', async (name, end) => {
  await open();
  const { body } = await start(`simulate: ${name}`);
  lab.clock.advance(120);
  expect(await statusOf(textAt(body, 'id'))).toBe(end);
});

test.each(scenarioNames().filter((name) => 'refusal' in SCENARIOS[name]))(
  '%s fails at once with a server error',
  async (name) => {
    await open();
    const { status, body } = await start(`simulate: ${name}`);
    expect([status, at(body, 'detail')]).toEqual([500, 'Internal Server Error']);
    expect(lab.simulator.conversations).toEqual([]);
  },
);

test('hostile texts contain the keys of the server and of the model', async () => {
  await open();
  await start('simulate: hostile', { conversation_id: ID });
  lab.clock.advance(60);
  const { text } = await lab.get(`${LIST}/${ID}/agent_final_response`, KEY);
  expect(text).toContain('session-key and key-of-the-model');
});
