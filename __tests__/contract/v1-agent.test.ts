import { describe, expect, test } from '@jest/globals';

import { v1Api } from '../../src/openhands/v1/api.ts';
import type { ConversationApi } from '../../src/port/api.ts';
import { failureOf, testClient } from '../support/client.ts';
import { nock, unexpectedRequests } from '../support/offline.ts';
import { said } from '../support/said.ts';
import { AGENT, answerEvents, answerLook, ID, messageEvent, ORIGIN } from './v1-server.ts';

const PATH = '/api/v1/app-conversations';
const DONE = { success: true };
const never = new AbortController().signal;

const api = (origin = ORIGIN): ConversationApi => v1Api(testClient(origin));

describe('a message to a V1 agent', () => {
  const MESSAGE = { role: 'user', content: [{ type: 'text', text: 'And now?' }], run: true };
  const sending = (status: number, body?: nock.Body): void => {
    nock(ORIGIN).post(`${PATH}/${ID}/send-message`, MESSAGE).reply(status, body);
  };
  const send = async (): Promise<unknown> => api().send(ID, said('And now?'), never);

  test('may not be delivered if the server does not say so', async () => {
    sending(200, {});
    expect(await failureOf(send())).toMatchObject({
      problem: { failedTo: 'send the message' },
      mayHaveActed: true,
    });
  });

  test.each([
    [{ success: false, message: 'the agent is busy' }, 'the agent is busy'],
    [{ success: false }, 'the server gives no reason'],
  ])('is refused if the server says that it is not delivered: %j', async (body, reason) => {
    sending(200, body);
    expect(await send()).toEqual({ kind: 'refused', reason });
  });

  test('is answered with "paused" if the sandbox does not run', async () => {
    sending(409, { detail: 'Sandbox is not running' });
    expect(await send()).toEqual({ kind: 'sandbox-paused' });
  });

  test.each([
    [404, 'unavailable'],
    [410, 'archived'],
  ])('is refused with HTTP %d if its conversation is gone: "%s"', async (status, kind) => {
    sending(status, { detail: 'Conversation not found' });
    expect(await send()).toEqual({ kind, reason: `HTTP ${status}: Conversation not found` });
  });
});

describe('the sandbox of a V1 conversation', () => {
  test.each([
    [
      { sandbox_status: 'PAUSED', execution_status: null },
      { kind: 'paused', handle: 's-1' },
    ],
    [{ sandbox_status: 'RUNNING' }, { kind: 'running', handle: 's-1' }],
    [
      { sandbox_status: 'RUNNING', execution_status: null },
      { kind: 'starting', handle: 's-1' },
    ],
    [{ sandbox_status: 'MISSING' }, { kind: 'unavailable', reason: 'its sandbox is missing' }],
    [{ sandbox_status: null }, { kind: 'unavailable', reason: 'its sandbox is missing' }],
    [null, { kind: 'unavailable', reason: 'the server does not list the conversation' }],
  ])('with %j is %j', async (more, sandbox) => {
    answerLook(more);
    expect(await api().readSandbox(ID, never)).toMatchObject(sandbox);
  });
});

