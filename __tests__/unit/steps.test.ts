import { describe, expect, test } from '@jest/globals';

import { type Event as V1Event, stepsIn } from '../../src/openhands/sdk/events.ts';
import type { AgentStep, MessageCursor, Since, Steps } from '../../src/port/conversation.ts';
import type { Plan } from '../../src/port/plan.ts';
import { logLine } from '../../src/text/lines.ts';
import { textOfStep } from '../support/agent-steps.ts';
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

const task = (title: string, status: string): object => ({ title, notes: '', status });
const plans = (id: string, ...task_list: readonly object[]): V1Event =>
  v1Action(id, {
    tool_name: 'task_tracker',
    action: { kind: 'TaskTrackerAction', command: 'plan', task_list },
  });
const planned = (id: string, task_list: readonly object[], more: object = {}): V1Event => ({
  kind: 'ObservationEvent',
  id,
  ...{
    source: 'environment',
    tool_name: 'task_tracker',
    tool_call_id: 'call',
    action_id: 'action',
    observation: { kind: 'TaskTrackerObservation', command: 'plan', is_error: false, task_list, ...more },
  },
});

describe('a plan of V1', () => {
  const written = [
    task('Read it', 'done'),
    task('Fix\u202e it\n now', 'in_progress'),
    task('Test it', 'todo'),
  ];
  const plan: Plan = {
    tasks: [
      { title: 'Read it', status: 'done' },
      { title: 'Fix it now', status: 'in_progress' },
      { title: 'Test it', status: 'todo' },
    ],
    count: 3,
    done: 1,
    current: 'Fix it now',
  };

  test('is what the tool has taken, in place of the step that wrote it', () => {
    const events = [v1Action('c'), planned('b', written), plans('b', ...written), v1Action('a')];
    expect(stepsIn(events, false).steps).toEqual([
      action('Summary of a'),
      { kind: 'plan', plan },
      action('Summary of c'),
    ]);
  });

  test('is not known before the tool has answered', () => {
    expect(stepsIn([plans('b', ...written), v1Action('a')], false).steps).toEqual([action('Summary of a')]);
  });

  test.each<[string, V1Event]>([
    ['a list that the tool has refused', planned('b', [], { is_error: true })],
    ['a look at the list', planned('b', written, { command: 'view' })],
    ['what another tool answers', planned('b', written, { kind: 'TerminalObservation' })],
    ['a list that is none', planned('b', [], { task_list: 'Read it' })],
    ['a list of something else', planned('b', [{ name: 'Read it' }])],
  ])('is not %s', (_, event) => {
    expect(stepsIn([event], false).steps).toEqual([]);
  });

  test('with an unknown status has that task to do', () => {
    const [step] = stepsIn([planned('b', [task('Read it', 'dreamt')])], false).steps;
    expect(step).toMatchObject({ plan: { done: 0, current: 'Read it', tasks: [{ status: 'todo' }] } });
  });

  test('without tasks takes back the one before', () => {
    expect(stepsIn([planned('b', [])], false).steps).toEqual([
      { kind: 'plan', plan: { tasks: [], count: 0, done: 0 } },
    ]);
  });

  test('is kept in part, but counted whole', () => {
    const many = Array.from({ length: 300 }, (_, index) =>
      task(`${index} ${'x'.repeat(5_000)}`, index < 30 ? 'done' : 'todo'),
    );
    const [step] = stepsIn([planned('b', many)], false).steps;
    expect(step).toMatchObject({ plan: { count: 300, done: 30, current: expect.stringMatching(/^30 x/) } });
    expect(JSON.stringify(step).length).toBeLessThan(10_000);
  });

  test('of a follow-up is only one that answers it', () => {
    const events = [planned('c', written), v1Message('B', 'user'), planned('a', [task('Old', 'todo')])];
    expect(stepsIn(events, false).steps).toEqual([{ kind: 'plan', plan }]);
    expect(stepsIn(events.slice(1), false, { messageCursor: {} }).steps).toEqual([]);
  });

  publishedTest('is parsed from events that fit the published API description', () => {
    const check = published('v1');
    expect(check('ActionEvent-Output', plans('a', ...written))).toEqual([]);
    expect(check('ObservationEvent-Output', planned('a', written))).toEqual([]);
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
  const texts = ({ steps }: Steps): string => steps.map((step) => textOfStep(step).slice(-1)).join('');

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
    const text = step === undefined ? '' : textOfStep(step);
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
