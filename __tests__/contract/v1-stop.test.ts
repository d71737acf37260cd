import { describe, expect, test } from '@jest/globals';

import { v1Api } from '../../src/openhands/v1/api.ts';
import type { PendingWork } from '../../src/port/api.ts';
import { rejection, testClient } from '../support/client.ts';
import { nock, unexpectedRequests } from '../support/offline.ts';
import { AGENT, answerLook, ID, ORIGIN } from './v1-server.ts';

const PATH = '/api/v1/app-conversations';
const OTHER = '0e96f9b0c5a94d4f8a3f2ddcb1f7a001';
const never = new AbortController().signal;
/** By the clock of {@link testClient}. */
const HALF_AN_HOUR_AGO = '2026-11-23T23:30:00.000';

const stop = async (pendingWork?: PendingWork): Promise<unknown> =>
  v1Api(testClient(ORIGIN)).stop(ID, never, { pendingWork });

/** Sets up an answer to a look at the conversation. */
function listing(sandbox: string | null, execution: string | null): void {
  answerLook({ sandbox_status: sandbox, execution_status: execution });
}

/** Sets up which conversations share the sandbox, and which starts there are, in which sandbox and state. */
function sharing(
  neighbors: readonly string[] = [],
  starts: readonly {
    readonly of: string | null;
    readonly sandbox: string | null;
    readonly status: string;
  }[] = [],
): void {
  nock(ORIGIN)
    .get(`${PATH}/search?sandbox_id__eq=s-1&include_sub_conversations=true&limit=2`)
    .reply(200, { items: [ID, ...neighbors].map((id) => ({ id })) });
  const own = { of: ID, sandbox: 's-1', status: 'READY' };
  const items = [...starts, own].map(({ of, sandbox, status }) => ({
    id: OTHER,
    status,
    sandbox_id: sandbox,
    ...(status === 'READY' && { app_conversation_id: of }),
    request: { conversation_id: of },
  }));
  nock(ORIGIN)
    .get(`${PATH}/start-tasks/search`)
    .query({ sort_order: 'CREATED_AT_DESC', limit: '100', created_at__gte: HALF_AN_HOUR_AGO })
    .reply(200, { items });
}

const pausing = (): nock.Scope =>
  nock(ORIGIN).post('/api/v1/sandboxes/s-1/pause').reply(200, { success: true });
/** A request to the agent server, which must have its own key only. */
const atAgent = (request: 'interrupt' | 'pause'): nock.Interceptor =>
  nock(AGENT, {
    reqheaders: { 'x-session-api-key': 'session-key-0001' },
    badheaders: ['authorization'],
  }).post(`/api/conversations/1/${request}`);
const interrupting = (): nock.Scope => atAgent('interrupt').reply(200, { success: true });

describe('an agent in a sandbox of its own', () => {
  test.each([
    ['RUNNING', 'running'],
    ['RUNNING', null],
    ['STARTING', null],
    // The server calls a busy sandbox broken, although the agent continues.
    ['ERROR', null],
    // A restarted server calls sandboxes missing in which agents continue.
    ['MISSING', null],
    [null, null],
    // In an unknown state it may be at work.
    ['RUNNING', 'dreaming'],
    ['FROZEN', null],
  ])('is stopped by a pause of the sandbox: %s and %s', async (sandbox, execution) => {
    listing(sandbox, execution);
    sharing();
    pausing();
    expect(await stop()).toBe('stopped');
  });

  test.each([
    ['RUNNING', 'finished'],
    ['RUNNING', 'paused'],
    ['PAUSED', null],
  ])('that is not running is left alone: %s and %s', async (sandbox, execution) => {
    listing(sandbox, execution);
    expect(await stop()).toBe('not-running');
  });
});

