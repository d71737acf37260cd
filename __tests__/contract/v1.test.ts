import { describe, expect, test } from '@jest/globals';

import { v1Api } from '../../src/openhands/v1/api.ts';
import { type ConversationApi } from '../../src/port/api.ts';
import type { StartRequest } from '../../src/port/assignment.ts';
import { rejection, testClient } from '../support/client.ts';
import { type Body, nock, sentBody } from '../support/offline.ts';
import { published, publishedTest } from '../support/published.ts';
import { said } from '../support/said.ts';
import { answerLook, ID, ORIGIN } from './v1-server.ts';

const PATH = '/api/v1/app-conversations';
const TASK = '0e96f9b0c5a94d4f8a3f2ddcb1f7a001';
const never = new AbortController().signal;

const CHOSEN = '0a1b2c3d-0000-4000-8000-00000000cafe';
const FULL: StartRequest = {
  id: CHOSEN,
  message: said('Check the README'),
  model: 'anthropic/claude',
  workplace: { repository: 'octo/repo', branch: 'main', gitProvider: 'github' },
};

const api = (): ConversationApi => v1Api(testClient(ORIGIN));
const task = (status: string, more: object = {}): Body => ({
  id: TASK,
  status,
  request: {},
  created_by_user_id: 'u',
  ...more,
});

async function startBody(request: StartRequest): Promise<unknown> {
  return sentBody(ORIGIN, PATH, task('WORKING'), async () => api().start(request, never));
}

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
    expect(await startBody({ id: CHOSEN, message: said('Think') })).toEqual({
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
    ['READY', { app_conversation_id: ID }, { kind: 'created', id: ID, unlisted: {} }],
    [
      'READY',
      { app_conversation_id: ID, sandbox_id: 's-1' },
      { kind: 'created', id: ID, unlisted: { sandbox: 's-1' } },
    ],
    [
      'READY',
      { app_conversation_id: null },
      { kind: 'failed', reason: 'the start is ready, but names no conversation' },
    ],
    ['ERROR', { detail: 'No room' }, { kind: 'failed', reason: 'No room' }],
    [
      'ERROR',
      { detail: 'No such repository' },
      { kind: 'failed', reason: 'No such repository', isCloneFailure: true },
    ],
    ['BREWING', {}, { kind: 'pending', task: TASK, phase: 'brewing' }],
  ])('reads a task that is %s %j', async (status, more, expected) => {
    nock(ORIGIN)
      .get(`${PATH}/start-tasks`)
      .query({ ids: TASK })
      .reply(200, [task(status, more)]);
    expect(await api().readStart(TASK, never)).toEqual(expected);
  });

  test('refuses an answer about another task', async () => {
    nock(ORIGIN)
      .get(`${PATH}/start-tasks`)
      .query({ ids: TASK })
      .reply(200, [task('READY', { app_conversation_id: ID, id: CHOSEN })]);
    expect(await rejection(api().readStart(TASK, never))).toMatchObject({
      problem: { because: expect.stringContaining('a different id than the one asked for') },
    });
  });

  test('is not there if the server does not list the task', async () => {
    nock(ORIGIN).get(`${PATH}/start-tasks`).query({ ids: TASK }).reply(200, [null]);
    expect(await api().readStart(TASK, never)).toEqual({ kind: 'not-there' });
  });
});

describe('the page of a V1 conversation', () => {
  const NAMED = `${ORIGIN}/canvas/conversations/${ID}`;
  const KNOWN = `${ORIGIN}/conversations/${ID}`;

  test.each([
    ['named', NAMED, NAMED],
    ['absent', undefined, KNOWN],
    ['null', null, KNOWN],
    ['no text', 7, KNOWN],
    ['on another host', `https://evil.test/canvas/${ID}`, KNOWN],
    ['on a subdomain', `https://evil.openhands.test/${ID}`, KNOWN],
    ['on another port', `${ORIGIN}:8443/${ID}`, KNOWN],
    ['not encrypted', NAMED.replace('https', 'http'), KNOWN],
    ['a script', 'javascript:alert(1)', KNOWN],
    ['with credentials', NAMED.replace('https://', 'https://me:secret@'), KNOWN],
    ['with a query', `${NAMED}?key=1`, KNOWN],
    ['with a fragment', `${NAMED}#key`, KNOWN],
    ['with Markdown', `${NAMED})[x](`, KNOWN],
    ['with encoded text', `${NAMED}%0A::warning::`, KNOWN],
  ])('that is %s', async (_what, page, shown) => {
    answerLook({ conversation_ui_url: page });
    const client = api();
    await client.look([ID], never);
    expect(client.conversation(ID)).toEqual({ id: ID, url: shown });
  });
});

describe('a V1 look', () => {
  test('asks for all conversations at once, and keeps their order', async () => {
    nock(ORIGIN)
      .get(`${PATH}?ids=${ID}&ids=${TASK}`)
      .reply(200, [
        {
          id: ID,
          sandbox_id: 's',
          sandbox_status: 'RUNNING',
          execution_status: 'running',
          title: 'Fix it',
          selected_repository: 'octo/repo',
          selected_branch: 'main',
          git_provider: 'gitlab',
          pr_number: [7],
          metrics: {
            accumulated_cost: 0.42,
            accumulated_token_usage: { prompt_tokens: 900, completion_tokens: 80, cache_read_tokens: 700 },
          },
        },
        null,
      ]);
    expect(await api().look([ID, TASK], never)).toEqual([
      {
        phase: 'agent running',
        state: { kind: 'active' },
        whenToReadStored: 'never',
        facts: {
          title: 'Fix it',
          repository: 'octo/repo',
          gitProvider: 'gitlab',
          branch: 'main',
          pullRequests: [7],
          costUsd: 0.42,
          tokens: { input: 900, cached: 700, output: 80 },
        },
      },
      {
        phase: 'conversation not found',
        state: { kind: 'unconfirmed', ending: 'missing', failure: 'not-found' },
        whenToReadStored: 'on-change',
      },
    ]);
  });

  test('refuses an answer for another number of conversations', async () => {
    nock(ORIGIN).get(`${PATH}?ids=${ID}`).reply(200, []);
    expect(await rejection(api().look([ID], never))).toMatchObject({ failure: { kind: 'unexpected' } });
  });

  test('ignores facts of an unexpected shape', async () => {
    const odd = { title: 7, pr_number: [0, 'x', 12], metrics: { accumulated_cost: -1 }, selected_branch: {} };
    answerLook({ ...odd, execution_status: 'finished' });
    expect(await api().look([ID], never)).toEqual([
      {
        phase: 'agent finished',
        state: { kind: 'ended', ending: 'finished' },
        whenToReadStored: 'never',
        facts: { pullRequests: [12] },
      },
    ]);
  });

  test.each([
    ['Conversation 0a1b2', undefined],
    ['Conversation 0123456789abcdef0123456789abcdef', undefined],
    ['Conversation starters', 'Conversation starters'],
    ['Conversation 0a1b2c', 'Conversation 0a1b2c'],
  ])('reads the title "%s" as %s: a default title of the server is not used', async (title, known) => {
    answerLook({ title });
    const [seen] = await api().look([ID], never);
    expect(seen?.facts?.title).toBe(known);
  });

  test('accepts fields that are missing or null', async () => {
    const none = { title: null, pr_number: null, metrics: null, execution_status: null };
    answerLook({ ...none, sandbox_status: undefined });
    expect(await api().look([ID], never)).toMatchObject([
      { phase: 'sandbox missing', facts: { pullRequests: [] } },
    ]);
  });
});
