import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { FAULT_ANSWERS } from '../../simulator/fault-text.ts';
import { orderedScenario, type ScenarioName, scenarioNames } from '../../simulator/scenarios.ts';
import { at, type Lab, listAt, openLab, startV0, startV1, textAt, v0Status, v1Status } from './client.ts';

let lab: Lab;
beforeEach(async () => {
  lab = await openLab();
});
afterEach(async () => {
  await lab.close();
});

type EndStatus = readonly [string, string | null] | null;

/** The status on both versions two minutes after the start. */
const END_STATUSES: Record<
  Exclude<ScenarioName, 'start-error' | 'start-silent' | 'hostile-start' | 'no-access'>,
  { v1: EndStatus; v0: EndStatus }
> = {
  finish: { v1: ['RUNNING', 'finished'], v0: ['RUNNING', 'finished'] },
  message: { v1: ['RUNNING', 'finished'], v0: ['RUNNING', 'awaiting_user_input'] },
  'pull-request': { v1: ['RUNNING', 'finished'], v0: ['RUNNING', 'finished'] },
  json: { v1: ['RUNNING', 'finished'], v0: ['RUNNING', 'finished'] },
  error: { v1: ['RUNNING', 'error'], v0: ['RUNNING', 'error'] },
  'unknown-model': { v1: ['RUNNING', 'error'], v0: ['RUNNING', 'error'] },
  'model-key': { v1: ['RUNNING', 'error'], v0: ['RUNNING', 'error'] },
  'model-credit': { v1: ['RUNNING', 'error'], v0: ['RUNNING', 'error'] },
  'model-limit': { v1: ['RUNNING', 'error'], v0: ['RUNNING', 'error'] },
  'max-iterations': { v1: ['RUNNING', 'error'], v0: ['RUNNING', 'error'] },
  'late-reason': { v1: ['RUNNING', 'error'], v0: ['RUNNING', 'error'] },
  ignored: { v1: ['RUNNING', 'idle'], v0: ['RUNNING', 'loading'] },
  stuck: { v1: ['RUNNING', 'stuck'], v0: ['RUNNING', 'error'] },
  'needs-input': { v1: ['RUNNING', 'waiting_for_confirmation'], v0: ['RUNNING', 'awaiting_user_input'] },
  confirmation: {
    v1: ['RUNNING', 'waiting_for_confirmation'],
    v0: ['RUNNING', 'awaiting_user_confirmation'],
  },
  rejected: { v1: ['RUNNING', 'error'], v0: ['RUNNING', 'rejected'] },
  'rate-limited': { v1: ['RUNNING', 'error'], v0: ['RUNNING', 'rate_limited'] },
  'hidden-finish': { v1: ['PAUSED', null], v0: ['STOPPED', 'finished'] },
  paused: { v1: ['PAUSED', null], v0: ['STOPPED', 'running'] },
  'paused-resumed': { v1: ['RUNNING', 'finished'], v0: ['RUNNING', 'finished'] },
  'agent-paused': { v1: ['RUNNING', 'paused'], v0: ['RUNNING', 'paused'] },
  'sandbox-error': { v1: ['ERROR', null], v0: ['ERROR', 'running'] },
  'sandbox-busy': { v1: ['RUNNING', 'finished'], v0: ['RUNNING', 'finished'] },
  'sandbox-died': { v1: ['STARTING', null], v0: ['STARTING', 'running'] },
  'sandbox-restart': { v1: ['RUNNING', 'finished'], v0: ['RUNNING', 'finished'] },
  missing: { v1: ['MISSING', null], v0: ['ARCHIVED', 'running'] },
  deleting: { v1: ['RUNNING', 'deleting'], v0: ['RUNNING', 'stopped'] },
  archived: { v1: ['MISSING', null], v0: ['ARCHIVED', 'running'] },
  vanish: { v1: null, v0: null },
  'never-ready': { v1: ['RUNNING', 'finished'], v0: ['RUNNING', 'finished'] },
  'never-appears': { v1: null, v0: null },
  'unknown-status': { v1: ['RUNNING', 'finished'], v0: ['RUNNING', 'finished'] },
  stopped: { v1: ['PAUSED', null], v0: ['STOPPED', 'running'] },
  'stopped-early': { v1: ['RUNNING', 'finished'], v0: ['RUNNING', 'finished'] },
  long: { v1: ['RUNNING', 'running'], v0: ['RUNNING', 'running'] },
  forever: { v1: ['RUNNING', 'running'], v0: ['RUNNING', 'running'] },
  'opened-early': { v1: ['RUNNING', 'running'], v0: ['RUNNING', 'running'] },
  hostile: { v1: ['RUNNING', 'finished'], v0: ['RUNNING', 'finished'] },
  'hostile-error': { v1: ['RUNNING', 'error'], v0: ['RUNNING', 'error'] },
  'long-answer': { v1: ['RUNNING', 'finished'], v0: ['RUNNING', 'finished'] },
  'long-trajectory': { v1: ['RUNNING', 'finished'], v0: ['RUNNING', 'finished'] },
  'large-events': { v1: ['RUNNING', 'finished'], v0: ['RUNNING', 'finished'] },
  'no-answer': { v1: ['RUNNING', 'finished'], v0: ['RUNNING', 'finished'] },
};

