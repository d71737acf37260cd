import { describe, expect, test } from '@jest/globals';

import { Interruption } from '../../src/conversation/clock.ts';
import type { WaitEvent } from '../../src/conversation/events.ts';
import { createJournal, type Journal } from '../../src/report/journal.ts';
import { simulatedClock } from '../support/clock.ts';
import { recordingRunner } from '../support/world.ts';

const conversation = { id: '1', url: 'https://openhands.test/conversations/1' };
const still: WaitEvent = {
  kind: 'still',
  conversation,
  phase: 'agent running',
  state: 'active',
  facts: { pullRequests: [], costUsd: 0.19 },
};
const never = new AbortController().signal;

interface Told {
  readonly journal: Journal;
  readonly log: readonly string[];
  readonly pass: (seconds: number) => Promise<void>;
}

function begin(): Told {
  const clock = simulatedClock();
  const runner = recordingRunner({});
  return {
    journal: createJournal(runner, clock),
    log: runner.log,
    pass: async (seconds) => clock.sleep(seconds * 1000, never),
  };
}

test('each step is a line with the time since the start', async () => {
  const { journal, log, pass } = begin();
  await pass(65);
  journal.waiting({
    kind: 'steps',
    conversation,
    isCut: true,
    steps: [
      { kind: 'action', text: 'Run the tests' },
      { kind: 'message', text: 'All is well' },
      { kind: 'error', text: 'no such file' },
    ],
  });
  expect(log).toEqual([
    '[1:05] … There were more steps than are read at once; the older ones are in the conversation',
    '[1:05] Step: Run the tests',
    '[1:05] The agent says: All is well',
    '[1:05] Error: no such file',
  ]);
});

test('what is done about a start, a message, a pause and a file is a line each, in these words', async () => {
  const { journal, log, pass } = begin();
  journal.starting('https://openhands.test', { message: 'Fix it' });
  await pass(1);
  journal.startPhase('waiting for sandbox');
  journal.takingUp('https://openhands.test', 'abc');
  journal.found(conversation);
  journal.delivered();
  journal.stopping();
  journal.trajectorySaved('/tmp/course.zip');
  expect(log).toEqual([
    '[0:00] Asking OpenHands at https://openhands.test for a conversation without a repository',
    '[0:01] Start: waiting for sandbox',
    '[0:01] Asking OpenHands at https://openhands.test for the conversation abc',
    'OpenHands conversation: https://openhands.test/conversations/1',
    '[0:01] The agent has the message',
    '[0:01] Pausing the agent',
    '[0:01] The trajectory is in /tmp/course.zip',
  ]);
  expect(journal.timeline()).toEqual([{ sinceMs: 1000, phase: 'start: waiting for sandbox' }]);
});

describe('a sign of life', () => {
  test('comes where nothing was told for a minute, with the cost so far', async () => {
    const { journal, log, pass } = begin();
    journal.waiting({ ...still, kind: 'phase', facts: { pullRequests: [], costUsd: 0.01 } });
    await pass(30);
    journal.waiting(still);
    await pass(30);
    journal.waiting(still);
    await pass(30);
    journal.waiting(still);
    expect(log).toEqual([
      '[0:00] Now: agent running, $0.01 so far',
      '[1:00] Still: agent running, $0.19 so far',
    ]);
  });

  test('does not come where something was told', async () => {
    const { journal, log, pass } = begin();
    for (let minutes = 0; minutes < 5; minutes += 1) {
      await pass(50);
      journal.waiting({ kind: 'steps', conversation, isCut: false, steps: [{ kind: 'action', text: 'x' }] });
      journal.waiting(still);
    }
    expect(log.filter((line) => line.includes('Still'))).toEqual([]);
  });
});

