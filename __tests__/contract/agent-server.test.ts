import { beforeEach, describe, expect, test } from '@jest/globals';

import { apiOf } from '../../src/openhands/detect.ts';
import type { StartRequest } from '../../src/port/assignment.ts';
import { begin } from '../support/begin.ts';
import { testClient } from '../support/client.ts';
import { nock } from '../support/offline.ts';
import { said } from '../support/said.ts';

const ORIGIN = 'http://127.0.0.1:8000';
const PATH = '/api/conversations';
const ID = '7d0f7d1e-4d8f-4b3c-9a55-b1c2d3e4f506';
const ONE = `${PATH}/${ID}`;
const never = new AbortController().signal;
const NOT_FOUND = { detail: 'Not Found' };
const DONE = { success: true };

const REQUEST: StartRequest = {
  id: ID,
  message: said('Check the README'),
  model: 'openai/gpt',
  agentServer: {
    workingDirectory: '/work',
    llmApiKey: 'sk-llm-123',
    llmBaseUrl: 'https://llm.example.com/v1',
    given: ['llm-api-key', 'llm-base-url'],
  },
};
const BODY = {
  conversation_id: ID,
  workspace: { working_dir: '/work' },
  agent_settings: {
    llm: { model: 'openai/gpt', api_key: 'sk-llm-123', base_url: 'https://llm.example.com/v1' },
    tools: [{ name: 'terminal' }, { name: 'file_editor' }, { name: 'task_tracker' }],
  },
  initial_message: { role: 'user', content: [{ type: 'text', text: 'Check the README' }], run: true },
};
const info = (execution_status: string, more: object = {}): object => ({
  id: ID,
  execution_status,
  title: null,
  metrics: null,
  updated_at: '2026-11-25T15:12:28Z',
  stats: { usage_to_metrics: {} },
  ...more,
});

/** Sets up the answer to one look: the conversation, or null if there is none. */
function shows(found: object | null): void {
  nock(ORIGIN).get(`${PATH}?ids=${ID}`).reply(200, [found]);
}
const api = (): ReturnType<typeof apiOf> => apiOf('agent-server', testClient(ORIGIN));