describe('running a V1 agent', () => {
  const running = (status: number, body: object = DONE): nock.Scope =>
    nock(AGENT, { reqheaders: { 'x-session-api-key': 'session-key-0001' }, badheaders: ['authorization'] })
      .post('/api/conversations/1/run')
      .reply(status, body);
  const run = async (hasPendingWork = false): Promise<void> => api().run(ID, never, hasPendingWork);

  test('takes nothing in the answer of the agent for a key', async () => {
    answerLook({ execution_status: 'paused' });
    running(200, { ...DONE, session_api_key: 'session-key-of-nobody' });
    const client = testClient(ORIGIN);
    await v1Api(client).run(ID, never, false);
    expect(client.secrets).toContain('session-key-0001');
    expect(client.secrets).not.toContain('session-key-of-nobody');
  });

  test.each(['paused', 'error'])('is requested if it is %s', async (execution) => {
    answerLook({ execution_status: execution });
    const asked = running(200);
    await run();
    expect(asked.isDone()).toBe(true);
  });

  test.each([
    { execution_status: 'idle' },
    { execution_status: 'finished' },
    { execution_status: null },
    null,
  ])('is not requested if it should not run: %j', async (more) => {
    answerLook(more);
    await run();
    expect(unexpectedRequests()).toEqual([]);
  });

  test.each(['idle', 'finished'])('is requested if it is %s and has a pending message', async (execution) => {
    answerLook({ execution_status: execution });
    const asked = running(200);
    await run(true);
    expect(asked.isDone()).toBe(true);
  });

  test.each(['stuck', 'waiting_for_confirmation', 'running'])(
    'is not requested if it is %s, also with a pending message',
    async (execution) => {
      answerLook({ execution_status: execution });
      await run(true);
      expect(unexpectedRequests()).toEqual([]);
    },
  );

  test('is done if another client was faster', async () => {
    answerLook({ execution_status: 'paused' });
    running(409, { detail: 'already running' });
    await expect(run()).resolves.toBeUndefined();
  });

  test('is requested at the host of the server over HTTP if that host needs no proxy', async () => {
    const local = 'http://127.0.0.2:3000';
    answerLook({ execution_status: 'paused', conversation_url: 'http://127.0.0.2:8000/1' }, local);
    const asked = nock('http://127.0.0.2:8000').post('/1/run').reply(200, DONE);
    await api(local).run(ID, never, false);
    expect(asked.isDone()).toBe(true);
  });

  test.each(['http://agent.test/1', 'http://127.0.0.2:8000/1', 'http://server.localhost:8000/1'])(
    'is not requested elsewhere over HTTP, where a proxy could read the key: %s',
    async (url) => {
      const local = 'http://localhost:3000';
      answerLook({ execution_status: 'paused', conversation_url: url }, local);
      const { problem } = await failureOf(api(local).run(ID, never, false));
      expect(problem.because).toContain('the server gives no safe address for it');
      expect(unexpectedRequests()).toEqual([]);
    },
  );
});

describe('the account of the API key', () => {
  test.each([
    [{ id: 'account-1' }, 'account-1'],
    [{ id: 'account-1', org_id: 'org-2' }, 'account-1/org-2'],
    [{ id: 'account-1', org_id: null }, 'account-1'],
    [{ id: 7 }, '7'],
    [{ id: null }, ''],
    [{ id: 'account-1', sandbox_grouping_strategy: 'NO_GROUPING' }, 'account-1'],
    [{ id: 'account-1', sandbox_grouping_strategy: 7 }, 'account-1'],
  ])('in %j is "%s"', async (body, account) => {
    nock(ORIGIN).get('/api/v1/users/me').reply(200, body);
    expect(await api().readAccount(never)).toEqual({ id: account });
  });

  test('tells how its conversations share sandboxes', async () => {
    const body = { id: 'account-1', sandbox_grouping_strategy: 'ADD_TO_ANY' };
    nock(ORIGIN).get('/api/v1/users/me').reply(200, body);
    expect(await api().readAccount(never)).toEqual({ id: 'account-1', grouping: 'ADD_TO_ANY' });
  });

  test('is never guessed: it decides which conversation a key means', async () => {
    nock(ORIGIN).get('/api/v1/users/me').reply(200, { name: 'octo' });
    expect((await failureOf(api().readAccount(never))).problem.because).toContain(
      'not what the API describes: id',
    );
  });
});

describe('the cursor of a message to a V1 agent', () => {
  test.each([
    [
      'the message is not stored yet',
      [messageEvent('a1', 'agent'), messageEvent('u1')],
      { lastMessage: 'u1' },
    ],
    ['nothing is stored yet', [], {}],
  ])('leaves the result open if %s', async (_, items, messageCursor) => {
    answerEvents({ kind__eq: 'MessageEvent', limit: '100' }, items);
    expect(await api().readStoredEnd(ID, never, { messageCursor })).toEqual({
      complete: false,
      awaitsMessage: true,
    });
  });
});
