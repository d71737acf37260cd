import { describe, expect, test } from '@jest/globals';
import nock from 'nock';

import { ApiFailure } from '../../src/conversation/api.ts';
import { RequestFailed } from '../../src/http/failure.ts';
import { v0Api } from '../../src/openhands/v0/api.ts';
import { v1Api } from '../../src/openhands/v1/api.ts';
import { isUuid } from '../../src/text/uuid.ts';
import { rejection, testClient } from '../support/client.ts';
import { stayOffline } from '../support/offline.ts';

const ORIGIN = 'https://openhands.test';
const ID = '7d0f7d1e4d8f4b3c9a55b1c2d3e4f506';
const TASK = '0e96f9b0c5a94d4f8a3f2ddcb1f7a001';
const V1 = '/api/v1/app-conversations';
const V0 = '/api/conversations';
const never = new AbortController().signal;
const v1 = v1Api(testClient(ORIGIN));
const v0 = v0Api(testClient(ORIGIN));

const get = (path: string, body: unknown): void => {
  nock(ORIGIN).get(path).query(true).reply(200, JSON.stringify(body), { 'content-type': 'application/json' });
};

async function problemOf(promise: Promise<unknown>): Promise<ApiFailure['problem']> {
  const error = await rejection(promise);
  if (!(error instanceof ApiFailure)) throw new Error('another error was expected');
  return error.problem;
}

stayOffline();

describe('an answer of an unexpected shape fails with the part that is wrong:', () => {
  const events = `/api/v1/conversation/${ID}/events/search`;
  const one = { id: ID, sandbox_id: 's' };

  test.each<[string, string, unknown, string, () => Promise<unknown>]>([
    ['events without a list', events, { items: {} }, 'items:', async () => v1.stored(ID, never)],
    ['an event without a kind', events, { items: [{ id: 'a' }] }, 'items', async () => v1.stored(ID, never)],
    [
      'a next page that is a number',
      events,
      { items: [], next_page_id: 7 },
      'next_page_id:',
      async () => v1.result(ID, never),
    ],
    [
      'a conversation without an id',
      V1,
      [{ ...one, id: 'x' }],
      '0.id: a UUID was expected',
      async () => v1.look([ID], never),
    ],
    [
      'a sandbox that is a path',
      V1,
      [{ ...one, sandbox_id: '../x' }],
      '0.sandbox_id: an id was expected',
      async () => v1.look([ID], never),
    ],
    [
      'a status that is a number',
      V1,
      [{ ...one, sandbox_status: 7 }],
      '0.sandbox_status:',
      async () => v1.look([ID], never),
    ],
    [
      'an agent status that is a number',
      V1,
      [{ ...one, execution_status: 7 }],
      '0.execution_status:',
      async () => v1.look([ID], never),
    ],
    [
      'more conversations than were asked for',
      V1,
      [one, one],
      'the whole answer:',
      async () => v1.look([ID], never),
    ],
    [
      'a start without a status',
      `${V1}/start-tasks`,
      [{ id: TASK }],
      '0.status:',
      async () => v1.startProgress(TASK, never),
    ],
    [
      'a start with an invalid id',
      `${V1}/start-tasks`,
      [{ id: 'x', status: 'WORKING' }],
      '0.id:',
      async () => v1.startProgress(TASK, never),
    ],
    [
      'a conversation id with text before it',
      `${V1}/start-tasks`,
      [{ id: TASK, status: 'READY', app_conversation_id: `x${ID}` }],
      '0.app_conversation_id:',
      async () => v1.startProgress(TASK, never),
    ],
    [
      'two starts where one was asked for',
      `${V1}/start-tasks`,
      [null, null],
      'the whole answer:',
      async () => v1.startProgress(TASK, never),
    ],
    [
      'V0: events without a list',
      `${V0}/abc/events`,
      { events: 7 },
      'events:',
      async () => v0.stored('abc', never),
    ],
    [
      'V0: an event whose id is a text',
      `${V0}/abc/events`,
      { events: [{ id: 'a' }] },
      'events',
      async () => v0.stored('abc', never),
    ],
    [
      'V0: more events that are a text',
      `${V0}/abc/events`,
      { events: [], has_more: 'yes' },
      'has_more:',
      async () => v0.stored('abc', never),
    ],
    [
      'V0: a conversation whose id is a path',
      `${V0}/abc`,
      { conversation_id: '../abc' },
      'conversation_id: an id was expected',
      async () => v0.look(['abc'], never),
    ],
    [
      'V0: a status that is a number',
      `${V0}/abc`,
      { conversation_id: 'abc', status: 7 },
      'status:',
      async () => v0.look(['abc'], never),
    ],
  ])('%s', async (_, path, body, part, ask) => {
    get(path, body);
    expect((await problemOf(ask())).because).toContain(`not what the API describes: ${part}`);
  });

  test('the error says what was requested', async () => {
    get(`${V1}/start-tasks`, {});
    expect((await problemOf(v1.startProgress(TASK, never))).failedTo).toBe('read the progress of the start');
    get(events, {});
    expect((await problemOf(v1.stored(ID, never))).failedTo).toBe('read the events of the conversation');
    get(V1, {});
    expect((await problemOf(v1.look([ID], never))).failedTo).toBe('read the status of the conversation');
  });

  test.each([
    [{ conversation_id: 7 }, 'items.0.request.conversation_id:'],
    [{ initial_message: 'Think' }, 'items.0.request.initial_message:'],
    [{ initial_message: { content: 'Think' } }, 'items.0.request.initial_message.content:'],
    [{ initial_message: { content: [{ text: 7 }] } }, 'items.0.request.initial_message.content.0.text:'],
  ])('a start with the request %j', async (request, part) => {
    get(V1, [null]);
    get(`${V1}/start-tasks/search`, { items: [{ id: TASK, status: 'WORKING', request }] });
    expect((await problemOf(v1.find({ id: ID }, never))).because).toContain(part);
  });
});