describe('a start on an agent server', () => {
  beforeEach(() => {
    nock(ORIGIN).get('/server_info').reply(200, {});
  });

  /** Sets up the answer to what the step reads of the folder before the start. */
  function hasFolder(times = 1): void {
    nock(ORIGIN).get('/api/file/archive').query(true).times(times).reply(500);
    lists([]);
  }

  /** Sets up which conversations the server lists as running. */
  function lists(items: readonly object[]): void {
    nock(ORIGIN).get(`${PATH}/search`).query({ status: 'running', limit: '100' }).reply(200, { items });
  }

  test('sends model, key and working directory; its conversation has no web page', async () => {
    hasFolder();
    nock(ORIGIN).post(PATH, BODY).reply(201, info('idle'));
    const { events, version } = await begin(ORIGIN, 'agent-server', REQUEST);
    expect(version).toBe('agent-server');
    expect(events).toEqual([
      { kind: 'chosen', id: ID },
      { kind: 'asking', id: ID, at: expect.any(Number) },
      { kind: 'found', conversation: { id: ID, url: `${ORIGIN}${ONE}`, hasNoPage: true }, role: 'started' },
    ]);
  });

  test('notes another conversation that is at work in the folder', async () => {
    nock(ORIGIN).get('/api/file/archive').query(true).reply(500);
    const other = '0b7c1f9e-3f52-4d0f-8a55-5b8a4b2f9d10';
    const elsewhere = { ...info('running'), workspace: { working_dir: '/elsewhere' } };
    const at = (id: string, more: object = {}): object => ({
      ...info('running'),
      id,
      workspace: { working_dir: '/work/' },
      ...more,
    });
    const ended = at(other, { execution_status: 'finished' });
    const untold = at(other, { workspace: null });
    lists([elsewhere, untold, ended, at(ID), at(other)]);
    nock(ORIGIN).post(PATH, BODY).reply(201, info('idle'));
    const { events } = await begin(ORIGIN, 'agent-server', REQUEST);
    const conversation = { id: other, url: `${ORIGIN}${PATH}/${other}`, hasNoPage: true };
    expect(events.filter(({ kind }) => kind === 'note')).toEqual([
      { kind: 'note', about: 'neighbor', folder: '/work', conversation, count: 1 },
    ]);
  });

  test('is not sent without working-directory', async () => {
    const { outcome } = await begin(ORIGIN, 'agent-server', { ...REQUEST, agentServer: {} });
    expect(outcome).toMatchObject({
      problem: {
        because: 'working-directory is empty, and the server is an agent server, which needs it',
        kind: 'input',
      },
    });
  });

  test("without a model names the server's active profile, and has nothing of a model", async () => {
    hasFolder();
    const profile = 'd2713a3e-9346-4ed1-9dc3-c247106d005a';
    nock(ORIGIN).get('/api/agent-profiles').reply(200, { profiles: [], active_agent_profile_id: profile });
    const { conversation_id, workspace, initial_message } = BODY;
    nock(ORIGIN)
      .post(PATH, { conversation_id, workspace, initial_message, agent_profile_id: profile })
      .reply(201, info('idle'));
    const request = { id: ID, message: REQUEST.message, agentServer: { workingDirectory: '/work' } };
    expect((await begin(ORIGIN, 'agent-server', request)).outcome).toBeUndefined();
  });

  test('that is refused with its tags, and then for something else, fails for that', async () => {
    hasFolder();
    const tags = { githubrepository: 'octo-org/octo-repo', githubrun: '42' };
    nock(ORIGIN)
      .post(PATH, { ...BODY, tags })
      .reply(422, { detail: 'no tags' });
    nock(ORIGIN).post(PATH, BODY).reply(422, { detail: 'no such model' });
    const { outcome } = await begin(ORIGIN, 'agent-server', { ...REQUEST, tags });
    expect(outcome).toMatchObject({ problem: { because: 'HTTP 422: no such model' } });
  });

  test('that is refused fails with the reason that the server gives', async () => {
    hasFolder();
    const missing = { type: 'missing', loc: ['body', 'workspace'], msg: 'Field required', input: BODY };
    nock(ORIGIN)
      .post(PATH)
      .reply(422, { detail: [missing] });
    const because = 'HTTP 422: body.workspace: Field required';
    const advice =
      'check model, llm-api-key, llm-base-url, working-directory and branch, and that api-version is right for the server';
    expect((await begin(ORIGIN, 'agent-server', REQUEST)).outcome).toMatchObject({
      problem: { because, advice },
    });
  });

  test('that crashes the server fails with the exception and advice where to look first', async () => {
    hasFolder(2);
    const answer = { detail: 'Internal Server Error', exception: "[Errno 2] No such file: '/proc/x'" };
    for (let tries = 0; tries < 2; tries += 1) nock(ORIGIN).post(PATH).reply(500, answer);
    for (let looks = 0; looks < 6; looks += 1) shows(null);
    const because = "HTTP 500: [Errno 2] No such file: '/proc/x'";
    const advice = `make sure at GET ${ORIGIN}${PATH}/search that the request has not succeeded anyway`;
    const { outcome } = await begin(ORIGIN, 'agent-server', REQUEST);
    expect(outcome).toMatchObject({ problem: { because, advice } });
  });
});

