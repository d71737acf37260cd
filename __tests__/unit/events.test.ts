import { describe, expect, test } from '@jest/globals';

import type { AgentFault, Result } from '../../src/conversation/conversation.ts';
import * as v0 from '../../src/openhands/v0/events.ts';
import * as v1 from '../../src/openhands/v1/events.ts';
import { stateOf } from '../../src/openhands/v1/states.ts';

async function* newestFirst<T>(events: readonly T[]): AsyncGenerator<T> {
  await Promise.resolve();
  yield* events;
}

describe('the V1 status', () => {
  test.each([
    ['ERROR', 'error'],
    ['MISSING', 'missing'],
  ] as const)('sandbox %s is in doubt, and the conversation may end as %s', (sandbox, ending) => {
    expect(stateOf(sandbox, undefined).state).toMatchObject({ kind: 'unconfirmed', ending });
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
    ['MISSING', undefined, 'unconfirmed', 'on-change'],
    ['ERROR', undefined, 'unconfirmed', 'on-change'],
    ['FROZEN', undefined, 'unrecognized', 'on-change'],
  ] as const)(
    'sandbox %s with agent %s means the state %s, and events are read %s',
    (sandbox, execution, kind, consult) => {
      expect(stateOf(sandbox, execution)).toMatchObject({ state: { kind }, consult });
    },
  );

  test.each([
    ['RUNNING', 'waiting_for_confirmation', 'needs-input'],
    ['RUNNING', 'finished', 'finished'],
    ['RUNNING', 'error', 'error'],
    ['RUNNING', 'stuck', 'stuck'],
    ['RUNNING', 'deleting', 'missing'],
    ['PAUSED', 'finished', 'finished'],
  ] as const)('sandbox %s with agent %s means the end %s', (sandbox, execution, ending) => {
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

describe('the result in V1 events', () => {
  test.each<[string, readonly v1.Event[], Result]>([
    ['the message of a finish', [V1_FINISH, v1Message('earlier')], { complete: true, answer: 'All fixed' }],
    [
      'a plain message once the status is finished',
      [v1State('finished'), v1Message('42')],
      { complete: true, answer: '42' },
    ],
    [
      'incomplete after a plain message that may not be the last',
      [v1Message('I will look')],
      { complete: false, answer: 'I will look' },
    ],
    [
      'complete if a copy of the full state has finished',
      [v1State({ execution_status: 'finished' }, 'full_state')],
      { complete: true },
    ],
    [
      'without messages of people and of the environment',
      [v1Message('x', 'user'), v1Message('y', 'environment')],
      { complete: false },
    ],
    [
      'without messages that have no text',
      [v1Message(' '), v1Message('42')],
      { complete: false, answer: '42' },
    ],
    [
      'the reason of an error',
      [v1State('error'), V1_ERROR, v1Message('working on it')],
      { complete: true, reason: 'LLMBadRequest: no credits', fault: 'model', answer: 'working on it' },
    ],
    ['incomplete after an error until its reason is stored', [v1State('error')], { complete: false }],
    [
      'without the reason of an earlier error',
      [v1State('error'), v1State('running'), V1_ERROR, v1State('error')],
      { complete: false },
    ],
    ['without events of unknown kinds', [{ kind: 'DreamEvent' }], { complete: false }],
  ])('is %s', async (_, events, result) => {
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
  ])('has the fault %s for the code %s, classified as %s', async (fault, code, kind) => {
    const classification = kind === undefined ? null : { kind, retryable: false };
    const found = await v1.resultIn(newestFirst([{ ...V1_ERROR, code, classification }]));
    expect(found.fault).toBe(fault);
  });

  test.each<[AgentFault, string, string, string]>([
    ['model-credit', 'LLMRateLimitError', 'rate_limit', "{'code': 'insufficient_quota'}"],
    ['model-credit', 'APIError', 'transient', 'OpenAIException - Error code: 402 - Payment Required'],
    ['model-key', 'LLMServiceUnavailableError', 'transient', 'PermissionDeniedError: Error code: 403'],
    ['model-key', 'LLMServiceUnavailableError', 'transient', "Illegal header value b'Bearer '"],
    ['model-key', 'LLMServiceUnavailableError', 'transient', 'Missing credentials. Please pass an `api_key`'],
    [
      'model-key',
      'LLMServiceUnavailableError',
      'transient',
      'Missing Gemini API key. Set the GEMINI_API_KEY',
    ],
    ['model-key', 'NotFoundError', 'config', 'Project `p` does not have access to model `m`'],
    ['model', 'APIError', 'transient', 'litellm.APIError: APIError: OpenAIException - You are not allowed.'],
    ['model-service', 'LLMServiceUnavailableError', 'transient', 'The server had an error 403'],
    ['model-credit', 'LLMBadRequestError', 'config', 'OpenAIException - Insufficient Balance'],
    ['model-credit', 'LLMBadRequestError', 'config', 'Your credit balance is too low to access the API.'],
    [
      'model-credit',
      'LLMBadRequestError',
      'config',
      'AnthropicException - {"error": {"type": "billing_error"}}',
    ],
    [
      'model-credit',
      'LLMRateLimitError',
      'rate_limit',
      'You exceeded your current quota, please check your plan',
    ],
    [
      'model-limit',
      'LLMRateLimitError',
      'rate_limit',
      'You exceeded your current quota, please check your plan. Head to: https://ai.google.dev/gemini-api/docs/rate-limits.\nPlease retry in 20 s.',
    ],
    ['model-limit', 'LLMRateLimitError', 'rate_limit', 'Limit 403, requested 402'],
    ['agent', 'Any', 'agent_action', 'Error code: 402'],
  ])('has the fault %s for %s, classified as %s, by its words: %s', async (fault, code, kind, detail) => {
    const classification = { kind, retryable: true };
    const found = await v1.resultIn(newestFirst([{ ...V1_ERROR, code, detail, classification }]));
    expect(found.fault).toBe(fault);
  });
});

const v0State = (state: string, reason?: string): v0.Event => ({
  id: 1,
  source: 'environment',
  observation: 'agent_state_changed',
  extras: { agent_state: state, ...(reason !== undefined && { reason }) },
});

describe('the V0 events', () => {
  test.each([
    ['finished', 'finished'],
    ['error', 'error'],
    ['rejected', 'error'],
    ['awaiting_user_input', 'needs-input'],
    ['awaiting_user_confirmation', 'needs-input'],
    ['stopped', 'stopped'],
  ] as const)('with agent state %s mean the end %s', (state, ending) => {
    expect(v0.lastStateIn([v0State(state), v0State('running')])?.state).toEqual({ kind: 'ended', ending });
  });

  test.each([
    ['loading', 'active'],
    ['running', 'active'],
    ['rate_limited', 'active'],
    ['paused', 'paused'],
    ['dreaming', 'unrecognized'],
  ] as const)('with agent state %s mean the state %s', (state, kind) => {
    expect(v0.lastStateIn([v0State(state)])?.state.kind).toBe(kind);
  });

  test.each(['finished', 'error', 'awaiting_user_input'])(
    'with agent state %s keep it after the stop that closes the conversation',
    (state) => {
      expect(v0.lastStateIn([v0State('stopped'), v0State(state)])?.phase).toBe(
        `agent ${state.replaceAll('_', ' ')}`,
      );
    },
  );

  test('with a stop while the agent runs mean the end stopped', () => {
    const events = [v0State('stopped'), v0State('running'), v0State('finished')];
    expect(v0.lastStateIn(events)?.state).toEqual({ kind: 'ended', ending: 'stopped' });
  });

  test('without a change of state mean no state', () => {
    expect(
      v0.lastStateIn([
        { id: 3, observation: 'run', content: '' },
        { id: 2, action: 'run' },
      ]),
    ).toBeUndefined();
  });

  test.each<[string, readonly v0.Event[], Result]>([
    [
      'the final thought of a finish as the answer',
      [{ source: 'agent', action: 'finish', message: 'shown', args: { final_thought: 'All fixed' } }],
      { complete: true, answer: 'All fixed' },
    ],
    [
      'the message of a finish without a thought as the answer',
      [{ source: 'agent', action: 'finish', message: 'Done', args: { final_thought: '' } }],
      { complete: true, answer: 'Done' },
    ],
    [
      'an answer without the sentence that the oldest servers always add',
      [
        { source: 'agent', action: 'finish', message: "All done! What's next on the agenda?" },
        { source: 'agent', action: 'message', args: { content: '42' } },
      ],
      { complete: true, answer: '42' },
    ],
    [
      'no answer from messages of people',
      [{ source: 'user', action: 'message', args: { content: 'Do it' } }],
      { complete: true },
    ],
    [
      'the reason of an error',
      [v0State('error', 'out of credits')],
      { complete: true, reason: 'out of credits' },
    ],
    [
      'the last error of a tool if the state has no reason',
      [v0State('error', ''), { observation: 'error', content: 'no such file' }],
      { complete: true, reason: 'no such file' },
    ],
  ])('give %s', async (_, events, result) => {
    expect(await v0.resultIn(newestFirst(events))).toEqual(result);
  });
});
