import { describe, expect, test } from '@jest/globals';

import type { Result } from '../../src/conversation/conversation.ts';
import * as v0 from '../../src/openhands/v0/events.ts';
import * as v1 from '../../src/openhands/v1/events.ts';

async function* newestFirst<T>(events: readonly T[]): AsyncGenerator<T> {
  await Promise.resolve();
  yield* events;
}

const v1Message = (...content: readonly unknown[]): v1.Event => ({
  kind: 'MessageEvent',
  source: 'agent',
  ...{ llm_message: { content } },
});
const v1Error = (code: string, detail: string): v1.Event => ({
  kind: 'ConversationErrorEvent',
  ...{ code, detail },
});

describe('the result in V1 events', () => {
  test.each<[string, readonly v1.Event[], Result]>([
    [
      'all texts of a message, one per line, without its other content',
      [
        v1Message(
          { type: 'text', text: 'one' },
          { text: 'two' },
          { type: 'image', text: 'no' },
          { type: 'text' },
          7,
        ),
      ],
      { complete: false, answer: 'one\ntwo' },
    ],
    [
      'the last reason of several',
      [v1Error('Last', 'b'), v1Error('First', 'a')],
      { complete: true, reason: 'Last: b', fault: 'agent' },
    ],
    [
      'incomplete if the last action is not a finish',
      [{ kind: 'ActionEvent', source: 'agent', ...{ action: { kind: 'RunAction', message: 'no' } } }],
      { complete: false },
    ],
    [
      'complete after a finish without text',
      [
        { kind: 'ActionEvent', source: 'agent', ...{ action: { kind: 'FinishAction', message: ' \n' } } },
        v1Message({ type: 'text', text: 'before' }),
      ],
      { complete: true, answer: 'before' },
    ],
    [
      'incomplete if the status is not an end',
      [{ kind: 'ConversationStateUpdateEvent', ...{ key: 'execution_status', value: 'running' } }],
      { complete: false },
    ],
  ])('is %s', async (_, events, result) => {
    const found = await v1.resultIn(newestFirst(events));
    expect(found).toEqual(result);
    expect(Object.keys(found).toSorted()).toEqual(Object.keys(result).toSorted());
  });
});

const v0State = (state: string, reason?: string): v0.Event => ({
  id: 1,
  ...{ observation: 'agent_state_changed', extras: { agent_state: state, reason } },
});

describe('the result in V0 events', () => {
  test.each(['user_confirmed', 'user_rejected'])('agent state %s is active', (state) => {
    expect(v0.lastStateIn([v0State(state)])?.state).toEqual({ kind: 'active' });
  });

  test('the last end counts: only a stop hides the end before it', () => {
    expect(v0.lastStateIn([v0State('error'), v0State('finished')])?.phase).toBe('agent error');
    expect(v0.lastStateIn([v0State('paused'), v0State('finished')])?.phase).toBe('agent paused');
    expect(v0.lastStateIn([v0State('stopped')])?.phase).toBe('agent stopped');
  });

  test.each<[string, readonly v0.Event[], Result]>([
    [
      'the reason of an error and the last answer',
      [v0State('error', 'out of credits'), { source: 'agent', action: 'message', args: { content: '42' } }],
      { complete: true, answer: '42', reason: 'out of credits' },
    ],
    [
      'the message of an event without content',
      [{ source: 'agent', action: 'message', message: 'shown' }],
      { complete: true, answer: 'shown' },
    ],
    [
      'the message of a finish without arguments',
      [{ source: 'agent', action: 'finish', message: 'shown' }],
      { complete: true, answer: 'shown' },
    ],
    [
      'without texts that are blank or no texts',
      [
        { source: 'agent', action: 'finish', message: null, args: { final_thought: ' \n' } },
        { source: 'agent', action: 'message', args: { content: null } },
        { source: 'agent', action: 'message', args: { content: 7 } },
        { source: 'agent', action: 'finish', args: { final_thought: 7 } },
        { observation: 'error', content: 7 },
        { observation: 'agent_state_changed', extras: {} },
      ],
      { complete: true },
    ],
  ])('is %s', async (_, events, result) => {
    const found = await v0.resultIn(newestFirst(events));
    expect(found).toEqual(result);
    expect(Object.keys(found).toSorted()).toEqual(Object.keys(result).toSorted());
  });
});
