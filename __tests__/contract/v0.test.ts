import { describe, expect, test } from '@jest/globals';

import { v0Api } from '../../src/openhands/v0/api.ts';
import type { ConversationApi } from '../../src/port/api.ts';
import type { StartRequest } from '../../src/port/assignment.ts';
import { locate } from '../../src/start/locate.ts';
import { testClient } from '../support/client.ts';
import { nock, sentBody, unexpectedRequests } from '../support/offline.ts';
import { published, publishedTest } from '../support/published.ts';
import { said } from '../support/said.ts';

const ORIGIN = 'https://openhands.test';
const PATH = '/api/conversations';
const ID = 'abc1234';
const never = new AbortController().signal;

const api = (): ConversationApi => v0Api(testClient(ORIGIN));
const one = (): nock.Interceptor => nock(ORIGIN).get(`${PATH}/${ID}`);
const showing = (status?: string): void => {
  one().reply(200, { conversation_id: ID, ...(status !== undefined && { status }) });
};
const unknownToServer = (): void => {
  one().reply(200, 'null', { 'content-type': 'application/json' });
};

interface Page {
  readonly events: readonly object[];
  readonly has_more?: boolean | null;
}

/** Sets up pages of events. `end_id` is the id at which each page but the first begins. */
function pages(limit: number, ...all: readonly (Page & { readonly end_id?: number })[]): void {
  for (const { end_id: end, ...page } of all) {
    nock(ORIGIN)
      .get(`${PATH}/${ID}/events`)
      .query({ reverse: 'true', limit: String(limit), ...(end !== undefined && { end_id: String(end) }) })
      .reply(200, { ...page });
  }
}

const message = (id: number, source: string): object => ({
  id,
  source,
  action: 'message',
  args: { content: `it is ${id}` },
});
const state = (id: number, agent_state: string): object => ({
  id,
  source: 'environment',
  observation: 'agent_state_changed',
  extras: { agent_state },
});

describe('the sandbox of a V0 conversation', () => {
  test.each([
    ['RUNNING', { kind: 'running', handle: ID }],
    ['DREAMING', { kind: 'starting', handle: ID }],
    ['STOPPED', { kind: 'paused', handle: ID }],
    [undefined, { kind: 'paused', handle: ID }],
    ['ARCHIVED', { kind: 'unavailable', reason: 'the conversation is archived' }],
  ])('is read from the status %s', async (status, sandbox) => {
    showing(status);
    expect(await api().readSandbox(ID, never)).toEqual(sandbox);
  });

  test('is unavailable if the server does not know the conversation', async () => {
    unknownToServer();
    expect(await api().readSandbox(ID, never)).toEqual({
      kind: 'unavailable',
      reason: 'the server does not know the conversation',
    });
  });

  test('is resumed by a start of the conversation', async () => {
    const start = nock(ORIGIN)
      .post(`${PATH}/${ID}/start`, { providers_set: null })
      .reply(200, { status: 'ok' });
    await api().resume(ID, never);
    expect(start.isDone()).toBe(true);
  });

  test('is paused by a stop of the conversation', async () => {
    const stop = nock(ORIGIN).post(`${PATH}/${ID}/stop`, {}).reply(200, { status: 'ok' });
    await api().pause(ID, ID, never);
    expect(stop.isDone()).toBe(true);
  });
});

describe('running a V0 agent', () => {
  test('sends a change of state if it is paused', async () => {
    pages(20, { events: [state(2, 'paused'), state(1, 'running')] });
    const change = nock(ORIGIN)
      .post(`${PATH}/${ID}/events`, { action: 'change_agent_state', args: { agent_state: 'running' } })
      .reply(200, { success: true });
    await api().run(ID, never, false);
    expect(change.isDone()).toBe(true);
  });

  test.each(['running', 'finished'])('sends nothing if it is %s', async (agent) => {
    pages(20, { events: [state(2, agent), state(1, 'paused')] });
    await api().run(ID, never, false);
    expect(unexpectedRequests()).toEqual([]);
  });
});