describe('a start with a branch on an agent server', () => {
  const workplace = { repository: 'octo-org/octo-repo', gitProvider: 'github', branch: 'next' } as const;
  const BRANCH: StartRequest = { ...REQUEST, workplace };
  const HEAD = 'c0ffee00'.repeat(5);
  const FOLDER = '/tmp/conversation-worktrees/7d0f7d1e/work';
  const REMOTE = 'https%3A%2F%2Fgithub.com%2Focto-org%2Focto-repo';

  function hasVersion(version: string, origin = ORIGIN): void {
    nock(origin).get('/server_info').reply(200, { version });
  }

  /** Sets up what the server tells of the folder before the start. */
  function tells(headers: Readonly<Record<string, string>>, status = 200, body: object | string = ''): void {
    nock(ORIGIN)
      .get('/api/file/archive')
      .query({
        path: '/work',
        format: 'git-delta',
        base_ref: 'HEAD',
        use_default_excludes: 'false',
        exclude: '*',
      })
      .reply(status, body, headers);
  }
  const CLONE = {
    'x-archive-base-commit': HEAD,
    'x-archive-head-commit': HEAD,
    'x-archive-repo-root': '%2Fwork',
    'x-archive-repo-remote': REMOTE,
  };
  const withRef = (ref: string) => ({ ...BODY, worktree: true, worktree_options: { base: 'ref', ref } });

  test.each([
    ['the branch at origin', {}, 'origin/next'],
    ['the head that is reviewed', { commit: HEAD }, HEAD],
  ])('asks for a worktree from %s', async (_, more, ref) => {
    hasVersion('1.57.0');
    tells(CLONE);
    nock(ORIGIN).post(PATH, withRef(ref)).reply(201, info('idle'));
    const begun = await begin(ORIGIN, 'agent-server', { ...BRANCH, ...more });
    expect(begun.events.map(({ kind }) => kind)).toEqual(['chosen', 'asking', 'found']);
  });

  test('in a folder below the root of its repository does not need to know the remote', async () => {
    hasVersion('1.57.0');
    tells({ 'x-archive-base-commit': HEAD });
    nock(ORIGIN).post(PATH, withRef('origin/next')).reply(201, info('idle'));
    expect((await begin(ORIGIN, 'agent-server', BRANCH)).outcome).toBeUndefined();
  });

  test.each([
    [
      'that is no repository',
      {},
      400,
      { detail: 'Not a git repository: /work' },
      'is not in a git repository',
    ],
    [
      'that has a clone within',
      { ...CLONE, 'x-archive-repo-root': '%2Fwork%2Finner' },
      200,
      '',
      'is not in a git',
    ],
    ['without a remote', { ...CLONE, 'x-archive-repo-remote': '' }, 200, '', 'has no remote called origin'],
  ])(
    'is not sent for a folder %s',
    async (_, { 'x-archive-repo-remote': remote, ...rest }: Partial<typeof CLONE>, status, body, why) => {
      hasVersion('1.58.2');
      tells({ ...rest, ...(remote && { 'x-archive-repo-remote': remote }) }, status, body);
      const { outcome } = await begin(ORIGIN, 'agent-server', BRANCH);
      expect(outcome).toMatchObject({
        status: 'start-failed',
        problem: { because: expect.stringContaining(`working-directory /work ${why}`), kind: 'input' },
      });
    },
  );

  test('that git cannot make a worktree for is not asked again; another 500 is', async () => {
    hasVersion('1.58.2');
    tells(CLONE);
    const exception = `Git command failed: git worktree add -b openhands/${ID} ${FOLDER} origin/next`;
    nock(ORIGIN).post(PATH).reply(500, { detail: 'Internal Server Error', exception });
    expect((await begin(ORIGIN, 'agent-server', BRANCH)).outcome).toMatchObject({
      problem: {
        because: expect.stringContaining('cannot make a worktree from origin/next: HTTP 500: Git'),
        kind: 'not-found',
      },
    });
    hasVersion('1.58.2');
    for (let tries = 0; tries < 2; tries += 1) {
      tells(CLONE);
      nock(ORIGIN).post(PATH).reply(500, { detail: 'Internal Server Error', exception: 'boom' });
    }
    for (let looks = 0; looks < 6; looks += 1) shows(null);
    expect((await begin(ORIGIN, 'agent-server', BRANCH)).outcome).toMatchObject({
      problem: { because: 'HTTP 500: boom' },
    });
  });

  const AWAY = 'https://agents.example.com';

  test.each([
    ['review', { commit: HEAD }],
    ['patch-file', { isForPatch: true as const }],
  ])('is not sent to an old server on another machine, with %s', async (name, more) => {
    hasVersion('1.49.1', AWAY);
    const { outcome } = await begin(AWAY, 'agent-server', { ...BRANCH, ...more });
    expect(outcome).toMatchObject({
      status: 'start-failed',
      problem: {
        because: expect.stringContaining(`branch with ${name} needs version 1.57.0`),
        kind: 'input',
      },
    });
  });

  test('is sent to an old server on another machine as without a branch', async () => {
    hasVersion('1.49.1', AWAY);
    nock(AWAY).get('/api/file/archive').query(true).reply(500);
    nock(AWAY).post(PATH, BODY).reply(201, info('idle'));
    expect((await begin(AWAY, 'agent-server', BRANCH)).outcome).toBeUndefined();
  });
});

test('a look on an agent server refuses an answer about another conversation', async () => {
  shows({ ...info('idle'), id: ID.replace('7', '8') });
  await expect(api().look([ID], never)).rejects.toThrow('a different id');
});

describe('a message to an agent server', () => {
  const send = async (): Promise<unknown> => api().send(ID, said('Go on'), never);

  test('that a proxy refuses with 429 is deferred', async () => {
    nock(ORIGIN).post(`${ONE}/events`).reply(429, { detail: 'slow down' });
    nock(ORIGIN).get(`${ONE}/events/search`).query(true).reply(200, { items: [] });
    await expect(send()).resolves.toMatchObject({ kind: 'deferred' });
  });

  test('that the server has taken is not sent again if the server cannot be reached for its run', async () => {
    const message = { kind: 'MessageEvent', id: 'm1', source: 'user', timestamp: '2026-11-24T10:00:00' };
    const content = [{ type: 'text', text: 'Go on' }];
    nock(ORIGIN).post(`${ONE}/events`).reply(429, { detail: 'at its limit of runs' });
    nock(ORIGIN)
      .get(`${ONE}/events/search`)
      .query(true)
      .reply(200, { items: [{ ...message, llm_message: { role: 'user', content } }] });
    nock(ORIGIN)
      .post(`${ONE}/run`)
      .replyWithError(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }));
    await expect(send()).rejects.toThrow('ECONNREFUSED');
  });

  test('is reported as unavailable if the server does not know the conversation', async () => {
    nock(ORIGIN).post(`${ONE}/events`).reply(404, { detail: 'Conversation not found' });
    await expect(send()).resolves.toEqual({
      kind: 'unavailable',
      reason: 'HTTP 404: Conversation not found',
    });
  });
});

