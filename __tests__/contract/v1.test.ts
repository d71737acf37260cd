import { describe, expect, test } from '@jest/globals';
import nock, { type Body } from 'nock';

import { ApiFailure, type ConversationApi } from '../../src/conversation/api.ts';
import type { StartRequest } from '../../src/conversation/assignment.ts';
import { v1Api } from '../../src/openhands/v1/api.ts';
import { begin, type Begun } from '../support/begin.ts';
import { rejection, testClient } from '../support/client.ts';
import { problemOf } from '../support/live.ts';
import { sentBody, stayOffline } from '../support/offline.ts';
import { published, publishedTest } from '../support/published.ts';

const ORIGIN = 'https://openhands.test';
const PATH = '/api/v1/app-conversations';
const TASK = '0e96f9b0c5a94d4f8a3f2ddcb1f7a001';
const ID = '7d0f7d1e4d8f4b3c9a55b1c2d3e4f506';
const never = new AbortController().signal;

const CHOSEN = '0a1b2c3d-0000-4000-8000-00000000cafe';
const FULL: StartRequest = {
  id: CHOSEN,
  message: 'Check the README',
  model: 'anthropic/claude',
  workplace: { repository: 'octo/repo', branch: 'main', gitProvider: 'github' },
};

const THINK: StartRequest = { id: CHOSEN, message: 'Think' };
const PREPARING = { kind: 'preparing', task: TASK, id: CHOSEN, isShared: false };
const FOUND = {
  kind: 'found',
  conversation: { id: CHOSEN, url: `${ORIGIN}/conversations/${CHOSEN}` },
  role: 'started',
};
const LOST = { because: 'HTTP 503: later', todo: expect.stringContaining('may have succeeded anyway') };

const api = (): ConversationApi => v1Api(testClient(ORIGIN));
const task = (status: string, more: object = {}): Body => ({
  id: TASK,
  status,
  request: {},
  created_by_user_id: 'u',
  ...more,
});
const conversation = (more: object = {}): Record<string, unknown> => ({
  id: ID,
  sandbox_id: 's',
  sandbox_status: 'RUNNING',
  execution_status: 'running',
  ...more,
});

async function startBody(request: StartRequest): Promise<unknown> {
  return sentBody(ORIGIN, PATH, task('WORKING'), async () => api().start(request, never));
}

stayOffline();

describe('a V1 start', () => {
  test('sends everything that was asked for, and that the agent is to run', async () => {
    expect(await startBody(FULL)).toEqual({
      conversation_id: CHOSEN,
      initial_message: { role: 'user', content: [{ type: 'text', text: 'Check the README' }], run: true },
      llm_model: 'anthropic/claude',
      selected_repository: 'octo/repo',
      selected_branch: 'main',
      git_provider: 'github',
    });
  });

  test('sends a provider only with a repository', async () => {
    expect(await startBody({ id: CHOSEN, message: 'Think' })).toEqual({
      conversation_id: CHOSEN,
      initial_message: { role: 'user', content: [{ type: 'text', text: 'Think' }], run: true },
    });
  });

  publishedTest('fits the published description', async () => {
    const check = published('v1');
    for (const gitProvider of ['github', 'bitbucket_data_center', 'forgejo', 'azure_devops'] as const) {
      const body = await startBody({ ...FULL, workplace: { repository: 'a/b', gitProvider } });
      expect(check('AppConversationStartRequest-Input', body)).toEqual([]);
    }
  });

  test.each([
    ['WORKING', {}, { kind: 'pending', task: TASK, phase: 'working' }],
    ['SETTING_UP_GIT_HOOKS', {}, { kind: 'pending', task: TASK, phase: 'setting up git hooks' }],
    ['READY', { app_conversation_id: ID }, { kind: 'created', id: ID }],
    ['READY', { app_conversation_id: null }, { kind: 'unknown', task: TASK }],
    ['ERROR', { detail: 'No such repository' }, { kind: 'failed', reason: 'No such repository' }],
    ['ERROR', { detail: '' }, { kind: 'failed', reason: '' }],
    ['BREWING', {}, { kind: 'pending', task: TASK, phase: 'brewing' }],
  ])('reads a task that is %s %j', async (status, more, expected) => {
    nock(ORIGIN)
      .get(`${PATH}/start-tasks`)
      .query({ ids: TASK })
      .reply(200, [task(status, more)]);
    expect(await api().startProgress(TASK, never)).toEqual(expected);
  });

  test('refuses an answer about another task', async () => {
    nock(ORIGIN)
      .get(`${PATH}/start-tasks`)
      .query({ ids: TASK })
      .reply(200, [task('READY', { app_conversation_id: ID, id: CHOSEN })]);
    expect(await rejection(api().startProgress(TASK, never))).toMatchObject({
      problem: { because: expect.stringContaining('a different start than the one asked for') },
    });
  });

  test('has an unknown result if the server does not list the task', async () => {
    nock(ORIGIN).get(`${PATH}/start-tasks`).query({ ids: TASK }).reply(200, [null]);
    expect(await api().startProgress(TASK, never)).toEqual({ kind: 'unknown', task: TASK });
  });

  test.each(['../../admin', 'x', `${ID}/../..`, ''])('refuses an id like %j', async (id) => {
    nock(ORIGIN)
      .post(PATH)
      .reply(200, task('READY', { app_conversation_id: id }));
    expect(await rejection(api().start(FULL, never))).toMatchObject({ failure: { kind: 'unexpected' } });
  });
});