describe('the cursor of a message to a V0 agent', () => {
  test('is the newest message of a user, however far back', async () => {
    pages(
      100,
      { events: [state(7, 'finished'), message(6, 'agent')], has_more: true },
      { end_id: 5, events: [message(5, 'user'), message(3, 'user')], has_more: true },
    );
    expect(await api().readMessageCursor(ID, never)).toEqual({ lastMessage: '5' });
  });

  test.each([
    ['the message is not stored yet', [message(1, 'user')], { lastMessage: '1' }],
    ['nothing is stored yet', [], {}],
  ])('leaves the result open if %s', async (_, events, messageCursor) => {
    pages(100, { events, has_more: false });
    expect(await api().readStoredEnd(ID, never, { messageCursor })).toEqual({
      complete: false,
      awaitsMessage: true,
    });
  });

  test('separates the answer to the message from earlier ones, and says whether the agent is done', async () => {
    const before = [message(4, 'user'), state(3, 'finished'), message(2, 'agent'), message(1, 'user')];
    for (const [after, result] of [
      [[], { complete: false }],
      [[state(5, 'running')], { complete: false }],
      [[message(5, 'agent')], { complete: false, answer: 'it is 5' }],
      [[state(6, 'finished'), message(5, 'agent')], { complete: true, answer: 'it is 5' }],
    ] as const) {
      pages(100, { events: [...after, ...before] }, { events: [...after, ...before] });
      expect(await api().readStoredEnd(ID, never, { messageCursor: { lastMessage: '1' } })).toEqual(result);
    }
  });
});

describe('the events of a V0 conversation', () => {
  test.each<[string, Page & { readonly end_id?: number }]>([
    ['there are no more', { events: [state(7, 'running')], has_more: false }],
    ['a page is empty', { events: [], has_more: true }],
    ['a page ends with an event without an id', { events: [{ observation: 'run' }], has_more: true }],
    ['a page ends with the first event', { events: [state(0, 'running')], has_more: true }],
  ])('are read no further if %s', async (_, page) => {
    pages(100, page);
    expect(await api().readStoredEnd(ID, never)).toEqual({ complete: true });
  });

  test('are read back to the first', async () => {
    pages(
      100,
      { events: [state(1, 'running')], has_more: true },
      { end_id: 0, events: [message(0, 'agent')], has_more: true },
    );
    expect(await api().readStoredEnd(ID, never)).toEqual({ complete: true, answer: 'it is 0' });
  });
});

test('V0 lists no starts, and cannot tell whether one has led to a conversation', async () => {
  expect(await locate({ id: ID }, { api: api(), signal: never })).toEqual({ kind: 'unreported' });
  expect(await api().listStarts('recent', never)).toEqual([]);
  expect(await api().readStart(ID, never)).toEqual({ kind: 'unreported' });
});

describe('the answer to a V0 start', () => {
  const starting = (body: nock.Body): void => {
    nock(ORIGIN).post(PATH).reply(200, body);
  };
  const start = async (): Promise<unknown> => api().start({ id: 'chosen', message: said('Think') }, never);

  test.each([
    [{ status: 'error', conversation_id: ID }, 'the server answers with the status error'],
    [{ status: 'ok' }, 'the server answers with the status ok'],
    [{ status: 'ok', conversation_id: null, message: 'no room' }, 'no room'],
  ])('means a failed start: %j', async (body, reason) => {
    starting(body);
    expect(await start()).toEqual({ kind: 'failed', reason });
  });
});

const FULL: StartRequest = {
  id: 'chosen',
  message: said('Check the README'),
  workplace: { repository: 'octo/repo', branch: 'main', gitProvider: 'gitlab' },
};

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
    expect(await startBody({ id: 'chosen', message: said('Think') })).toEqual({ initial_user_msg: 'Think' });
  });

  publishedTest('fits the published description', async () => {
    expect(published('v0')('InitSessionRequest', await startBody(FULL))).toEqual([]);
  });
});

describe('a V0 look', () => {
  test('does not use a default title of the server', async () => {
    one().reply(200, { conversation_id: ID, title: 'Conversation 0a1b2', status: 'RUNNING' });
    const [seen] = await api().look([ID], never);
    expect(seen?.facts).toEqual({ pullRequests: [] });
  });

  test('reads null as "not found", in doubt', async () => {
    unknownToServer();
    expect(await api().look([ID], never)).toEqual([
      {
        phase: 'conversation not found',
        state: { kind: 'unconfirmed', ending: 'missing', failure: 'not-found' },
        whenToReadStored: 'on-change',
      },
    ]);
  });

  test('has a phase in words, also for a conversation without a status', async () => {
    showing('RUNNING');
    expect(await api().look([ID], never)).toMatchObject([{ phase: 'conversation running' }]);
    showing();
    expect(await api().look([ID], never)).toMatchObject([
      { phase: 'conversation stopped', state: { kind: 'unconfirmed', ending: 'stopped' } },
    ]);
  });
});
