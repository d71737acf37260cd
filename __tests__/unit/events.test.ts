import { describe, expect, test } from '@jest/globals';

import type { AgentFault, Result } from '../../src/conversation/conversation.ts';
import * as v0 from '../../src/openhands/v0/events.ts';
import * as v1 from '../../src/openhands/v1/events.ts';
import { stateOf } from '../../src/openhands/v1/states.ts';

async function* newestFirst<T>(events: readonly T[]): AsyncGenerator<T> {
  await Promise.resolve();
  yield* events;
}

describe('the states of V1', () => {
  test.each([
    ['ERROR', 'error'],
    ['MISSING', 'missing'],
  ] as const)('sandbox %s may pass, and else it is %s', (sandbox, ending) => {
    expect(stateOf(sandbox, undefined).state).toMatchObject({ kind: 'doubtful', ending });
  });

  test.each([
    ['STARTING', undefined, 'unclear', 'never'],
    ['RUNNING', undefined, 'unclear', 'on-change'],
    ['RUNNING', 'idle', 'active', 'never'],
    ['RUNNING', 'running', 'active', 'never'],
    ['RUNNING', 'paused', 'paused', 'never'],
    ['RUNNING', 'constructor', 'unrecognized', 'never'],
    ['PAUSED', undefined, 'paused', 'on-change'],
    ['PAUSED', 'running', 'paused', 'on-change'],
    ['MISSING', undefined, 'doubtful', 'on-change'],
    ['ERROR', undefined, 'doubtful', 'on-change'],
    ['FROZEN', undefined, 'unrecognized', 'on-change'],
  ] as const)('sandbox %s, agent %s: %s, events %s', (sandbox, execution, kind, consult) => {
    expect(stateOf(sandbox, execution)).toMatchObject({ state: { kind }, consult });
  });

  test.each([
    ['RUNNING', 'waiting_for_confirmation', 'needs-input'],
    ['RUNNING', 'finished', 'finished'],
    ['RUNNING', 'error', 'error'],
    ['RUNNING', 'stuck', 'stuck'],
    ['RUNNING', 'deleting', 'missing'],
    ['PAUSED', 'finished', 'finished'],
  ] as const)('sandbox %s, agent %s: ended as %s', (sandbox, execution, ending) => {
    expect(stateOf(sandbox, execution).state).toMatchObject({ kind: 'ended', ending });
  });
});

const V1_FINISH = {
  kind: 'ActionEvent',
  source: 'agent',
  tool_name: 'finish',
  action: { kind: 'FinishAction', message: 'All fixed' },
};
const v1Message = (text: string, source = 'agent'): { kind: string } & Record<string, unknown> => ({
  kind: 'MessageEvent',
  source,
  llm_message: {
    role: 'assistant',
    content: [
      { type: 'text', text },
      { type: 'image', image_urls: [] },
    ],
  },
});
const v1State = (value: unknown, key = 'execution_status'): { kind: string } & Record<string, unknown> => ({
  kind: 'ConversationStateUpdateEvent',
  key,
  value,
});
const V1_ERROR = {
  kind: 'ConversationErrorEvent',
  source: 'environment',
  code: 'LLMBadRequest',
  detail: 'no credits',
};

describe('what V1 events say', () => {
  test.each<[string, readonly v1.Event[], Result]>([
    ['the message of a finish', [V1_FINISH, v1Message('earlier')], { complete: true, answer: 'All fixed' }],
    [
      'a plain message, once its end is told',
      [v1State('finished'), v1Message('42')],
      { complete: true, answer: '42' },
    ],
    [
      'a plain message that may not be the last',
      [v1Message('I will look')],
      { complete: false, answer: 'I will look' },
    ],
    [
      'the end in a full copy of the state',
      [v1State({ execution_status: 'finished' }, 'full_state')],
      { complete: true },
    ],
    [
      'not what people or the environment say',
      [v1Message('x', 'user'), v1Message('y', 'environment')],
      { complete: false },
    ],
    ['not a message without text', [v1Message(' '), v1Message('42')], { complete: false, answer: '42' }],
    [
      'why it failed',
      [v1State('error'), V1_ERROR, v1Message('working on it')],
      { complete: true, reason: 'LLMBadRequest: no credits', fault: 'model', answer: 'working on it' },
    ],
    [
      'no reason before it is stored: an error is not complete without',
      [v1State('error')],
      { complete: false },
    ],
    [
      'not the reason of an earlier failure',
      [v1State('error'), v1State('running'), V1_ERROR, v1State('error')],
      { complete: false },
    ],
    ['nothing of kinds that nobody knows', [{ kind: 'DreamEvent' }], { complete: false }],
  ])('%s', async (_, events, result) => {
    expect(await v1.resultIn(newestFirst(events))).toEqual(result);
  });

  test.each<[AgentFault, string, string | undefined]>([
    ['model-key', 'Any', 'auth'],
    ['model-credit', 'Any', 'quota'],
    ['model-limit', 'Any', 'rate_limit'],
    ['model', 'LLMBadRequestError', 'config'],
    ['model-name', 'NotFoundError', 'config'],
    ['agent', 'LibTmuxException', 'config'],
    ['model-service', 'Any', 'transient'],
    ['agent', 'LLMAny', 'agent_action'],
    ['server', 'Any', 'internal'],
    ['model', 'LLMAny', 'unknown'],
    ['agent', 'Any', 'of-tomorrow'],
    ['model-key', 'LLMAuthenticationError', undefined],
    ['model-limit', 'LLMRateLimitError', undefined],
    ['model-name', 'NotFoundError', undefined],
    ['model-service', 'LLMTimeoutError', undefined],
    ['model', 'APIError', undefined],
    ['agent', 'MaxIterationsReached', undefined],
  ])('the fault %s of the code %s, classified as %s', async (fault, code, kind) => {
    const classification = kind === undefined ? null : { kind, retryable: false };
    const found = await v1.resultIn(newestFirst([{ ...V1_ERROR, code, classification }]));
    expect(found.fault).toBe(fault);
  });

  test('reads no further than to the answer', async () => {
    let read = 0;
    async function* counting(): AsyncGenerator<v1.Event> {
      for (const event of [V1_FINISH, v1Message('earlier')]) {
        read += 1;
        yield await Promise.resolve(event);
      }
    }
    await v1.resultIn(counting());
    expect(read).toBe(1);
  });

  test.each([
    [v1State('running'), 'running'],
    [v1State({ execution_status: 'stuck' }, 'full_state'), 'stuck'],
    [v1State('running', 'agent_state'), undefined],
    [v1State({ execution_status: 'x' }, 'stats'), undefined],
    [V1_FINISH, undefined],
  ])('the status in %j is %s', (event, status) => {
    expect(v1.executionStatusIn(event)).toBe(status);
  });
});