describe.each(Object.entries(END_STATUSES))('the scenario %s', (name, { v1, v0 }) => {
  test('has the expected status on V1 after two minutes', async () => {
    const { id } = await startV1(lab, name);
    lab.clock.advance(120);
    expect(await v1Status(lab, id)).toEqual(v1);
  });

  test('has the expected status on V0 after two minutes', async () => {
    const id = await startV0(lab, name);
    lab.clock.advance(120);
    expect(await v0Status(lab, id)).toEqual(v0);
  });
});

async function startStatus(task: string): Promise<unknown> {
  return at((await lab.get(`/api/v1/app-conversations/start-tasks?ids=${task}`)).body, '0');
}

async function answerOf(id: string): Promise<string> {
  const path = `/api/v1/conversation/${id}/events/search?kind__eq=ActionEvent&sort_order=TIMESTAMP_DESC&limit=1`;
  return textAt((await lab.get(path)).body, 'items.0.action.message');
}

describe('a scenario on V1', () => {
  test('starts in phases until READY, and the conversation appears a moment later', async () => {
    const { task, id } = await startV1(lab, 'finish');
    const phases: unknown[] = [];
    for (let second = 0; second <= 6; second += 1) {
      phases.push(at(await startStatus(task), 'status'));
      lab.clock.advance(1);
      if (second === 5) expect(await v1Status(lab, id)).toBeNull();
    }
    expect([...new Set(phases)]).toEqual([
      'WORKING',
      'WAITING_FOR_SANDBOX',
      'PREPARING_REPOSITORY',
      'STARTING_CONVERSATION',
      'READY',
    ]);
    expect(await v1Status(lab, id)).toEqual(['RUNNING', 'idle']);
    expect(at(await startStatus(task), 'app_conversation_id')).toBe(id);
  });

  test('ends with an answer, a cost, a title and a pull request', async () => {
    const { id } = await startV1(lab, 'finish');
    lab.clock.advance(24.9);
    expect(await v1Status(lab, id)).toEqual(['RUNNING', 'running']);
    lab.clock.advance(0.2);
    expect(await v1Status(lab, id)).toEqual(['RUNNING', 'finished']);
    // The last events come half a minute later.
    lab.clock.advance(30);
    const { body } = await lab.get(`/api/v1/app-conversations?ids=${id}`);
    expect(at(body, '0.pr_number')).toEqual([12]);
    expect(at(body, '0.metrics.accumulated_cost')).toBe(0.23);
    expect(at(body, '0.title')).toBe('Check the README for wrong statements');
    expect(await answerOf(id)).toContain('https://github.com/octo-org/octo-repo/pull/12');
  });

  test('shows the reason of a failed start', async () => {
    const { task, id } = await startV1(lab, 'start-error');
    lab.clock.advance(10);
    const found = await startStatus(task);
    expect([at(found, 'status'), at(found, 'app_conversation_id')]).toEqual(['ERROR', null]);
    expect(at(found, 'detail')).toMatch(/does not exist/);
    expect(await v1Status(lab, id)).toBeNull();
  });

  test('has a hidden finish in its stored events', async () => {
    const { id } = await startV1(lab, 'hidden-finish');
    lab.clock.advance(60);
    const path = `/api/v1/conversation/${id}/events/search?kind__eq=ConversationStateUpdateEvent&sort_order=TIMESTAMP_DESC&limit=1`;
    const { body } = await lab.get(path);
    expect([at(body, 'items.0.key'), at(body, 'items.0.value')]).toEqual(['execution_status', 'finished']);
    expect(textAt(body, 'items.0.timestamp')).not.toMatch(/Z$/);
  });

  test('shows a busy sandbox as broken for a while', async () => {
    const { id } = await startV1(lab, 'sandbox-busy');
    lab.clock.advance(20);
    expect(await v1Status(lab, id)).toEqual(['ERROR', null]);
    lab.clock.advance(5);
    expect(await v1Status(lab, id)).toEqual(['RUNNING', 'running']);
  });

  test('shows an unknown status for a while', async () => {
    const { id } = await startV1(lab, 'unknown-status');
    lab.clock.advance(15);
    expect(await v1Status(lab, id)).toEqual(['RUNNING', 'daydreaming']);
  });
});

