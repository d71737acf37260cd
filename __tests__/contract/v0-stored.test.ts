import { describe, expect, test } from '@jest/globals';

import { v0Api } from '../../src/openhands/v0/api.ts';
import type { PendingWork } from '../../src/port/api.ts';
import { containsMessage, type MessageCursor } from '../../src/port/conversation.ts';
import { rejection, testClient } from '../support/client.ts';
import { nock } from '../support/offline.ts';

const ORIGIN = 'https://openhands.test';
const ID = 'abc';
const PATH = `/api/conversations/${ID}`;
const never = new AbortController().signal;

const state = (id: number, agent_state: string): object => ({
  id,
  source: 'environment',
  observation: 'agent_state_changed',
  extras: { agent_state },
});
const message = (id: number, text = `it is ${id}`, source = 'user'): object => ({
  id,
  source,
  action: 'message',
  args: { content: text },
});
const step = (id: number): object => ({ id, source: 'agent', action: 'run', message: 'Running it' });

function events(limit: number, items: readonly object[], more = false): void {
  nock(ORIGIN)
    .get(`${PATH}/events?reverse=true&limit=${limit}`)
    .reply(200, { events: items, has_more: more });
}

async function phase(messageCursor?: MessageCursor): Promise<string | undefined> {
  return (await v0Api(testClient(ORIGIN)).readStored(ID, never, messageCursor && { messageCursor }))?.phase;
}

describe('the state in the stored events of V0', () => {
  test.each<[string, readonly object[], string | undefined]>([
    ['an event has it', [state(3, 'finished'), message(1)], 'agent finished'],
    ['it has not changed since the newest message of a user', [message(3), state(2, 'finished')], undefined],
    [
      'it has changed since that message',
      [state(4, 'running'), message(3), state(2, 'finished')],
      'agent running',
    ],
    [
      'the server has closed a conversation that had ended',
      [state(3, 'stopped'), state(2, 'finished')],
      'agent finished',
    ],
    [
      'the server has closed a conversation before the agent began',
      [state(4, 'stopped'), message(3), state(2, 'finished')],
      'agent stopped',
    ],
    ['no event has it', [step(1)], undefined],
  ])('is read if %s', async (_, items, expected) => {
    events(20, items);
    expect(await phase()).toBe(expected);
  });

  test('is "running" if the newest events are all work', async () => {
    events(20, [step(9), step(8)], true);
    expect(await phase()).toBe('agent running');
  });

  test('is unknown until the message after the cursor is stored', async () => {
    events(20, [state(4, 'stopped'), message(3), state(2, 'finished')]);
    expect(await phase({ lastMessage: '3' })).toBeUndefined();
  });

  test('is the newest after that message', async () => {
    events(20, [state(6, 'error'), message(5), state(4, 'finished'), message(3)]);
    expect(await phase({ lastMessage: '3' })).toBe('agent error');
  });

  test('is "missing" if the server no longer knows the conversation', async () => {
    nock(ORIGIN).get(`${PATH}/events`).query(true).reply(404, { detail: 'Conversation abc not found' });
    expect(await v0Api(testClient(ORIGIN)).readStored(ID, never)).toEqual({
      phase: 'conversation not found',
      state: { kind: 'unconfirmed', ending: 'missing', failure: 'not-found' },
    });
  });
});

describe('whether a message of V0 has arrived', () => {
  const arrived = async (): Promise<boolean> =>
    containsMessage(
      'And now?',
      { lastMessage: '1' },
      (await v0Api(testClient(ORIGIN)).readMessages(ID, never)).said,
    );

  test('depends on its text, in the messages of users after the cursor', async () => {
    events(100, [message(3, 'And now?'), message(1)]);
    expect(await arrived()).toBe(true);
    events(100, [message(4, 'And now?', 'agent'), message(3, 'Deploy it'), message(1, 'And now?')]);
    expect(await arrived()).toBe(false);
    events(100, [{ id: 3, source: 'user', action: 'message', message: 'And now?' }, message(1)]);
    expect(await arrived()).toBe(true);
  });

  test('is known also if the agent has done a lot since', async () => {
    const work = Array.from({ length: 100 }, (_, index) => step(103 - index));
    nock(ORIGIN)
      .get(`${PATH}/events`)
      .query({ reverse: 'true', limit: '100' })
      .reply(200, { events: work, has_more: true });
    nock(ORIGIN)
      .get(`${PATH}/events`)
      .query({ reverse: 'true', limit: '100', end_id: '3' })
      .reply(200, { events: [message(3, 'And now?'), message(1)] });
    expect(await arrived()).toBe(true);
  });
});

test('the answers of V0 are what the agent has said, newest first', async () => {
  const finish = { id: 7, source: 'agent', action: 'finish', args: { final_thought: 'b' } };
  events(100, [step(8), finish, message(6), step(5), message(4, 'a', 'agent'), message(3)]);
  expect(await v0Api(testClient(ORIGIN)).readAnswers(ID, never)).toEqual(['b', 'a']);
});

describe('a stop of V0', () => {
  const stop = async (pendingWork?: PendingWork): Promise<unknown> =>
    v0Api(testClient(ORIGIN)).stop(ID, never, { pendingWork });

  test.each<[string | null, PendingWork | undefined, string]>([
    ['RUNNING', undefined, 'stopped'],
    ['STARTING', 'start', 'stopped'],
    [null, 'later', 'stopped'],
    ['STOPPED', undefined, 'not-running'],
    // A conversation is called stopped until its runtime is registered, and cannot be stopped then.
    ['STOPPED', 'start', 'not-begun'],
    ['STOPPED', 'later', 'not-begun'],
  ])(
    'of a conversation that was %s, with pending work %j, is reported as %s',
    async (before, pendingWork, expected) => {
      nock(ORIGIN).post(`${PATH}/stop`, {}).reply(200, { status: 'ok', conversation_status: before });
      expect(await stop(pendingWork)).toBe(expected);
    },
  );
});

test('an answer about another conversation is refused', async () => {
  nock(ORIGIN).get(PATH).reply(200, { conversation_id: 'xyz', status: 'RUNNING' });
  expect(await rejection(v0Api(testClient(ORIGIN)).look([ID], never))).toMatchObject({
    problem: { because: expect.stringContaining('a different id than the one asked for') },
  });
});

test.each([
  ['a stop', '/stop', async () => v0Api(testClient(ORIGIN)).stop(ID, never)],
  ['a start', '/start', async () => v0Api(testClient(ORIGIN)).resume(ID, never)],
] as const)('an answer about %s of another conversation is refused', async (_, path, ask) => {
  nock(ORIGIN).post(`${PATH}${path}`).reply(200, { status: 'ok', conversation_id: 'xyz' });
  expect(await rejection(ask())).toMatchObject({
    problem: { because: expect.stringContaining('a different id than the one asked for') },
  });
});