describe('a request has succeeded only if the server says so:', () => {
  test.each([{}, { success: false }, { success: 'true' }])('a resume of a sandbox: %j', async (body) => {
    nock(ORIGIN).post('/api/v1/sandboxes/s/resume').reply(200, body);
    expect((await problemOf(v1.resume('s', never))).because).toContain('success:');
  });

  test.each([{}, { success: false }])('a message to a V0 agent: %j', async (body) => {
    get(`${V0}/abc`, { conversation_id: 'abc', status: 'RUNNING' });
    nock(ORIGIN).post(`${V0}/abc/events`).reply(200, body);
    expect((await problemOf(v0.send('abc', 'And now?', never))).because).toContain('success:');
  });

  test.each([{}, { status: 'error' }])('a stop of a V0 conversation: %j', async (body) => {
    nock(ORIGIN).post(`${V0}/abc/stop`).reply(200, body);
    expect((await problemOf(v0.stop('abc', never))).because).toContain('status:');
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
    get(events, { items: [event, { ...state, value: 'running' }] });
    expect((await v1.stored(ID, never)).state?.phase).toBe('agent running');
  });

  test.each([{ content: 'done' }, {}, { content: [{ text: 7 }] }])(
    'a message of V1 with the content %j',
    async (llm_message) => {
      const before = { content: [{ type: 'text', text: 'done before' }] };
      const items = [llm_message, before].map((each) => ({
        kind: 'MessageEvent',
        source: 'agent',
        llm_message: each,
      }));
      get(events, { items });
      expect((await v1.result(ID, never)).answer).toBe('done before');
    },
  );

  test('a step of V1 whose id is not a text, which cannot be a cursor', async () => {
    get(events, { items: [{ kind: 'TokenEvent', id: 7 }] });
    expect(await v1.steps(ID, never)).toEqual({ steps: [], isCut: false, usage: {} });
  });

  test.each([{ agent_state: 7 }, { agent_state: 'error', reason: 7 }, {}])(
    'a state of V0: %j',
    async (extras) => {
      const change = { id: 2, observation: 'agent_state_changed', extras };
      const before = { ...change, id: 1, extras: { agent_state: 'running' } };
      get(`${V0}/abc/events`, { events: [change, before] });
      expect((await v0.stored('abc', never)).state?.phase).toBe('agent running');
    },
  );
});