describe('an agent whose conversation the server does not list', () => {
  const unlisted = (...statuses: readonly string[]): void => {
    answerLook(null);
    const items = statuses.map((status, index) => ({
      id: OTHER,
      status,
      sandbox_id: status === 'WORKING' ? null : `s-${index + 1}`,
      request: { conversation_id: ID },
    }));
    nock(ORIGIN).get(`${PATH}/start-tasks/search?sort_order=CREATED_AT_DESC&limit=100`).reply(200, { items });
  };

  test('is stopped by a pause of the sandbox that its start names', async () => {
    unlisted('READY');
    sharing();
    pausing();
    expect(await stop()).toBe('stopped');
  });

  test('is stopped in the sandbox of a failed start only if there is no other', async () => {
    unlisted('ERROR');
    sharing();
    pausing();
    expect(await stop()).toBe('stopped');
  });

  test('is left alone in a sandbox that runs other conversations, too', async () => {
    unlisted('READY');
    sharing([OTHER]);
    expect(await stop()).toBe('shared');
  });

  test.each([['there is no start'], ['the start has no sandbox yet', 'WORKING']])(
    'cannot be stopped if %s',
    async (_, ...statuses) => {
      unlisted(...statuses);
      expect(await stop()).toBe('not-listed');
    },
  );
});

describe('an agent with pending work', () => {
  test.each(['finished', 'paused', 'error'])('is stopped although it is %s', async (execution) => {
    listing('RUNNING', execution);
    sharing();
    pausing();
    expect(await stop('later')).toBe('stopped');
  });

  test.each([null, 'finished'])(
    'is reported as paused if its sandbox is paused: it may be resumed later, with %s',
    async (execution) => {
      listing('PAUSED', execution);
      expect(await stop('later')).toBe('paused');
    },
  );

  test.each(['finished', 'error', 'stuck', 'waiting_for_confirmation'])(
    'that is the message of its start has ended with that: %s',
    async (execution) => {
      listing('RUNNING', execution);
      expect(await stop('start')).toBe('not-running');
    },
  );

  test('is not running if its sandbox is missing', async () => {
    listing('MISSING', 'finished');
    expect(await stop('later')).toBe('not-running');
  });
});

describe('an agent that shares its sandbox', () => {
  test('is interrupted, and the sandbox is not paused', async () => {
    listing('RUNNING', 'running');
    sharing([OTHER]);
    interrupting();
    expect(await stop()).toBe('stopped');
  });

  test('is paused if its older agent server cannot interrupt', async () => {
    listing('RUNNING', 'running');
    sharing([OTHER]);
    atAgent('interrupt').reply(404, { detail: 'Not Found' });
    atAgent('pause').reply(200, { success: true });
    expect(await stop()).toBe('stopped');
  });

  test.each([
    ['idle', 'not-begun'],
    ['finished', 'ended'],
    ['paused', 'paused'],
  ])('may still begin after the interrupt if it was %s: %s', async (execution, answer) => {
    listing('RUNNING', execution);
    sharing([OTHER]);
    interrupting();
    expect(await stop('later')).toBe(answer);
  });

  test.each([
    ['a conversation', OTHER],
    ['a conversation of an id that the server will choose', null],
  ])('with %s that is about to begin is interrupted, and the sandbox is not paused', async (_, of) => {
    listing('RUNNING', 'running');
    sharing([], [{ of, sandbox: 's-1', status: 'PREPARING_REPOSITORY' }]);
    interrupting();
    expect(await stop()).toBe('stopped');
  });

  test('with a start of the last half hour that is ready is interrupted: its conversation may not be listed yet', async () => {
    listing('RUNNING', 'running');
    sharing([], [{ of: OTHER, sandbox: 's-1', status: 'READY' }]);
    interrupting();
    expect(await stop()).toBe('stopped');
  });

  test.each([
    ['another start of its own', { of: ID, sandbox: 's-1', status: 'STARTING_CONVERSATION' }],
    ['a start in another sandbox', { of: OTHER, sandbox: 's-2', status: 'WORKING' }],
    ['a start without a sandbox', { of: OTHER, sandbox: null, status: 'WORKING' }],
    ['a start that failed', { of: OTHER, sandbox: 's-1', status: 'ERROR' }],
  ])('does not really share it with %s: the sandbox is paused', async (_, start) => {
    listing('RUNNING', 'running');
    sharing([], [start]);
    pausing();
    expect(await stop()).toBe('stopped');
  });

  test('is not assumed if starts cannot be read: the sandbox is paused, so that no agent continues', async () => {
    listing('RUNNING', 'running');
    nock(ORIGIN)
      .get(`${PATH}/search`)
      .query(true)
      .reply(200, { items: [{ id: ID }] });
    nock(ORIGIN).get(`${PATH}/start-tasks/search`).query(true).reply(403, { detail: 'no' });
    pausing();
    expect(await stop()).toBe('stopped');
  });
});

