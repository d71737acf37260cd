import { describe, expect, test } from '@jest/globals';
import nock from 'nock';

import { ApiFailure, type ConversationApi } from '../../src/conversation/api.ts';
import type { StartRequest } from '../../src/conversation/assignment.ts';
import { v0Api } from '../../src/openhands/v0/api.ts';
import { rejection, testClient } from '../support/client.ts';
import { sentBody, stayOffline } from '../support/offline.ts';
import { published, publishedTest } from '../support/published.ts';

const ORIGIN = 'https://openhands.test';
const PATH = '/api/conversations';
const ID = 'abc1234';
const never = new AbortController().signal;
const FULL: StartRequest = {
  id: 'chosen',
  message: 'Check the README',
  workplace: { repository: 'octo/repo', branch: 'main', gitProvider: 'gitlab' },
};

const api = (): ConversationApi => v0Api(testClient(ORIGIN));

async function startBody(request: StartRequest): Promise<unknown> {
  return sentBody(ORIGIN, PATH, { status: 'ok', conversation_id: ID }, async () =>
    api().start(request, never),
  );
}

stayOffline();

test('a page of events that ignores the limit is used up to the limit', async () => {
  const event = { source: 'user', action: 'message', message: 'Go on' };
  const events = Array.from({ length: 50_000 }, (_, index) => ({ ...event, id: 50_000 - index }));
  nock(ORIGIN).get(`${PATH}/${ID}/events`).query(true).reply(200, { events });
  expect((await api().messages(ID, never)).said).toHaveLength(100);
});

describe('a V0 start', () => {
  test('sends everything that was asked for, and no field that V0 refuses', async () => {
    expect(await startBody(FULL)).toEqual({
      initial_user_msg: 'Check the README',
      repository: 'octo/repo',
      selected_branch: 'main',
      git_provider: 'gitlab',
    });
    expect(await startBody({ id: 'chosen', message: 'Think' })).toEqual({ initial_user_msg: 'Think' });
  });

  publishedTest('fits the published description', async () => {
    expect(published('v0')('InitSessionRequest', await startBody(FULL))).toEqual([]);
  });

  test('creates the conversation at once', async () => {
    nock(ORIGIN)
      .post(PATH)
      .reply(200, { status: 'ok', conversation_id: ID, conversation_status: 'STARTING' });
    expect(await api().start(FULL, never)).toEqual({ kind: 'created', id: ID });
  });

  test('fails if the answer has the status error', async () => {
    nock(ORIGIN).post(PATH).reply(200, { status: 'error', message: 'Settings not found', msg_id: 'X' });
    expect(await api().start(FULL, never)).toEqual({ kind: 'failed', reason: 'Settings not found' });
  });

  test('fails with the reason of the server if the account cannot use the repository', async () => {
    nock(ORIGIN).post(PATH).reply(401, '"Unable to access repo octo/repo"');
    const error = await rejection(api().start(FULL, never));
    if (!(error instanceof ApiFailure)) throw new Error('another error was expected');
    expect(error.problem.because).toBe('HTTP 401: Unable to access repo octo/repo');
    expect(error.problem.todo).toContain('its account can reach the repository');
  });

  test('fails before it is sent if it needs something that V0 lacks', async () => {
    const forgejo: StartRequest = {
      id: 'chosen',
      message: 'x',
      workplace: { repository: 'a/b', gitProvider: 'forgejo' },
    };
    expect(await rejection(api().start(forgejo, never))).toBeInstanceOf(ApiFailure);
    expect(await rejection(api().start({ id: 'chosen', message: 'x', model: 'y' }, never))).toBeInstanceOf(
      ApiFailure,
    );
  });
});

describe('a V0 look', () => {
  test.each([
    ['STARTING', 'unclear', 'never'],
    ['RUNNING', 'active', 'each-time'],
    ['STOPPED', 'doubtful', 'on-change'],
    ['DREAMING', 'unrecognized', 'on-change'],
  ])('reads %s as %s, and events: %s', async (status, kind, consult) => {
    nock(ORIGIN)
      .get(`${PATH}/${ID}`)
      .reply(200, { conversation_id: ID, title: 'Fix it', status, pr_number: [3] });
    expect(await api().look([ID], never)).toMatchObject([
      { state: { kind }, consult, facts: { title: 'Fix it', pullRequests: [3] } },
    ]);
  });

  test.each([
    ['ARCHIVED', 'missing'],
    ['ERROR', 'error'],
  ])('reads %s as ended with %s', async (status, ending) => {
    nock(ORIGIN).get(`${PATH}/${ID}`).reply(200, { conversation_id: ID, title: '', status });
    expect(await api().look([ID], never)).toMatchObject([{ state: { kind: 'ended', ending } }]);
  });

  test('does not use a default title of the server', async () => {
    nock(ORIGIN)
      .get(`${PATH}/${ID}`)
      .reply(200, { conversation_id: ID, title: 'Conversation 0a1b2', status: 'RUNNING' });
    const [seen] = await api().look([ID], never);
    expect(seen?.facts).toEqual({ pullRequests: [] });
  });

  test('reads null as "not found", in doubt', async () => {
    nock(ORIGIN).get(`${PATH}/${ID}`).reply(200, 'null', { 'content-type': 'application/json' });
    expect(await api().look([ID], never)).toEqual([
      {
        phase: 'conversation not found',
        state: { kind: 'doubtful', ending: 'missing', failure: 'not-found' },
        consult: 'on-change',
      },
    ]);
  });
});
