import { afterEach, describe, expect, test } from '@jest/globals';

import type { SimulatorOptions } from '../../simulator/server.ts';
import { type Answer, at, type Lab, openLab, textAt, v1Message } from './client.ts';

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
});

test('hostile texts contain the keys of the server and of the model', async () => {
  await open();
  await start('simulate: hostile', { conversation_id: ID });
  lab.clock.advance(60);
  const { text } = await lab.get(`${LIST}/${ID}/agent_final_response`, KEY);
  expect(text).toContain('session-key and key-of-the-model');
});