describe('the group of the wait', () => {
  test('is closed when the wait is over', async () => {
    const { journal, log } = begin();
    expect(await journal.watching(async () => Promise.resolve('over'))).toBe('over');
    expect(log).toEqual(['▼ The agent at work', '▲']);
  });

  test('is closed when the wait is broken off', async () => {
    const { journal, log } = begin();
    const cancel = new Interruption('cancel');
    await expect(journal.watching(async () => Promise.reject(cancel))).rejects.toBe(cancel);
    expect(log.at(-1)).toBe('▲');
  });
});

describe('a warning', () => {
  const paused: WaitEvent = { kind: 'paused', conversation, phase: 'sandbox paused', onPaused: 'wait' };
  const unrecognized: WaitEvent = { kind: 'unrecognized', conversation, phase: 'agent dreaming' };

  test('says that the step waits on, where it does', async () => {
    const { journal, log } = begin();
    await journal.watching(async () => {
      journal.waiting(paused);
      journal.waiting(unrecognized);
      return Promise.resolve();
    });
    expect(log[1]).toContain(`The step waits until it goes on; resume it at ${conversation.url}`);
    expect(log[2]).toBe('Warning: "agent dreaming" is a state that this action does not know; it waits on');
  });

  test('of a mere look does not', () => {
    const { journal, log } = begin();
    journal.waiting(paused);
    journal.waiting(unrecognized);
    expect(log).toEqual([
      'Warning: The conversation was paused (sandbox paused): by a person, or because the account runs more ' +
        `conversations than it may. Resume it at ${conversation.url}`,
      'Warning: "agent dreaming" is a state that this action does not know',
    ]);
  });
});

test('a phase of the start is told once, and after a minute that it lasts', async () => {
  const { journal, log, pass } = begin();
  for (let looks = 0; looks < 4; looks += 1) {
    journal.startPhase('working');
    await pass(20);
  }
  expect(log).toEqual(['[0:00] Start: working', '[1:00] Still: start, working']);
  expect(journal.timeline()).toHaveLength(1);
});

test('the timeline has the states of start and wait', async () => {
  const { journal, pass } = begin();
  journal.startPhase('preparing repository');
  await pass(7);
  journal.waiting({ ...still, kind: 'phase' });
  journal.waiting(still);
  expect(journal.timeline()).toEqual([
    { sinceMs: 0, phase: 'start: preparing repository' },
    { sinceMs: 7000, phase: 'agent running' },
  ]);
});

describe('the part that the step has in a conversation', () => {
  const assignment = { message: 'Mend it' };

  test('is none before a server was asked for one', () => {
    expect(begin().journal.part()).toBeUndefined();
  });

  test('is that of a starter, unless the key had one already', () => {
    const { journal } = begin();
    journal.starting('https://openhands.test', assignment);
    expect(journal.part()).toBe('starter');
    journal.reusing();
    expect(journal.part()).toBe('guest');
  });

  test('is that of an onlooker until a message has arrived', () => {
    const { journal } = begin();
    journal.takingUp('https://openhands.test', '1');
    expect(journal.part()).toBe('onlooker');
    journal.delivered();
    expect(journal.part()).toBe('speaker');
  });
});

test.each<[string, readonly WaitEvent[], string]>([
  ['nothing was seen yet', [], 'goes-on'],
  ['it is at work', [still], 'goes-on'],
  ['it is paused', [{ ...still, state: 'paused' }], 'asleep'],
  [
    'it is being resumed',
    [
      { ...still, state: 'paused' },
      { kind: 'resuming', conversation },
    ],
    'unknown',
  ],
  ['it may be gone', [{ ...still, state: 'doubtful' }], 'unknown'],
  ['it is in a state that nobody knows', [{ ...still, state: 'unrecognized' }], 'unknown'],
  ['it has come to an end', [still, { kind: 'at-rest', conversation }], 'not-running'],
])('what was seen of the agent last, where %s', (_, events, expected) => {
  const journal = createJournal(recordingRunner({}), simulatedClock());
  events.forEach(journal.waiting);
  expect(journal.lastSeen()).toBe(expected);
});
