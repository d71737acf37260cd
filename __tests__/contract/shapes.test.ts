import { describe, expect, test } from '@jest/globals';

import { v0Api } from '../../src/openhands/v0/api.ts';
import { v1Api } from '../../src/openhands/v1/api.ts';
import { problemIn, testClient } from '../support/client.ts';
import { nock } from '../support/offline.ts';
import { said } from '../support/said.ts';
import { answerLook, ID, messageEvent, ORIGIN, statusEvent } from './v1-server.ts';

const V1 = '/api/v1/app-conversations';
const V0 = '/api/conversations';
const never = new AbortController().signal;
const v1 = v1Api(testClient(ORIGIN));
const v0 = v0Api(testClient(ORIGIN));

const get = (path: string, body: unknown): void => {
  nock(ORIGIN).get(path).query(true).reply(200, JSON.stringify(body), { 'content-type': 'application/json' });
};

describe('a request has succeeded only if the server says so:', () => {
  test.each([{}, { success: false }, { success: 'true' }])('a resume of a sandbox: %j', async (body) => {
    nock(ORIGIN).post('/api/v1/sandboxes/s/resume').reply(200, body);
    expect((await problemIn(v1.resume('s', never))).because).toContain('success:');
  });

  test.each([{}, { success: false }])('a message to a V0 agent: %j', async (body) => {
    get(`${V0}/abc`, { conversation_id: 'abc', status: 'RUNNING' });
    nock(ORIGIN).post(`${V0}/abc/events`).reply(200, body);
    expect((await problemIn(v0.send('abc', said('And now?'), never))).because).toContain('success:');
  });

  test.each([{}, { status: 'error' }])('a stop of a V0 conversation: %j', async (body) => {
    nock(ORIGIN).post(`${V0}/abc/stop`).reply(200, body);
    expect((await problemIn(v0.stop('abc', never))).because).toContain('status:');
  });
});

describe('an event of an unexpected shape is skipped:', () => {
  const events = `/api/v1/conversation/${ID}/events/search`;
  const state = { kind: 'ConversationStateUpdateEvent', key: 'execution_status' };

  test.each([
    { ...state, value: 7 },
    { ...state, key: 7, value: 'finished' },
    { ...state, key: 'full_state', value: { execution_status: 7 } },
    { ...state, key: 'full_state', value: {} },
    { ...state, kind: 'AnotherEvent', value: 'finished' },
  ])('a state of V1: %j', async (event) => {
    get(events, { items: [event, statusEvent('running')] });
    expect((await v1.readStored(ID, never))?.phase).toBe('agent running');
  });

  test.each([{ content: 'done' }, {}, { content: [{ text: 7 }] }])(
    'a message of V1 with the content %j',
    async (llm_message) => {
      const before = messageEvent('1', 'agent');
      get(events, { items: [{ ...before, llm_message }, before] });
      expect((await v1.readStoredEnd(ID, never)).answer).toBe('it is 1');
    },
  );

  test('a step of V1 whose id is not a text, which cannot be a cursor', async () => {
    get(events, { items: [{ kind: 'TokenEvent', id: 7 }] });
    expect(await v1.readSteps(ID, never)).toEqual({ steps: [], isCut: false, usage: {} });
  });

  test.each([{ agent_state: 7 }, { agent_state: 'error', reason: 7 }, {}])(
    'a state of V0: %j',
    async (extras) => {
      const change = { id: 2, observation: 'agent_state_changed', extras };
      const before = { ...change, id: 1, extras: { agent_state: 'running' } };
      get(`${V0}/abc/events`, { events: [change, before] });
      expect((await v0.readStored('abc', never))?.phase).toBe('agent running');
    },
  );
});

describe('a text of the server is one short line:', () => {
  const hostile = `\u001b[31mred\r::error::x \u202e${'z'.repeat(600)}`;
  const isShort = expect.stringMatching(/^[\w .:]{1,500}…$/);

  test('a status and a title of V1', async () => {
    get(V1, [{ id: ID, sandbox_id: 's', sandbox_status: hostile, title: hostile }]);
    expect(await v1.look([ID], never)).toMatchObject([{ phase: isShort, facts: { title: isShort } }]);
  });

  test('why a start, a message or an agent of V1 failed', async () => {
    get(`${V1}/start-tasks`, [{ id: ID, status: 'ERROR', detail: hostile }]);
    expect(await v1.readStart(ID, never)).toEqual({ kind: 'failed', reason: isShort });
    nock(ORIGIN).post(`${V1}/${ID}/send-message`).reply(200, { success: false, message: hostile });
    expect(await v1.send(ID, said('And now?'), never)).toEqual({ kind: 'refused', reason: isShort });
    const failure = { kind: 'ConversationErrorEvent', code: 'LLMError', detail: hostile };
    get(`/api/v1/conversation/${ID}/events/search`, { items: [failure] });
    expect(await v1.readStoredEnd(ID, never)).toMatchObject({ reason: isShort });
  });

  test('why a repository of V1 cannot be used', async () => {
    nock(ORIGIN).get('/api/v1/users/git-info').reply(403, { detail: hostile });
    const workplace = { repository: 'o/r', gitProvider: 'github' } as const;
    expect(await v1.readRepositoryRefusal(workplace, never)).toEqual(isShort);
  });

  test('why a start or an agent of V0 failed', async () => {
    nock(ORIGIN).post(V0).reply(200, { status: 'error', message: hostile });
    const request = { id: 'abc', message: said('Check the README') };
    expect(await v0.start(request, never)).toEqual({ kind: 'failed', reason: isShort });
    const change = { observation: 'agent_state_changed', extras: { agent_state: 'error', reason: hostile } };
    get(`${V0}/abc/events`, { events: [change] });
    expect(await v0.readStoredEnd('abc', never)).toMatchObject({ reason: isShort });
  });
});

describe('a look of V1', () => {
  const shown = async (more: object): Promise<object | undefined> => {
    answerLook(more);
    return (await v1.look([ID], never))[0]?.facts;
  };

  test.each<[object, object]>([
    [{ accumulated_cost: 0.5 }, { costUsd: 0.5 }],
    [{ accumulated_cost: 0.5, accumulated_token_usage: null }, { costUsd: 0.5 }],
    [{ accumulated_cost: 0.5, accumulated_token_usage: { prompt_tokens: 1 } }, { costUsd: 0.5 }],
    [
      { accumulated_cost: 0, accumulated_token_usage: { prompt_tokens: 2, completion_tokens: 1 } },
      { tokens: { input: 2, cached: 0, output: 1 } },
    ],
    [
      {
        accumulated_cost: 0,
        accumulated_token_usage: { prompt_tokens: 2, completion_tokens: 1, cache_read_tokens: -1 },
      },
      { tokens: { input: 2, cached: 0, output: 1 } },
    ],
    [{ accumulated_cost: -1 }, {}],
    [{ accumulated_cost: 'free' }, {}],
  ])('reads %j as %j', async (metrics, expected) => {
    expect(await shown({ metrics })).toEqual({ pullRequests: [], ...expected });
  });
});