describe('an agent on an agent server', () => {
  const interrupted = (): void => {
    nock(ORIGIN).post(`${ONE}/interrupt`).reply(200, DONE);
  };

  test('is paused if the server cannot interrupt', async () => {
    shows(info('running'));
    nock(ORIGIN).post(`${ONE}/interrupt`).reply(404, NOT_FOUND);
    nock(ORIGIN).post(`${ONE}/pause`).reply(200, DONE);
    await expect(api().stop(ID, never)).resolves.toBe('stopped');
  });

  test.each([
    ['paused', 'stopped'],
    ['idle', 'not-begun'],
    ['running', 'not-begun'],
  ])('with pending work that is %s after the interrupt is reported as %s', async (then, expected) => {
    shows(info('idle'));
    interrupted();
    shows(info(then));
    await expect(api().stop(ID, never, { pendingWork: 'start' })).resolves.toBe(expected);
  });

  test.each(['finished', 'error', 'stuck', 'waiting_for_confirmation'])(
    'that is %s has ended with the message of its start, but may not have begun on a later one',
    async (status) => {
      shows(info(status));
      await expect(api().stop(ID, never, { pendingWork: 'start' })).resolves.toBe('not-running');
      shows(info(status));
      interrupted();
      shows(info(status));
      await expect(api().stop(ID, never, { pendingWork: 'later' })).resolves.toBe('ended');
    },
  );

  describe('that has ended, and has got another message since', () => {
    const message = { kind: 'MessageEvent', source: 'user', id: 'm-2', llm_message: { content: [] } };
    const status = (value: string): object => ({
      kind: 'ConversationStateUpdateEvent',
      key: 'execution_status',
      value,
    });
    const stores = (answered: number, ...items: readonly object[]): void => {
      nock(ORIGIN).get(`${ONE}/events/search`).query(true).reply(answered, { items });
    };

    test.each(['finished', 'error', 'stuck', 'waiting_for_confirmation'])(
      'is done if the newest event ends its answer: %s',
      async (end) => {
        shows(info(end));
        stores(200, status(end), message);
        await expect(api().stop(ID, never, { pendingWork: 'delivered' })).resolves.toBe('not-running');
      },
    );

    test.each([
      ['nothing follows the message', 200, [message, status('finished')]],
      ['its newest status is another one', 200, [status('running'), message]],
      ['the events show neither', 200, []],
      ['the events cannot be read', 404, []],
    ] as const)('is interrupted if %s', async (_, answered, items) => {
      shows(info('finished'));
      stores(answered, ...items);
      interrupted();
      shows(info('finished'));
      await expect(api().stop(ID, never, { pendingWork: 'delivered' })).resolves.toBe('not-begun');
    });
  });

  test.each(['finished', 'paused', 'error'])('that is %s is not interrupted', async (status) => {
    shows(info(status));
    await expect(api().stop(ID, never)).resolves.toBe('not-running');
  });

  test('whose conversation the server does not know is reported as not listed', async () => {
    shows(null);
    await expect(api().stop(ID, never)).resolves.toBe('not-listed');
    shows(null);
    await expect(api().readSandbox(ID, never)).resolves.toMatchObject({ kind: 'unavailable' });
  });

  test('that is paused is run again, and a 409 because it runs already is no error', async () => {
    for (const answer of [200, 409]) {
      shows(info('paused'));
      const asked = nock(ORIGIN).post(`${ONE}/run`).reply(answer, DONE);
      await api().run(ID, never, false);
      expect(asked.isDone()).toBe(true);
    }
  });

  test('may name a session key in the answer to a run, which is a secret from then on', async () => {
    const client = testClient(ORIGIN);
    shows(info('paused'));
    nock(ORIGIN)
      .post(`${ONE}/run`)
      .reply(200, { ...DONE, session_api_key: 'session-key-0123456789' });
    await apiOf('agent-server', client).run(ID, never, false);
    expect(client.secrets).toContain('session-key-0123456789');
  });
});