describe('a V1 look', () => {
  test('asks for all conversations at once, and keeps their order', async () => {
    nock(ORIGIN)
      .get(`${PATH}?ids=${ID}&ids=${TASK}`)
      .reply(200, [
        conversation({
          title: 'Fix it',
          selected_repository: 'octo/repo',
          selected_branch: 'main',
          git_provider: 'gitlab',
          pr_number: [7],
          metrics: {
            accumulated_cost: 0.42,
            accumulated_token_usage: { prompt_tokens: 900, completion_tokens: 80, cache_read_tokens: 700 },
          },
        }),
        null,
      ]);
    expect(await api().look([ID, TASK], never)).toEqual([
      {
        phase: 'agent running',
        state: { kind: 'active' },
        consult: 'never',
        facts: {
          title: 'Fix it',
          repository: 'octo/repo',
          gitProvider: 'gitlab',
          branch: 'main',
          pullRequests: [7],
          costUsd: 0.42,
          tokens: { input: 900, cached: 700, output: 80 },
        },
        revision: expect.any(String),
      },
      {
        phase: 'conversation not found',
        state: { kind: 'doubtful', ending: 'missing', failure: 'not-found' },
        consult: 'on-change',
      },
    ]);
  });

  test('asks for 99 conversations in one request', async () => {
    const ids = Array.from({ length: 99 }, (_, index) => ID.slice(0, -2) + String(index).padStart(2, '0'));
    const sizes: number[] = [];
    nock(ORIGIN)
      .get(PATH)
      .query(({ ids: asked }) => Array.isArray(asked))
      .reply(200, (uri) => {
        const asked = new URL(uri, ORIGIN).searchParams.getAll('ids');
        sizes.push(asked.length);
        return asked.map((id) => conversation({ id }));
      });
    expect(await api().look(ids, never)).toHaveLength(99);
    expect(sizes).toEqual([99]);
  });

  test('refuses an answer for another number of conversations', async () => {
    nock(ORIGIN).get(`${PATH}?ids=${ID}`).reply(200, []);
    expect(await rejection(api().look([ID], never))).toMatchObject({ failure: { kind: 'unexpected' } });
  });

  test('ignores facts of an unexpected shape', async () => {
    const odd = { title: 7, pr_number: [0, 'x', 12], metrics: { accumulated_cost: -1 }, selected_branch: {} };
    nock(ORIGIN)
      .get(`${PATH}?ids=${ID}`)
      .reply(200, [conversation({ ...odd, execution_status: 'finished' })]);
    expect(await api().look([ID], never)).toEqual([
      {
        phase: 'agent finished',
        state: { kind: 'ended', ending: 'finished' },
        consult: 'never',
        facts: { pullRequests: [12] },
        revision: expect.any(String),
      },
    ]);
  });

  test.each([
    ['Conversation 0a1b2', undefined],
    ['Conversation 0123456789abcdef0123456789abcdef', undefined],
    ['Conversation starters', 'Conversation starters'],
    ['Conversation 0a1b2c', 'Conversation 0a1b2c'],
  ])('reads the title "%s" as %s: a default title of the server is not used', async (title, known) => {
    nock(ORIGIN)
      .get(`${PATH}?ids=${ID}`)
      .reply(200, [conversation({ title })]);
    const [seen] = await api().look([ID], never);
    expect(seen?.facts?.title).toBe(known);
  });

  test('reads a limited number of pull requests, and only valid numbers', async () => {
    const numbers = [0, 1.5, 1e300, '7', 8, ...Array.from({ length: 500_000 }, () => 9)];
    nock(ORIGIN)
      .get(`${PATH}?ids=${ID}`)
      .reply(200, [conversation({ pr_number: numbers })]);
    const [snapshot] = await api().look([ID], never);
    expect(snapshot?.facts?.pullRequests).toEqual([8, ...Array.from({ length: 95 }, () => 9)]);
  });

  test('reads statistics of any depth', async () => {
    const metrics = `{"accumulated_cost":1,"more":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    const body = JSON.stringify([conversation()]).replace('}]', `,"metrics":${metrics}}]`);
    nock(ORIGIN).get(`${PATH}?ids=${ID}`).reply(200, body);
    expect(await api().look([ID], never)).toMatchObject([{ facts: { costUsd: 1 } }]);
  });

  test('accepts fields that are missing or null', async () => {
    nock(ORIGIN)
      .get(`${PATH}?ids=${ID}`)
      .reply(200, [
        { id: ID, sandbox_id: 's', title: null, pr_number: null, metrics: null, execution_status: null },
      ]);
    expect(await api().look([ID], never)).toMatchObject([
      { phase: 'sandbox missing', facts: { pullRequests: [] } },
    ]);
  });
});

describe('V1 events', () => {
  const EVENTS = `/api/v1/conversation/${ID}/events/search`;

  test('are read for the state from the newest twenty changes', async () => {
    nock(ORIGIN)
      .get(EVENTS)
      .query({ sort_order: 'TIMESTAMP_DESC', kind__eq: 'ConversationStateUpdateEvent', limit: '20' })
      .reply(200, {
        items: [
          { kind: 'ConversationStateUpdateEvent', key: 'stats', value: {} },
          { kind: 'ConversationStateUpdateEvent', key: 'execution_status', value: 'finished' },
          { kind: 'ConversationStateUpdateEvent', key: 'execution_status', value: 'running' },
        ],
      });
    expect(await api().stored(ID, never)).toEqual({
      state: { phase: 'agent finished', state: { kind: 'ended', ending: 'finished' } },
    });
  });

  test('are read for the answer page by page, no further than needed', async () => {
    const query = { sort_order: 'TIMESTAMP_DESC', limit: '50' };
    nock(ORIGIN)
      .get(EVENTS)
      .query(query)
      .reply(200, { items: [{ kind: 'TokenEvent' }], next_page_id: 'p2' });
    nock(ORIGIN)
      .get(EVENTS)
      .query({ ...query, page_id: 'p2' })
      .reply(200, {
        items: [{ kind: 'ActionEvent', source: 'agent', action: { kind: 'FinishAction', message: 'Done' } }],
        next_page_id: 'p3',
      });
    expect(await api().result(ID, never)).toMatchObject({ complete: true, answer: 'Done' });
  });

  test('of a server that ignores the limit are used up to the limit', async () => {
    const items = Array.from({ length: 50_000 }, (_, index) => ({
      kind: 'ActionEvent',
      id: `e${index}`,
      source: 'agent',
      tool_name: 'terminal',
      summary: `step ${index}`,
    }));
    nock(ORIGIN).get(EVENTS).query(true).reply(200, { items });
    const { steps } = await api().steps(ID, never);
    expect(steps).toHaveLength(100);
    expect(steps.at(-1)?.text).toBe('step 0');
  });

  test('without an answer are read for a limited number of pages', async () => {
    const pages = nock(ORIGIN)
      .get(EVENTS)
      .query(true)
      .times(20)
      .reply(200, { items: [{ kind: 'TokenEvent' }], next_page_id: 'again' });
    expect(await api().result(ID, never)).toMatchObject({ complete: false });
    expect(pages.isDone()).toBe(true);
  });
});

describe('a V1 stop', () => {
  const AGENT = 'https://agent.test/api/conversations/1';
  const running = (more: object = {}): Record<string, unknown> =>
    conversation({ conversation_url: AGENT, session_api_key: 'session-key-0001', ...more });
  const listing = (more: object = {}): void => {
    nock(ORIGIN)
      .get(`${PATH}?ids=${ID}`)
      .reply(200, [running(more)]);
  };
  const sharing = (...ids: readonly string[]): void => {
    nock(ORIGIN)
      .get(`${PATH}/search`)
      .query({ sandbox_id__eq: 's', include_sub_conversations: 'true', limit: '2' })
      .reply(200, { items: ids.map((id) => conversation({ id })) });
  };

  test('pauses the sandbox of an agent that does not share it', async () => {
    listing();
    sharing(ID.toUpperCase());
    nock(ORIGIN).post('/api/v1/sandboxes/s/pause').reply(200, { success: true });
    expect(await api().stop(ID, never)).toBe('stopped');
  });

  test('interrupts the agent in a shared sandbox, and does not send the API key to its agent server', async () => {
    listing();
    sharing(ID, TASK);
    nock('https://agent.test', {
      reqheaders: { 'x-session-api-key': 'session-key-0001' },
      badheaders: ['authorization'],
    })
      .post('/api/conversations/1/interrupt')
      .reply(200, { success: true });
    expect(await api().stop(ID, never)).toBe('stopped');
  });

  test('pauses the agent if its older agent server cannot interrupt', async () => {
    listing();
    sharing(ID, TASK);
    nock('https://agent.test').post('/api/conversations/1/interrupt').reply(404, { detail: 'Not Found' });
    nock('https://agent.test').post('/api/conversations/1/pause').reply(200, { success: true });
    expect(await api().stop(ID, never)).toBe('stopped');
  });

  test.each([
    'http://agent.test/1',
    'http://127.0.0.1:8000/1',
    'ftp://agent.test',
    'https://a:b@agent.test/1',
    'no address',
  ])('does not send the key of the sandbox to an unsafe address like %s', async (url) => {
    listing({ conversation_url: url });
    sharing(ID, TASK);
    expect(await rejection(api().stop(ID, never))).toBeInstanceOf(ApiFailure);
  });

  test.each([
    [{ execution_status: 'finished' }],
    [{ execution_status: null, sandbox_status: 'PAUSED' }],
    [{ execution_status: 'waiting_for_confirmation' }],
  ])('leaves an agent alone that does not run: %j', async (more) => {
    listing(more);
    expect(await api().stop(ID, never)).toBe('not-running');
  });

  test('pauses an idle agent, too, if it has pending work', async () => {
    listing({ execution_status: 'finished' });
    sharing(ID);
    nock(ORIGIN).post('/api/v1/sandboxes/s/pause').reply(200, { success: true });
    expect(await api().stop(ID, never, true)).toBe('stopped');
  });

  test('does not report a missing sandbox as stopped: it is missing for a moment after the start', async () => {
    listing({ execution_status: null, sandbox_status: 'MISSING' });
    expect(await api().stop(ID, never)).toBe('not-listed');
  });

  test('reports a conversation that is not listed', async () => {
    nock(ORIGIN).get(`${PATH}?ids=${ID}`).reply(200, [null]);
    expect(await api().stop(ID, never)).toBe('not-listed');
  });
});

describe('a V1 start whose answer is lost', () => {
  const start = async (): Promise<Begun> => begin(ORIGIN, 'v1', FULL);
  const lost = (): nock.Interceptor => nock(ORIGIN).post(PATH);
  const listed = (...found: readonly unknown[]): void => {
    nock(ORIGIN)
      .get(`${PATH}?ids=${CHOSEN}`)
      .reply(200, [found[0] ?? null]);
  };
  const starts = (...items: readonly unknown[]): void => {
    nock(ORIGIN).get(`${PATH}/start-tasks/search?sort_order=CREATED_AT_DESC&limit=100`).reply(200, { items });
  };
  const asked = (request: object, status = 'WORKING'): unknown => ({ ...Object(task(status)), request });
  const message = { content: [{ type: 'text', text: FULL.message }] };

  test.each([
    [
      'reset',
      (): nock.Scope => lost().replyWithError(Object.assign(new Error('reset'), { code: 'ECONNRESET' })),
    ],
    ['cut off', (): nock.Scope => lost().reply(200, '{"id":')],
    ['answered by the gateway', (): nock.Scope => lost().reply(504, 'too late')],
  ])('is found as a conversation if the request was %s, and not sent again', async (_, order) => {
    order();
    listed(conversation({ id: CHOSEN }));
    expect((await start()).events).toContainEqual(FOUND);
  });

  test('is found as a start that is under way', async () => {
    lost().reply(502);
    listed();
    starts(asked({ conversation_id: null }), asked({ conversation_id: CHOSEN }));
    expect((await start()).events).toContainEqual(PREPARING);
  });

  test('is looked for three times before it is sent again, once', async () => {
    lost().reply(502);
    for (let look = 0; look < 3; look += 1) {
      listed();
      starts(asked({ conversation_id: ID, initial_message: message }));
    }
    lost().reply(200, task('WORKING'));
    expect((await start()).events).toContainEqual(PREPARING);
  });

  test('fails if an older server has a start with the same message and no id', async () => {
    lost().reply(502);
    listed();
    starts(asked({ initial_message: message }));
    expect(problemOf(await start()).todo).toContain(`check ${ORIGIN}/conversations`);
  });

  test.each([{ 'retry-after': '2' }, {}])(
    'does not include one that gets 429: that is sent again',
    async (headers) => {
      lost().reply(429, { detail: 'later' }, headers);
      lost().reply(200, task('WORKING'));
      expect((await start()).events.map(({ kind }) => kind)).toEqual([
        ...['asking', 'refused', 'retrying'],
        ...['asking', 'preparing', 'start-phase'],
      ]);
    },
  );
});

describe('a start that a gateway refuses with 503 and Retry-After', () => {
  const refused = (): nock.Scope =>
    nock(ORIGIN).post(PATH).reply(503, { detail: 'later' }, { 'retry-after': '2' });

  test('is found if the server acted all the same', async () => {
    refused();
    nock(ORIGIN)
      .get(`${PATH}?ids=${CHOSEN}`)
      .reply(200, [conversation({ id: CHOSEN })]);
    expect((await begin(ORIGIN, 'v1', FULL)).events).toContainEqual(FOUND);
  });

  test('is sent again if the server did not act', async () => {
    refused();
    nock(ORIGIN).get(`${PATH}?ids=${CHOSEN}`).times(3).reply(200, [null]);
    nock(ORIGIN).get(`${PATH}/start-tasks/search`).query(true).times(3).reply(200, { items: [] });
    nock(ORIGIN).post(PATH).reply(200, task('WORKING'));
    expect((await begin(ORIGIN, 'v1', FULL)).events).toContainEqual(PREPARING);
  });

  test.each([403, 404, 422])(
    'fails if HTTP %d hides whether the server acted: it is not sent again',
    async (status) => {
      refused();
      nock(ORIGIN).get(`${PATH}?ids=${CHOSEN}`).times(3).reply(status, { detail: 'no' });
      expect(problemOf(await begin(ORIGIN, 'v1', FULL))).toMatchObject(LOST);
    },
  );

  test('is not sent again with V0, which cannot list starts', async () => {
    nock(ORIGIN).post('/api/conversations').reply(503, { detail: 'later' }, { 'retry-after': '2' });
    expect(problemOf(await begin(ORIGIN, 'v0', THINK))).toMatchObject(LOST);
  });
});
