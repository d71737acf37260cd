import { describe, expect, test } from '@jest/globals';

import type { ConversationApi } from '../../src/conversation/api.ts';
import type { StartRequest } from '../../src/conversation/assignment.ts';
import { v0Api } from '../../src/openhands/v0/api.ts';
import { testClient } from '../support/client.ts';
import { nock, sentBody } from '../support/offline.ts';
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

test('a page of events that ignores the limit is used up to the limit', async () => {
  const event = { source: 'user', action: 'message', message: 'Go on' };
  const events = Array.from({ length: 50_000 }, (_, index) => ({ ...event, id: 50_000 - index }));
  nock(ORIGIN).get(`${PATH}/${ID}/events`).query(true).reply(200, { events });
  expect((await api().readMessages(ID, never)).said).toHaveLength(100);
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
});

describe('a V0 look', () => {
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
        state: { kind: 'unconfirmed', ending: 'missing', failure: 'not-found' },
        whenToReadStored: 'on-change',
      },
    ]);
  });
});