const v0State = (state: string, reason?: string): v0.Event => ({
  id: 1,
  source: 'environment',
  observation: 'agent_state_changed',
  extras: { agent_state: state, ...(reason !== undefined && { reason }) },
});

describe('an agent that a restart of its server has cut off', () => {
  const status = (value: string): v1.Event => ({
    kind: 'ConversationStateUpdateEvent',
    key: 'execution_status',
    value,
  });
  const CUT_OFF = {
    kind: 'AgentErrorEvent',
    source: 'agent',
    tool_name: 'terminal',
    error: 'A restart occurred while this tool was in progress.',
    classification: { kind: 'internal', retryable: false },
  };
  const REASON = { reason: CUT_OFF.error, fault: 'server' };

  test('is in error for that', async () => {
    const events = newestFirst([CUT_OFF, status('error'), status('running')]);
    expect(await v1.resultIn(events)).toEqual({ complete: true, ...REASON });
  });

  test('is not, if it has gone on', async () => {
    const events = newestFirst([status('stuck'), status('running'), CUT_OFF, status('error')]);
    expect(await v1.resultIn(events)).toEqual({ complete: true });
  });

  test('is in error for what ended its conversation, if that is told, too', async () => {
    const { reason } = await v1.resultIn(newestFirst([CUT_OFF, { ...V1_ERROR }, status('error')]));
    expect(reason).not.toBe(CUT_OFF.error);
  });
});

describe('what V0 events say', () => {
  test.each([
    ['finished', 'finished'],
    ['error', 'error'],
    ['rejected', 'error'],
    ['awaiting_user_input', 'needs-input'],
    ['awaiting_user_confirmation', 'needs-input'],
    ['stopped', 'stopped'],
  ] as const)('agent state %s: ended as %s', (state, ending) => {
    expect(v0.lastStateIn([v0State(state), v0State('running')])?.state).toEqual({ kind: 'ended', ending });
  });

  test.each([
    ['loading', 'active'],
    ['running', 'active'],
    ['rate_limited', 'active'],
    ['paused', 'paused'],
    ['dreaming', 'unrecognized'],
  ] as const)('agent state %s: %s', (state, kind) => {
    expect(v0.lastStateIn([v0State(state)])?.state.kind).toBe(kind);
  });

  test.each(['finished', 'error', 'awaiting_user_input'])(
    '%s is not hidden by the stop that closes it',
    (state) => {
      expect(v0.lastStateIn([v0State('stopped'), v0State(state)])?.phase).toBe(
        `agent ${state.replaceAll('_', ' ')}`,
      );
    },
  );

  test('a stop while the agent runs is a stop', () => {
    const events = [v0State('stopped'), v0State('running'), v0State('finished')];
    expect(v0.lastStateIn(events)?.state).toEqual({ kind: 'ended', ending: 'stopped' });
  });

  test('other events say nothing of the state', () => {
    expect(
      v0.lastStateIn([
        { id: 3, observation: 'run', content: '' },
        { id: 2, action: 'run' },
      ]),
    ).toBeUndefined();
  });

  test.each<[string, readonly v0.Event[], Result]>([
    [
      'the thought of a finish',
      [{ source: 'agent', action: 'finish', message: 'shown', args: { final_thought: 'All fixed' } }],
      { complete: true, answer: 'All fixed' },
    ],
    [
      'the message of a finish without a thought',
      [{ source: 'agent', action: 'finish', message: 'Done', args: { final_thought: '' } }],
      { complete: true, answer: 'Done' },
    ],
    [
      'not the sentence that the oldest servers always say',
      [
        { source: 'agent', action: 'finish', message: "All done! What's next on the agenda?" },
        { source: 'agent', action: 'message', args: { content: '42' } },
      ],
      { complete: true, answer: '42' },
    ],
    [
      'not what people say',
      [{ source: 'user', action: 'message', args: { content: 'Do it' } }],
      { complete: true },
    ],
    [
      'the reason of an error',
      [v0State('error', 'out of credits')],
      { complete: true, reason: 'out of credits' },
    ],
    [
      'the last error of a tool, where the state gives no reason',
      [v0State('error', ''), { observation: 'error', content: 'no such file' }],
      { complete: true, reason: 'no such file' },
    ],
  ])('%s', async (_, events, result) => {
    expect(await v0.resultIn(newestFirst(events))).toEqual(result);
  });
});
