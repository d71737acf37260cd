import { describe, expect, test } from '@jest/globals';

import { type Event as V1Event, stepsIn } from '../../src/openhands/sdk/events.ts';
import type { AgentStep, MessageCursor, Since, Steps } from '../../src/port/conversation.ts';
import { logLine } from '../../src/text/lines.ts';
import { published, publishedTest } from '../support/published.ts';

const action = (text: string): AgentStep => ({ kind: 'action', text });
const message = (text: string): AgentStep => ({ kind: 'message', text });
const error = (text: string): AgentStep => ({ kind: 'error', text });

const v1Action = (id: string, more: object = {}): V1Event => ({
  id,
  kind: 'ActionEvent',
  source: 'agent',
  thought: [],
  tool_name: 'terminal',
  tool_call_id: 'call',
  tool_call: { id: 'call', name: 'terminal', arguments: '{}', origin: 'completion' },
  llm_response_id: 'response',
  action: { kind: 'TerminalAction', command: 'npm test' },
  summary: `Summary of ${id}`,
  ...more,
});
const v1Message = (id: string, source: 'agent' | 'user', text = 'Look here'): V1Event => ({
  id,
  kind: 'MessageEvent',
  source,
  llm_message: { role: source === 'agent' ? 'assistant' : 'user', content: [{ type: 'text', text }] },
});

describe('a step of V1', () => {
  test.each<[string, V1Event, AgentStep | undefined]>([
    ['an action with its summary', v1Action('a'), action('Summary of a')],
    [
      'an action without a summary, with tool and command',
      v1Action('a', { summary: null }),
      action('terminal: npm test'),
    ],
    [
      'an edit without a summary, with tool, command and path',
      v1Action('a', { summary: ' ', tool_name: 'file_editor', action: { command: 'create', path: '/a.md' } }),
      action('file_editor: create /a.md'),
    ],
    [
      'an action that was not a valid call',
      v1Action('a', { summary: null, action: null }),
      action('terminal'),
    ],
    ['not the finish', v1Action('a', { action: { kind: 'FinishAction', message: 'Done' } }), undefined],
    ['a message of the agent', v1Message('m', 'agent'), message('Look here')],
    ['an error of a tool', { kind: 'AgentErrorEvent', error: 'No such tool' }, error('No such tool')],
    [
      'an error of the conversation',
      { kind: 'ConversationErrorEvent', code: 'LLMError', detail: 'no credit' },
      error('LLMError: no credit'),
    ],
    ['not what a tool prints', { kind: 'ObservationEvent', source: 'environment' }, undefined],
    ['not an event of an unknown kind', { kind: 'DreamEvent', summary: 'sheep' }, undefined],
  ])('is %s', (_, event, step) => {
    const next = { kind: 'ActionEvent', id: 'next', ...{ source: 'agent', tool_name: 'next' } };
    const { steps } = stepsIn([next, event], false);
    expect(steps).toEqual([...(step === undefined ? [] : [step]), action('next')]);
  });

  publishedTest('is parsed from events that fit the published API description', () => {
    const check = published('v1');
    expect(check('ActionEvent-Output', v1Action('a'))).toEqual([]);
    expect(check('MessageEvent-Output', v1Message('m', 'agent'))).toEqual([]);
  });
});

