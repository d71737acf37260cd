import { describe, expect, test } from '@jest/globals';

import type { ConversationEvent } from '../../src/conversation/events.ts';
import type { Outcome } from '../../src/conversation/outcome.ts';
import type { Leftover } from '../../src/leftover.ts';
import { EMPTY_RECORD, reduce, startRecording, type StepRecord } from '../../src/record.ts';
import { newestSteps } from '../../src/report/agent-steps.ts';
import type { StepEvent } from '../../src/step-event.ts';
import { simulatedClock } from '../support/clock.ts';
import { inputsWith } from '../support/record.ts';
import { recordingRunner } from '../support/world.ts';

const conversation = { id: 'c1', url: 'https://openhands.test/conversations/c1' };
const facts = { pullRequests: [7], costUsd: 0.2 };
const still = {
  kind: 'current-state',
  conversation,
  phase: 'agent running',
  state: 'active',
  facts,
} as const;
const running: Outcome = { status: 'running', conversation, facts };
const api = { kind: 'api', version: 'v1', worksInFolder: false } as const;
const found = { kind: 'found', conversation, role: 'started' } as const;

async function begun(given: Readonly<Record<string, string>> = {}, hasComment = false): Promise<StepEvent> {
  return { kind: 'begun', inputs: await inputsWith(given), hasComment };
}

function after(...events: readonly StepEvent[]): StepRecord {
  return events.reduce((record, event, index) => reduce(record, event, index * 1000), EMPTY_RECORD);
}

describe('the state for post', () => {
  const started: Leftover = { kind: 'started', version: 'v1', id: 'c1', hasPendingWork: true };
  test.each<[string, readonly StepEvent[], Leftover]>([
    ['nothing before a start', [api], { kind: 'over' }],
    [
      'the id of a start without a response',
      [api, { kind: 'asking', id: 'i' }],
      { kind: 'asked', version: 'v1', id: 'i' },
    ],
    [
      'nothing of a start that was refused',
      [api, { kind: 'asking', id: 'i' }, { kind: 'refused' }],
      { kind: 'over' },
    ],
    [
      'the task of an accepted start',
      [api, { kind: 'preparing', task: 't', id: 'i', isShared: false }],
      { kind: 'pending', version: 'v1', task: 't', id: 'i' },
    ],
    [
      'the task of a start whose id others may share',
      [api, { kind: 'preparing', task: 't', id: 'i', isShared: true }],
      { kind: 'pending', version: 'v1', task: 't', id: 'i', keyed: true },
    ],
    ['a started conversation, whose agent may be about to begin', [api, found], started],
    [
      'a conversation whose agent was seen at work',
      [api, found, { kind: 'at-work', conversation }],
      { kind: 'started', version: 'v1', id: 'c1' },
    ],
    [
      'a conversation that is being resumed',
      [api, found, { kind: 'at-work', conversation }, { kind: 'resuming', conversation }],
      started,
    ],
    ["nothing of another run's conversation", [api, { ...found, role: 'attached' }], { kind: 'over' }],
    [
      "another run's conversation that this step resumes",
      [api, { ...found, role: 'attached' }, { kind: 'resuming', conversation }],
      started,
    ],
    ['a message that is being sent', [api, { ...found, role: 'follow-up' }, { kind: 'sending' }], started],
    [
      'nothing of a message that was refused',
      [api, { ...found, role: 'follow-up' }, { kind: 'sending' }, { kind: 'refused' }],
      { kind: 'over' },
    ],
    ['nothing once the step has ended', [api, found, { kind: 'ended', outcome: running }], { kind: 'over' }],
    [
      'the reason why post has to stop the agent',
      [api, found, { kind: 'left-to-post', interruptedBy: 'cancel' }, { kind: 'ended', outcome: running }],
      { ...started, interruptedBy: 'cancel' },
    ],
  ])('is %s', (_, events, leftover) => {
    expect(after(...events).leftover).toEqual(leftover);
  });

  test('is a conversation that the step observes while it waits', async () => {
    const events = [
      await begun({ poll: 'true', 'conversation-id': 'abc' }),
      api,
      { ...found, role: 'observer' },
    ] as const;
    expect(after(...events).leftover).toEqual({ kind: 'started', version: 'v1', id: 'c1' });
  });

  test('is a comment without the result of the step', async () => {
    const events = [await begun({}, true), api, found, { kind: 'ended', outcome: running }] as const;
    expect(after(...events).leftover).toEqual({ kind: 'unreported', version: 'v1', id: 'c1' });
    expect(after(...events, { kind: 'commented' }).leftover).toEqual({ kind: 'over' });
  });

  describe('with a comment about a start', () => {
    const chosen = { kind: 'chosen', id: 'c0' } as const;
    const asking = { kind: 'asking', id: 'c0' } as const;
    const failed = {
      kind: 'ended',
      outcome: { status: 'start-failed', problem: { failedTo: 'a', because: 'b', todo: 'c' } },
    } as const;
    const announced: Leftover = { kind: 'announced', id: 'c0' };
    test.each<[string, readonly StepEvent[], Leftover]>([
      ['is the announced start', [], announced],
      ['is the start once that was sent', [api, asking], { kind: 'asked', version: 'v1', id: 'c0' }],
      ['is the announced start again if it was refused', [api, asking, { kind: 'refused' }], announced],
      ['is the announced start until the comment says how it failed', [failed], announced],
      ['is nothing once the comment says how it failed', [failed, { kind: 'commented' }], { kind: 'over' }],
      ['is the conversation, and the id in the marker', [api, asking, found], { ...started, markerId: 'c0' }],
    ])('%s', async (_, events, leftover) => {
      expect(after(await begun({}, true), chosen, ...events).leftover).toEqual(leftover);
    });

    test('is nothing without a comment', async () => {
      expect(after(await begun(), chosen).leftover).toEqual({ kind: 'over' });
    });
  });
});