describe('a scenario on V0', () => {
  test('has its conversation at once', async () => {
    const id = await startV0(lab, 'finish');
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    expect(await v0Status(lab, id)).toEqual(['STARTING', 'loading']);
  });

  test('may show STOPPED before it starts', async () => {
    const id = await startV0(lab, 'stopped-early');
    expect(await v0Status(lab, id)).toEqual(['STOPPED', 'loading']);
    lab.clock.advance(11);
    expect(await v0Status(lab, id)).toEqual(['STARTING', 'loading']);
  });

  test('answers 400 to a refused start', async () => {
    const answer = await lab.post('/api/conversations', { initial_user_msg: 'simulate: start-error' });
    expect(answer.status).toBe(400);
    expect(at(answer.body, 'status')).toBe('error');
    expect(at(answer.body, 'msg_id')).toBe('STATUS$ERROR');
  });

  test('shows the reason of a stuck agent', async () => {
    const id = await startV0(lab, 'stuck');
    lab.clock.advance(60);
    const { body } = await lab.get(`/api/conversations/${id}/events?reverse=true&limit=1`);
    expect(at(body, 'events.0.extras.reason')).toMatch(/AgentStuckInLoopError/);
    expect(at(body, 'has_more')).toBe(true);
  });
});

test('hostile texts contain both keys, escapes, commands and a lone surrogate', async () => {
  const { id } = await startV1(lab, 'hostile');
  lab.clock.advance(60);
  const text = await answerOf(id);
  const key = lab.simulator.conversations[0]?.sessionKey ?? '';
  expect(text).toContain('test-key-of-the-account');
  expect(text).toContain(key);
  expect(text).toMatch(/^::set-output/m);
  expect(text.isWellFormed()).toBe(false);
  expect(text).toContain('\u001B');
});

test('a long answer has 300 kB', async () => {
  const { id } = await startV1(lab, 'long-answer');
  lab.clock.advance(60);
  expect(Buffer.byteLength(await answerOf(id))).toBeGreaterThan(300_000);
});

test('messages are all stored, and the scenario no-answer has no answer', async () => {
  const { id } = await startV1(lab, 'no-answer');
  lab.clock.advance(60);
  const { body } = await lab.get(`/api/v1/conversation/${id}/events/search`);
  const names = listAt(body, 'items').map((event) =>
    [at(event, 'source'), at(event, 'kind'), at(event, 'tool_name')].join(' '),
  );
  expect(names).toContain('user MessageEvent ');
  expect(names).not.toContain('agent ActionEvent finish');
});

test('a message chooses its scenario with a line of its own', () => {
  expect(orderedScenario('Please\n  simulate: error\nthanks')).toBe('error');
  expect(orderedScenario('> simulate: stuck')).toBe('stuck');
  expect(orderedScenario('simulate: nonsense\nsimulate: error')).toBe('error');
  expect(orderedScenario('please simulate: error')).toBeUndefined();
  expect(scenarioNames().length).toBeGreaterThan(25);
});

const PAGE = readFileSync(join(import.meta.dirname, '../../docs/simulator.md'), 'utf8');

test('docs/simulator.md lists every scenario', () => {
  const rows = [...PAGE.matchAll(/^\| `([a-z-]+)` .*\| .*\| .*\| .*\|$/gm)].map(([, name]) => name);
  expect(rows.toSorted()).toEqual([...scenarioNames()].toSorted());
});

test('docs/simulator.md lists every fault', () => {
  const named = Object.keys(FAULT_ANSWERS).filter((answer) => answer !== '100..599');
  expect(named.filter((answer) => !PAGE.includes(`| \`${answer}\` `))).toEqual([]);
});
