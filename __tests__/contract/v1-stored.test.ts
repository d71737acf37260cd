import { describe, expect, test } from '@jest/globals';

import { v1Api } from '../../src/openhands/v1/api.ts';
import { containsMessage, type MessageCursor, type StoredState } from '../../src/port/conversation.ts';
import { testClient } from '../support/client.ts';
import { answerEvents, ID, messageEvent as message, ORIGIN, statusEvent as status } from './v1-server.ts';

const never = new AbortController().signal;
const MARK: MessageCursor = { lastMessage: 'u1' };

const fullState = (execution_status: string): object => ({
  kind: 'ConversationStateUpdateEvent',
  id: `full-${execution_status}`,
  key: 'full_state',
  value: { execution_status },
});
const STEP = { kind: 'TokenEvent', id: 'token' };

const messages = (...items: readonly object[]): void => {
  answerEvents({ kind__eq: 'MessageEvent', limit: '100' }, items);
};
const states = (...items: readonly object[]): void => {
  answerEvents({ kind__eq: 'ConversationStateUpdateEvent', limit: '20' }, items);
};

async function storedState(messageCursor?: MessageCursor): Promise<StoredState | undefined> {
  return v1Api(testClient(ORIGIN)).readStored(ID, never, messageCursor && { messageCursor });
}

describe('the state in the stored events of V1', () => {
  test.each([
    [[status('finished'), status('running')], { phase: 'agent finished' }],
    [[fullState('stuck'), status('running')], { phase: 'agent stuck' }],
    [[{ ...status('x'), key: 'stats', value: {} }, status('paused')], { phase: 'agent paused' }],
  ])('is the newest: %j', async (items, expected) => {
    states(...items);
    expect(await storedState()).toMatchObject(expected);
  });

  test('is unknown if no event has it', async () => {
    states();
    expect(await storedState()).toBeUndefined();
  });
});

describe('the state after a message in the stored events of V1', () => {
  test('is unknown after one request if the newest state is not an end', async () => {
    states(status('running'), status('finished'));
    expect(await storedState(MARK)).toBeUndefined();
    states();
    expect(await storedState(MARK)).toBeUndefined();
  });

  test('is unknown until the message is stored: all events belong to the message before', async () => {
    states(status('finished'));
    messages(message('a1', 'agent'), message('u1'));
    expect(await storedState(MARK)).toBeUndefined();
  });

  test('is unknown until an event after the message has one', async () => {
    states(status('finished'));
    messages(message('u2'), message('u1'));
    answerEvents({ limit: '50' }, [STEP, message('u2'), status('finished'), message('u1')]);
    expect(await storedState(MARK)).toBeUndefined();
  });

  test('is the newest after the message', async () => {
    states(status('error'), status('running'), status('finished'));
    messages(message('u2'), message('u1'));
    answerEvents({ limit: '50' }, [
      STEP,
      status('error'),
      status('running'),
      message('u2'),
      status('finished'),
    ]);
    expect(await storedState(MARK)).toMatchObject({ phase: 'agent error' });
  });

  test('is looked for on older pages if the newest events have none', async () => {
    states(status('finished'));
    messages(message('u2'), message('u1'));
    answerEvents({ limit: '50' }, [STEP, STEP], 'next');
    answerEvents({ limit: '50', page_id: 'next' }, [status('finished'), message('u2')]);
    expect(await storedState(MARK)).toMatchObject({ phase: 'agent finished' });
  });
});

test('the answers of V1 are what the agent has said, newest first, on all pages', async () => {
  const finish = { kind: 'ActionEvent', source: 'agent', action: { kind: 'FinishAction', message: 'b' } };
  answerEvents({ limit: '100' }, [status('finished'), finish, message('u2')], 'older');
  answerEvents({ limit: '100', page_id: 'older' }, [message('a1', 'agent', 'a'), STEP, message('u1')]);
  expect(await v1Api(testClient(ORIGIN)).readAnswers(ID, never)).toEqual(['b', 'a']);
});

test('only the first hundred events count if a server ignores the limit of a page', async () => {
  const said = Array.from({ length: 100 }, () => message('a1', 'agent', 'a'));
  answerEvents({ limit: '100' }, [...said, { id: 'no event' }]);
  expect(await v1Api(testClient(ORIGIN)).readAnswers(ID, never)).toHaveLength(100);
});

describe('whether a message of V1 has arrived', () => {
  const arrived = async (): Promise<boolean> =>
    containsMessage('And now?', MARK, (await v1Api(testClient(ORIGIN)).readMessages(ID, never)).said);

  test('depends on its text, in the messages of users after the cursor', async () => {
    messages(message('a2', 'agent', 'And now?'), message('u2', 'user', 'And now?'), message('u1'));
    expect(await arrived()).toBe(true);
    messages(message('a2', 'agent', 'And now?'), message('u2', 'user', 'Deploy it'), message('u1'));
    expect(await arrived()).toBe(false);
    messages(message('u1', 'user', 'And now?'));
    expect(await arrived()).toBe(false);
  });

  test('is assumed for a message without a text', async () => {
    messages({ kind: 'MessageEvent', id: 'u2', source: 'user' }, message('u1'));
    expect(await arrived()).toBe(true);
  });
});

test.each<[string, object, object]>([
  [
    'statistics',
    { key: 'stats', value: { usage_to_metrics: { agent: metrics(2), condenser: metrics(1) } } },
    used(3),
  ],
  [
    'a full copy of the state',
    { key: 'full_state', value: { stats: { usage_to_metrics: { agent: metrics(2) } } } },
    used(2),
  ],
  ['nothing if all is zero', { key: 'stats', value: { usage_to_metrics: { agent: metrics(0) } } }, {}],
  [
    'nothing if the metrics are not an object',
    { key: 'stats', value: { usage_to_metrics: { agent: 'much' } } },
    {},
  ],
])('cost and tokens are read from %s in the events', async (_, update, usage) => {
  answerEvents({ limit: '60' }, [{ kind: 'ConversationStateUpdateEvent', id: 's', ...update }]);
  expect((await v1Api(testClient(ORIGIN)).readSteps(ID, never)).usage).toEqual(usage);
});

function metrics(dollars: number): object {
  return {
    accumulated_cost: dollars,
    accumulated_token_usage: { prompt_tokens: dollars * 10, completion_tokens: dollars },
  };
}

function used(dollars: number): object {
  return { costUsd: dollars, tokens: { input: dollars * 10, cached: 0, output: dollars } };
}