describe('a look of V1', () => {
  const shown = async (more: object): Promise<object | undefined> => {
    get(V1, [{ id: ID, sandbox_id: 's', sandbox_status: 'RUNNING', execution_status: 'running', ...more }]);
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

  test.each([
    ['Conversation 7d0f7', undefined],
    [`Conversation ${ID}`, undefined],
    ['A Conversation 7d0f7', 'A Conversation 7d0f7'],
    ['Conversation 7d0f7 and more', 'Conversation 7d0f7 and more'],
  ])('reads the title %j as %j: a default title of the server is not used', async (title, expected) => {
    expect(await shown({ title })).toEqual({
      pullRequests: [],
      ...(expected !== undefined && { title: expected }),
    });
  });

  test('has a revision that changes with the cost and with the time of the last change', async () => {
    const revisions: (string | undefined)[] = [];
    for (const more of [
      {},
      { updated_at: '2026-11-24T10:00:00' },
      { updated_at: '2026-11-24T10:00:01' },
      { updated_at: '2026-11-24T10:00:01', metrics: { accumulated_cost: 0.1 } },
      { updated_at: '2026-11-24T10:00:01', metrics: { accumulated_cost: 0.2 } },
    ]) {
      get(V1, [{ id: ID, sandbox_id: 's', ...more }]);
      revisions.push((await v1.look([ID], never))[0]?.revision);
    }
    expect(new Set(revisions).size).toBe(revisions.length);
  });
});

describe('a start that failed', () => {
  test.each([
    ['No such repository', 'No such repository'],
    ['  ', ''],
    [null, ''],
  ])('with the detail %j has the reason "%s"', async (detail, reason) => {
    get(`${V1}/start-tasks`, [{ id: TASK, status: 'ERROR', detail }]);
    expect(await v1.startProgress(TASK, never)).toEqual({ kind: 'failed', reason });
  });
});

describe('many conversations', () => {
  test.each([50, 99])('are read by one request: %d', async (count) => {
    const asked: number[] = [];
    nock(ORIGIN)
      .get(V1)
      .query(true)
      .reply(200, (uri) => {
        const ids = new URL(uri, ORIGIN).searchParams.getAll('ids');
        asked.push(ids.length);
        return ids.map(() => null);
      });
    const ids = Array.from({ length: count }, () => ID);
    expect(await v1.look(ids, never)).toHaveLength(count);
    expect(asked).toEqual([count]);
  });
});

test.each([
  [ID, true],
  [ID.toUpperCase(), true],
  ['7d0f7d1e-4d8f-4b3c-9a55-b1c2d3e4f506', true],
  [`x${ID}`, false],
  [`${ID}x`, false],
  ['abc', false],
])('whether %s is a UUID: %s', (text, expected) => {
  expect(isUuid(text)).toBe(expected);
});

test.each<[unknown, boolean]>([
  [400, false],
  [499, false],
  [500, true],
  [503, true],
  ['network', true],
])('whether the server may have acted after %s: %s', (failure, expected) => {
  const error =
    typeof failure === 'number'
      ? new RequestFailed('x', { kind: 'status', status: failure, detail: '' }, { baseUrl: ORIGIN }, 'once')
      : new RequestFailed('x', { kind: 'network', reason: 'reset', code: '' }, { baseUrl: ORIGIN }, 'once');
  expect(error.mayHaveActed).toBe(expected);
});
