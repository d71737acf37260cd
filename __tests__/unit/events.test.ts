import { describe, expect, test } from '@jest/globals';

import * as v1 from '../../src/openhands/sdk/events.ts';
import { stateOf } from '../../src/openhands/sdk/states.ts';
import * as v0 from '../../src/openhands/v0/events.ts';
import type { AgentFault, StoredEnd } from '../../src/port/conversation.ts';

async function* newestFirst<T>(events: readonly T[]): AsyncGenerator<T> {
  await Promise.resolve();
  yield* events;
}

test.each([
  ['RUNNING', 'idle', 'active', 'never'],
  ['RUNNING', 'constructor', 'unrecognized', 'never'],
  ['FROZEN', undefined, 'unrecognized', 'on-change'],
] as const)(
  'V1: sandbox %s with agent %s means the state %s, and events are read %s',
  (sandbox, execution, kind, whenToReadStored) => {
    expect(stateOf(sandbox, execution)).toMatchObject({ state: { kind }, whenToReadStored });
  },
);

const finish = (message: string): v1.Event => ({
  kind: 'ActionEvent',
  source: 'agent',
  action: { kind: 'FinishAction', message },
});
const message = (content: readonly unknown[], source = 'agent'): v1.Event => ({
  kind: 'MessageEvent',
  source,
  llm_message: { content },
});
const v1Message = (text: string, source?: string): v1.Event => message([{ type: 'text', text }], source);
const v1State = (value: unknown, key = 'execution_status'): v1.Event => ({
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

/** Checks a result, in which a member that is undefined is not there. */
function expectResult(found: StoredEnd, result: StoredEnd): void {
  expect(found).toEqual(result);
  expect(Object.keys(found).toSorted()).toEqual(Object.keys(result).toSorted());
}

describe('the result in V1 events', () => {
  test.each<[string, readonly v1.Event[], StoredEnd]>([
    [
      'all texts of a message, one per line, without its other content',
      [
        message([
          { type: 'text', text: 'one' },
          { text: 'two' },
          { type: 'image', text: 'no' },
          { type: 'text' },
          7,
        ]),
      ],
      { complete: false, answer: 'one\ntwo' },
    ],
    [
      'the message before a finish without text',
      [finish(' \n'), v1Message('before')],
      { complete: true, answer: 'before' },
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
    [
      'without the reason of an earlier error',
      [v1State('error'), v1State('running'), V1_ERROR, v1State('error')],
      { complete: false },
    ],
    [
      'the last reason of several',
      [{ ...V1_ERROR, code: 'Last' }, V1_ERROR],
      { complete: true, reason: 'Last: no credits', fault: 'agent' },
    ],
    ['incomplete if the status is not an end', [v1State('running')], { complete: false }],
    ['without events of unknown kinds', [{ kind: 'DreamEvent' }], { complete: false }],
  ])('is %s', async (_, events, result) => {
    expectResult(await v1.storedEndIn(newestFirst(events)), result);
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
    ['model-context', 'LLMContextWindowExceedError', 'agent_action'],
    ['model-context', 'NoCondensationAvailableException', 'unknown'],
    ['server', 'Any', 'internal'],
    ['model', 'LLMAny', 'unknown'],
    ['agent', 'Any', 'of-tomorrow'],
    ['model-key', 'LLMAuthenticationError', undefined],
    ['model-limit', 'LLMRateLimitError', undefined],
    ['model-name', 'NotFoundError', undefined],
    ['model-service', 'LLMTimeoutError', undefined],
    ['model', 'APIError', undefined],
    ['agent-limit', 'MaxIterationsReached', undefined],
    ['agent-limit', 'MaxIterationsReached', 'agent_action'],
  ])('has the fault %s for the code %s, classified as %s', async (fault, code, kind) => {
    const classification = kind === undefined ? null : { kind, retryable: false };
    const found = await v1.storedEndIn(newestFirst([{ ...V1_ERROR, code, classification }]));
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
    [
      'model-connection',
      'LLMServiceUnavailableError',
      'transient',
      'litellm.InternalServerError: InternalServerError: OpenAIException - Connection error.',
    ],
    ['model-connection', 'APIConnectionError', 'transient', '[Errno 111] Connection refused'],
    [
      'model-connection',
      'LLMServiceUnavailableError',
      'transient',
      'Cannot connect to host llm:80 ssl:default',
    ],
    ['agent', 'LibTmuxException', 'config', 'Connection refused'],
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
    [
      'model-pictures',
      'LLMBadRequestError',
      'config',
      'Invalid content type. image_url is only supported by certain models.',
    ],
    ['model-pictures', 'NotFoundError', 'config', 'No endpoints found that support image input'],
    [
      'model-pictures',
      'LLMBadRequestError',
      'unknown',
      'messages.0.content.1.image.source: Could not process image',
    ],
    [
      'model-pictures',
      'LLMBadRequestError',
      'config',
      'The image data you provided does not represent a valid image.',
    ],
    ['model-pictures', 'LLMBadRequestError', 'config', 'You uploaded an unsupported image.'],
    [
      'model-pictures',
      'LLMBadRequestError',
      'config',
      'messages.0.content.1.image.source.base64: image exceeds 5 MB',
    ],
    ['model-pictures', 'LLMBadRequestError', 'config', 'GeminiException - Unable to process input image'],
    [
      'model-pictures',
      'LLMBadRequestError',
      'config',
      'cannot identify image file <_io.BytesIO object at 0x7f>',
    ],
    ['model-pictures', 'LLMBadRequestError', 'config', 'code: image_parse_error'],
    [
      'model-pictures',
      'LLMServiceUnavailableError',
      'transient',
      'BedrockException - Could not process image',
    ],
    ['model-name', 'NotFoundError', 'config', 'The model gpt-image-1 does not exist'],
    ['model-limit', 'LLMRateLimitError', 'rate_limit', 'Rate limit reached for images per min'],
    ['model-credit', 'APIError', 'transient', 'Error code: 402 - credit for image_url'],
    ['agent', 'Any', 'agent_action', 'No image_url'],
    ['agent', 'Any', 'agent_action', 'Error code: 402'],
  ])('has the fault %s for %s, classified as %s, by its words: %s', async (fault, code, kind, detail) => {
    const classification = { kind, retryable: true };
    const found = await v1.storedEndIn(newestFirst([{ ...V1_ERROR, code, detail, classification }]));
    expect(found.fault).toBe(fault);
  });
});

const v0State = (state: string, reason?: string): v0.Event => ({
  id: 1,
  observation: 'agent_state_changed',
  extras: { agent_state: state, reason },
});

describe('the V0 events', () => {
  test.each(['user_confirmed', 'user_rejected', 'rate_limited'])(
    'with agent state %s mean an agent at work',
    (state) => {
      expect(v0.lastStateIn([v0State(state)])?.state).toEqual({ kind: 'active' });
    },
  );

  test('mean the last end: only a stop hides the end before it', () => {
    const phase = (...states: readonly string[]): string | undefined =>
      v0.lastStateIn(states.map((state) => v0State(state)))?.phase;
    expect(phase('error', 'finished')).toBe('agent error');
    expect(phase('stopped', 'awaiting_user_input')).toBe(
      'agent awaiting user input, which API V0 also tells after a final message',
    );
    expect(phase('stopped', 'running', 'finished')).toBe('agent stopped');
    expect(v0.lastStateIn([{ id: 3, observation: 'run', content: '' }])).toBeUndefined();
  });

  test.each<[string, readonly v0.Event[], StoredEnd]>([
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
      'the message of an event without content as the answer',
      [{ source: 'agent', action: 'message', message: 'shown' }],
      { complete: true, answer: 'shown' },
    ],
    [
      'no answer from messages of people',
      [{ source: 'user', action: 'message', args: { content: 'Do it' } }],
      { complete: true },
    ],
    [
      'the reason of an error and the last answer',
      [v0State('error', 'out of credits'), { source: 'agent', action: 'message', args: { content: '42' } }],
      { complete: true, answer: '42', reason: 'out of credits' },
    ],
    [
      'the last error of a tool if the state has no reason',
      [v0State('error', ''), { observation: 'error', content: 'no such file' }],
      { complete: true, reason: 'no such file' },
    ],
    [
      'nothing from texts that are blank or no texts',
      [
        { source: 'agent', action: 'finish', message: null, args: { final_thought: ' \n' } },
        { source: 'agent', action: 'message', args: { content: 7 } },
        { source: 'agent', action: 'finish', args: { final_thought: 7 } },
        { observation: 'error', content: 7 },
        { observation: 'agent_state_changed', extras: {} },
      ],
      { complete: true },
    ],
  ])('give %s', async (_, events, result) => {
    expectResult(await v0.storedEndIn(newestFirst(events)), result);
  });
});