describe('the role of the step', () => {
  test('is started, unless the key already had a conversation', async () => {
    expect(after().role).toBeUndefined();
    expect(after(await begun()).role).toBe('started');
    expect(after(await begun(), { ...found, role: 'attached' }).role).toBe('attached');
  });

  test('is observer until a message is delivered', async () => {
    const events = [await begun({ 'conversation-id': 'abc' }), { ...found, role: 'follow-up' }] as const;
    expect(after(...events).role).toBe('observer');
    expect(after(...events, { kind: 'delivered' }).role).toBe('follow-up');
  });
});

test.each<[string, readonly ConversationEvent[], StepRecord['agent']]>([
  ['the step has started it', [found], 'at-work'],
  ['the step has attached to it, and not looked yet', [{ ...found, role: 'attached' }], 'unknown'],
  ['it has the message of the step', [{ ...found, role: 'follow-up' }, { kind: 'delivered' }], 'at-work'],
  ['the agent is at work', [still], 'at-work'],
  ['the agent is paused', [{ ...still, state: 'paused' }], 'paused'],
  [
    'the agent is being resumed',
    [
      { ...still, state: 'paused' },
      { kind: 'resuming', conversation },
    ],
    'unknown',
  ],
  ['the conversation may be gone', [{ ...still, state: 'doubtful' }], 'unknown'],
  ['the state is unrecognized', [{ ...still, state: 'unrecognized' }], 'unknown'],
  ['the agent has ended', [still, { kind: 'agent-ended', conversation }], 'ended'],
])('the last known state of the agent is right if %s', (_, events, agent) => {
  expect(after(...events).agent).toBe(agent);
});

test('the record has the latest facts, and each step with its time', () => {
  const record = after(still, {
    kind: 'steps',
    conversation,
    isCut: false,
    steps: [
      { kind: 'action', text: 'one' },
      { kind: 'action', text: 'two' },
    ],
  });
  expect(record).toMatchObject({ facts });
  expect(newestSteps(record.steps, 5)).toEqual([
    { kind: 'action', text: 'one', sinceMs: 1000 },
    { kind: 'action', text: 'two', sinceMs: 1000 },
  ]);
});

test('the record keeps the first and the last steps, however they arrive', () => {
  const steps = Array.from({ length: 500 }, (_, index) => ({ kind: 'action', text: `${index}` }) as const);
  const stepsEvent = (from: number, to: number): StepEvent => ({
    kind: 'steps',
    conversation,
    isCut: false,
    steps: steps.slice(from, to),
  });
  const record = after(
    stepsEvent(0, 3),
    stepsEvent(3, 25),
    ...steps.slice(25).map((_, at) => stepsEvent(25 + at, 26 + at)),
  );
  const texts = (steps: readonly { readonly text: string }[]): readonly number[] =>
    steps.map(({ text }) => Number(text));
  expect(texts(record.steps.first)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(texts(record.steps.last)).toEqual(Array.from({ length: 40 }, (_, at) => 460 + at));
  expect(record.steps.omitted).toBe(450);
});

test('events and record contain no secret that was registered after the text was read', () => {
  const runner = recordingRunner({});
  const emitted: StepEvent[] = [];
  const sink = (event: StepEvent): void => {
    emitted.push(event);
  };
  const { emit, record } = startRecording(0, { clock: simulatedClock(), runner }, [sink]);
  runner.secrets.add('late-secret-0123456789');
  const phase = 'agent late-secret-0123456789';
  emit({ ...still, kind: 'phase', phase });
  emit({ kind: 'steps', conversation, isCut: false, steps: [{ kind: 'action', text: phase }] });
  emit({ kind: 'title', conversation, title: phase });
  emit({ kind: 'answer-incomplete', conversation, because: phase });
  emit({
    kind: 'events-unreadable',
    conversation,
    problem: { failedTo: 'read', because: phase, todo: 'look' },
  });
  expect(JSON.stringify([emitted, record()])).not.toContain('late-secret');
  expect(record()).toMatchObject({ phase: 'agent ***', steps: { first: [{ text: 'agent ***' }] } });
});
