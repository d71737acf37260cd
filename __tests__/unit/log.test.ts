import { describe, expect, test } from '@jest/globals';

import type { AgentStep } from '../../src/port/conversation.ts';
import type { ConversationEvent } from '../../src/port/events.ts';
import { planOf, type Task } from '../../src/port/plan.ts';
import { startRecording } from '../../src/record/recorder.ts';
import { logSink } from '../../src/step/sinks.ts';
import { simulatedClock } from '../../testbed/clock.ts';
import { recordingRunner } from '../../testbed/world.ts';
import { inputsWith, logged } from '../support/record.ts';

const conversation = { id: '1', url: 'https://openhands.test/conversations/1' };
const still = {
  kind: 'state',
  isNew: false,
  phase: 'agent running',
  state: 'active',
  facts: { pullRequests: [], costUsd: 0.19 },
} as const;

test.each([
  [{}, 'a conversation'],
  [{ 'api-version': 'v1' }, 'a conversation without a repository'],
  [{ 'api-version': 'v1', repository: 'octo/other' }, 'a conversation on octo/other'],
  [
    { 'api-version': 'v0', repository: 'octo/other', branch: 'next' },
    'a conversation on octo/other, branch next',
  ],
  [
    { 'api-version': 'agent-server', 'working-directory': '/srv/project', repository: 'octo/other' },
    'a conversation in /srv/project',
  ],
  [{ 'conversation-id': 'abc' }, 'the conversation abc'],
])('the first line says what the step asks for: %j', async (given, what) => {
  const runner = recordingRunner({});
  const { emit } = startRecording(0, { clock: simulatedClock(), runner }, [
    logSink(runner, 'https://github.com'),
  ]);
  emit({ kind: 'begun', inputs: await inputsWith(given) });
  expect(runner.log).toEqual([`[0:00] Asking OpenHands at https://openhands.test for ${what}`]);
});

test.each([
  [false, {}, 'without a repository'],
  [false, { repository: 'octo/other' }, 'on octo/other'],
  [true, { repository: 'none', 'working-directory': '/srv/project' }, 'in /srv/project'],
])(
  'where a new conversation works is said once, when it is asked for, in a folder: %s, %j',
  async (worksInFolder, given, where) => {
    const { emit, log } = await logged(given);
    emit({ kind: 'api', version: worksInFolder ? 'agent-server' : 'v1', worksInFolder });
    expect(log).toEqual([]);
    for (const at of [1, 2]) emit({ kind: 'asking', id: 'c-1', at });
    expect(log).toEqual([`[0:00] Starting a conversation ${where}`]);
  },
);

test('each step of the agent is a line with the time since the start', async () => {
  const { emit, log, pass } = await logged();
  await pass(65);
  emit({
    kind: 'steps',
    isCut: true,
    steps: [
      { kind: 'action', text: 'Run the tests' },
      { kind: 'message', text: 'All is well' },
      { kind: 'error', text: 'no such file' },
    ],
  });
  expect(log).toEqual([
    '[1:05] … There were more steps; the older ones are in the conversation',
    '[1:05] Step: Run the tests',
    '[1:05] The agent says: All is well',
    '[1:05] Error: no such file',
  ]);
});

test('a plan is a line when it changes, in place of a step', async () => {
  const { emit, log } = await logged();
  const plan = (...statuses: readonly Task['status'][]): AgentStep => ({
    kind: 'plan',
    plan: planOf(statuses.map((status, index) => ({ title: `Do part ${index + 1}`, status }))),
  });
  const emitSteps = (...steps: readonly AgentStep[]): void => {
    emit({ kind: 'steps', isCut: false, steps });
  };
  emitSteps(plan('in_progress', 'todo', 'todo'), { kind: 'action', text: 'Look' });
  emitSteps(plan('in_progress', 'todo', 'todo'), plan('done', 'todo', 'todo'), plan('done', 'todo', 'todo'));
  emitSteps(plan('done', 'todo', 'in_progress'));
  emitSteps(plan('done', 'done', 'done'));
  emitSteps(plan(), plan());
  expect(log).toEqual([
    '[0:00] Plan: 0 of 3 done · Do part 1',
    '[0:00] Step: Look',
    '[0:00] Plan: 1 of 3 done · Do part 2',
    '[0:00] Plan: 1 of 3 done · Do part 3',
    '[0:00] Plan: 3 of 3 done',
    '[0:00] Plan: taken back',
  ]);
});

test('a start, a message, a pause and a saved file are one line each', async () => {
  const { emit, log, pass } = await logged();
  await pass(1);
  emit({ kind: 'start-phase', phase: 'waiting for sandbox' });
  emit({ kind: 'found', conversation, role: 'started' });
  emit({ kind: 'delivered', cursor: {} });
  emit({ kind: 'stopping' });
  emit({ kind: 'trajectory-saved', path: '/tmp/course.zip' });
  expect(log).toEqual([
    '[0:01] Start: waiting for sandbox',
    'OpenHands conversation: https://openhands.test/conversations/1',
    '[0:01] The agent has the message',
    '[0:01] Pausing the agent',
    '[0:01] The trajectory is in /tmp/course.zip',
  ]);
});

describe('a progress line', () => {
  test('is logged if nothing was logged for a minute, with the cost so far', async () => {
    const { emit, log, pass } = await logged();
    emit({ ...still, isNew: true, facts: { pullRequests: [], costUsd: 0.01 } });
    for (let looks = 0; looks < 3; looks += 1) {
      await pass(30);
      emit(still);
    }
    expect(log).toEqual(['[0:00] Agent running, $0.01 so far', '[1:00] Still: agent running, $0.19 so far']);
  });
});

describe('a warning', () => {
  const found: ConversationEvent = { kind: 'found', conversation, role: 'started' };
  const paused: ConversationEvent = {
    kind: 'note',
    about: 'pause',
    phase: 'sandbox paused',
    onPaused: 'wait',
  };
  const unrecognized: ConversationEvent = { kind: 'note', about: 'unrecognized', phase: 'agent dreaming' };

  test('says that the step keeps waiting, if it waits', async () => {
    const { emit, log } = await logged({ poll: 'true' });
    [found, paused, unrecognized].forEach(emit);
    expect(log[1]).toContain(`The step waits until somebody resumes it at ${conversation.url}`);
    expect(log[2]).toBe(
      'Warning: "agent dreaming" is a state that this action does not know; the step keeps waiting',
    );
  });

  test('does not say so if the step does not wait', async () => {
    const { emit, log } = await logged();
    [found, paused].forEach(emit);
    expect(log.slice(1)).toEqual([
      'Warning: The conversation was paused (sandbox paused): by a person, an earlier step or the server. ' +
        `Resume it at ${conversation.url}`,
    ]);
  });
});