const REFUSALS: readonly (readonly [string, number, nock.Body])[] = [
  ...[403, 409, 429, 503].map((status) => [`HTTP ${status}`, status, { detail: 'no' }] as const),
  ['broken JSON', 200, '{"succ'],
  ['JSON of another shape', 200, { done: 'perhaps' }],
];

describe('an agent whose sandbox cannot be paused', () => {
  const soon = async (pendingWork?: PendingWork): Promise<unknown> =>
    v1Api(testClient(ORIGIN)).stop(ID, never, { pendingWork, timeoutMs: 1_000 });

  test.each(REFUSALS)('is interrupted if the check for sharing fails: %s', async (_, status, body) => {
    listing('RUNNING', 'running');
    nock(ORIGIN).get(`${PATH}/search`).query(true).reply(status, body);
    nock(ORIGIN).get(`${PATH}/start-tasks/search`).query(true).reply(200, { items: [] });
    interrupting();
    expect(await soon()).toBe('stopped');
  });

  test.each(REFUSALS)('is interrupted if the pause is refused: %s', async (_, status, body) => {
    listing('RUNNING', 'running');
    sharing();
    nock(ORIGIN).post('/api/v1/sandboxes/s-1/pause').reply(status, body);
    interrupting();
    expect(await soon()).toBe('stopped');
  });

  test('may still begin after the interrupt', async () => {
    listing('RUNNING', 'idle');
    sharing();
    nock(ORIGIN).post('/api/v1/sandboxes/s-1/pause').reply(403, { detail: 'no' });
    interrupting();
    expect(await soon('later')).toBe('not-begun');
  });

  test('fails with why the pause was refused if the interrupt is refused, too', async () => {
    listing('RUNNING', 'running');
    sharing();
    nock(ORIGIN).post('/api/v1/sandboxes/s-1/pause').reply(403, { detail: 'not yours' });
    nock(AGENT).post('/api/conversations/1/interrupt').reply(401, { detail: 'no' });
    expect(await rejection(soon())).toMatchObject({ problem: { because: 'HTTP 403: not yours' } });
  });
});

describe('an unneeded sandbox', () => {
  const halt = async (): Promise<void> => v1Api(testClient(ORIGIN)).pause('s-1', ID, never);

  test('is paused', async () => {
    sharing();
    const paused = pausing();
    await halt();
    expect(paused.isDone()).toBe(true);
  });

  test('is left running if another conversation is in it', async () => {
    sharing([OTHER]);
    await halt();
    expect(unexpectedRequests()).toEqual([]);
  });
});

test('an answer about another conversation is refused, and nothing is stopped', async () => {
  answerLook({ id: OTHER, sandbox_id: 's-2' });
  expect(await rejection(stop())).toMatchObject({
    problem: {
      failedTo: 'read the status of the conversation',
      because: expect.stringContaining('a different id than the one asked for'),
    },
  });
});

test('an answer about another sandbox is refused, and the sandbox is not paused', async () => {
  nock(ORIGIN)
    .get(`${PATH}/search`)
    .query(true)
    .reply(200, { items: [{ id: ID, sandbox_id: 's-2' }] });
  nock(ORIGIN).get(`${PATH}/start-tasks/search`).query(true).reply(200, { items: [] });
  const paused = nock(ORIGIN).post('/api/v1/sandboxes/s-1/pause').reply(200, { success: true });
  await rejection(v1Api(testClient(ORIGIN)).pause('s-1', ID, never));
  expect(paused.isDone()).toBe(false);
  nock.cleanAll();
});