describe('the new steps', () => {
  const read = (ids: string, since: Since = {}, more = false): Steps =>
    stepsIn(
      // Newest first. A capital letter is a message of a person.
      Array.from(ids, (id) => (/[A-Z]/.test(id) ? v1Message(id, 'user') : v1Action(id))),
      more,
      since,
    );
  const texts = ({ steps }: Steps): string => steps.map(({ text }) => text.slice(-1)).join('');

  test('are those behind the cursor', () => {
    expect(read('dcba', { cursor: 'b' })).toMatchObject({ isCut: false, cursor: 'd' });
    expect(texts(read('dcba', { cursor: 'b' }))).toBe('cd');
    expect(read('d', { cursor: 'd' })).toEqual({ steps: [], isCut: false, cursor: 'd' });
  });

  test('are at first those behind the newest message of a person', () => {
    expect(texts(read('dcBaA'))).toBe('cd');
  });

  test('continue behind a message that arrives in between', () => {
    expect(texts(read('dCba', { cursor: 'a' }))).toBe('bd');
  });

  test('are marked as cut if there are more than were read', () => {
    expect(read('dcb', { cursor: 'a' }, true).isCut).toBe(true);
    expect(read('dcb', {}, true).isCut).toBe(true);
    expect(read('dcb', {}, false).isCut).toBe(false);
    expect(read('dcba', { cursor: 'b' }, true).isCut).toBe(false);
  });

  test.each<[string, string, MessageCursor]>([
    ['until its message is stored', 'cBa', { lastMessage: 'B' }],
    ['until there is a message', 'cba', {}],
  ])('of a follow-up are none %s', (_, ids, messageCursor) => {
    expect(read(ids, { messageCursor })).toEqual({ steps: [], isCut: false });
  });

  test('of a follow-up are those behind its message', () => {
    expect(texts(read('dCbAa', { messageCursor: { lastMessage: 'A' } }))).toBe('d');
    expect(texts(read('dCb', { messageCursor: {} }))).toBe('d');
  });
});

describe('a step for people', () => {
  const hidden = '\u200b\n';

  test.each([
    (text: string) => v1Action('a', { summary: text }),
    (text: string) => v1Action('a', { summary: null, tool_name: text, action: null }),
    (text: string): V1Event => ({ kind: 'AgentErrorEvent', error: text }),
  ])('is one short line', (event) => {
    const hostile = `\u001b[31mred\r::error::x\n##[error]y\u2028 \u202e${'z'.repeat(300)}`;
    const [step] = stepsIn([event(hostile)], false).steps;
    const text = step?.text ?? '';
    expect(text).toMatch(/^red ::error::x ##\[error\]y z+…$/);
    expect(text).toHaveLength(200);
    expect(logLine(`[0:01] Step: ${text}`)).not.toContain('##[');
  });

  test('is left out if it has no visible text', () => {
    const event = v1Action('a', { summary: hidden });
    expect(stepsIn([v1Message('m', 'agent', hidden), event], false).steps).toEqual([]);
  });
});

test('if the event of the cursor is missing, the new steps are the younger ones', () => {
  const at = (id: string, second: number): V1Event => ({
    kind: 'ActionEvent',
    id,
    timestamp: `2026-11-25T10:00:0${second}.000000`,
    ...{ source: 'agent', tool_name: id },
  });
  // The last event came through a socket and is not stored.
  const { cursor = '' } = stepsIn([at('x', 3), at('b', 2), at('a', 1)], false);
  const stored = stepsIn([at('c', 4), at('b', 2), at('a', 1)], true, { cursor });
  expect(stored).toMatchObject({ steps: [action('c')], isCut: false });
  // A late socket, or a server that stores late, has only older events.
  const late = stepsIn([at('b', 2), at('a', 1)], true, { cursor });
  expect(late).toEqual({ steps: [], isCut: false, cursor });
});

test('a message is shown once something follows it, because until then it may be the answer', () => {
  const said = (id: string): V1Event => ({
    kind: 'MessageEvent',
    id,
    ...{ source: 'agent', llm_message: { content: [{ type: 'text', text: `it is ${id}` }] } },
  });
  const step = (id: string): V1Event => ({ kind: 'ActionEvent', id, ...{ source: 'agent', tool_name: id } });
  const first = stepsIn([said('b'), step('a')], false);
  expect(first.steps).toEqual([action('a')]);
  const events = [said('d'), step('c'), said('b'), step('a')];
  const { cursor = '' } = first;
  const second = stepsIn(events, false, { cursor });
  expect(second.steps).toEqual([message('it is b'), action('c')]);
});
