import { expect, test } from '@jest/globals';

import { ApiFailure } from '../../src/conversation/api.ts';
import type { Snapshot } from '../../src/conversation/conversation.ts';
import { advance, dueAt, endAtDeadline, questionOf } from '../../src/conversation/life.ts';
import type { Answer } from '../../src/conversation/turn.ts';
import { waitingFor } from '../../src/conversation/waiting.ts';
import type { Waiting, WaitingStage } from '../../src/conversation/waiting-stages.ts';
import { watch } from '../../src/conversation/watch.ts';
import { FINISHED, RUNNING, shows, V0_RUNNING } from '../support/snapshots.ts';
import { CONVERSATION } from '../support/wait.ts';

const BROKEN = new ApiFailure({ failedTo: 'read it', because: 'HTTP 500', todo: 'wait' });
const PAUSED: Snapshot = shows('sandbox paused', { kind: 'paused' });
const POLLING: WaitingStage = { kind: 'polling', by: 0 };
const END = { status: 'finished', phase: 'agent finished', isFromAgent: true } as const;
const COLLECTING: WaitingStage = { kind: 'collecting', end: END, since: 0, at: 0 };
const WHOLE = { complete: true, answer: 'done' };
const RESUMING: WaitingStage = { kind: 'resuming', resuming: { since: 0, at: 0, isRequested: true } };

function at(
  stage: WaitingStage,
  onPaused: Waiting['onPaused'] = 'wait',
  messageCursor?: { lastMessage: string },
): Waiting {
  return { ...waitingFor(watch(CONVERSATION, 0, messageCursor), { onPaused, poll: true }), stage };
}

test.each<[string, Waiting, Answer, seconds: number, next: object, events: readonly string[]]>([
  [
    'at work',
    at(POLLING),
    { look: RUNNING },
    1,
    { stage: { kind: 'polling' } },
    ['phase', 'at-work', 'current-state'],
  ],
  [
    'at work with new steps',
    at(POLLING),
    { look: { ...RUNNING, revision: 'r' } },
    1,
    { stage: { kind: 'reading-steps', revision: 'r' } },
    ['phase', 'at-work'],
  ],
  [
    'active by its status, so its events are read',
    at(POLLING),
    { look: V0_RUNNING },
    1,
    { stage: { kind: 'consulting' } },
    [],
  ],
  ['impossible to poll', at(POLLING), { look: BROKEN }, 1, { status: 'unreachable' }, []],
  [
    'finished',
    at(POLLING),
    { look: FINISHED },
    1,
    { stage: { kind: 'collecting', since: 1_000 } },
    ['agent-ended'],
  ],
  [
    'finished perhaps with an earlier message',
    at(POLLING, 'wait', { lastMessage: 'm1' }),
    { look: FINISHED },
    1,
    { stage: { kind: 'checking-message' } },
    [],
  ],
  [
    'paused and waited for',
    at(POLLING),
    { look: PAUSED },
    1,
    { stage: { kind: 'polling' } },
    ['phase', 'paused', 'current-state'],
  ],
  [
    'paused and has to be resumed',
    at(POLLING, 'resume'),
    { look: PAUSED },
    1,
    { stage: { kind: 'resuming' } },
    ['phase', 'paused', 'resuming'],
  ],
  [
    'paused by its own status, which is the end',
    at(POLLING, 'fail'),
    { look: PAUSED },
    1,
    { stage: { kind: 'settling', at: 1_000 } },
    ['phase', 'paused'],
  ],
  [
    'paused, which is the end unless the events say otherwise',
    at({ kind: 'consulting', snapshot: { ...PAUSED, consult: 'on-change' } }, 'fail'),
    { stored: {} },
    1,
    { stage: { kind: 'settling', at: 41_000 } },
    ['phase', 'paused'],
  ],
  [
    'resumed',
    at(RESUMING),
    { sandbox: { kind: 'running', handle: 's' } },
    4,
    { stage: { kind: 'running', tries: 1, at: 4_000 } },
    [],
  ],
  [
    'impossible to resume',
    at(RESUMING),
    { sandbox: { kind: 'unavailable', reason: 'missing' } },
    4,
    { stage: { kind: 'polling' } },
    ['not-resumed', 'current-state'],
  ],
  [
    'run again',
    at({ kind: 'running', tries: 1, at: 0 }),
    { run: 'done' },
    4,
    { stage: { kind: 'polling' }, watch: { resumes: 1 } },
    ['current-state'],
  ],
  [
    'not run because the request failed',
    at({ kind: 'running', tries: 1, at: 0 }),
    { run: BROKEN },
    4,
    { stage: { kind: 'running', tries: 2, at: 6_000 } },
    [],
  ],
  [
    'not run because three requests failed',
    at({ kind: 'running', tries: 3, at: 0 }),
    { run: BROKEN },
    4,
    { stage: { kind: 'polling' } },
    ['not-resumed', 'current-state'],
  ],
  [
    'finished with a complete answer',
    at(COLLECTING),
    { result: WHOLE },
    2,
    { stage: { kind: 'closing', read: WHOLE } },
    [],
  ],
  [
    'finished with an incomplete answer after a slow response',
    at({ ...COLLECTING, at: 2_000 }),
    { result: { complete: false } },
    3.5,
    { stage: { kind: 'collecting', at: 6_000 } },
    ['events-late'],
  ],
  [
    'finished with an incomplete answer from a live server',
    at(COLLECTING),
    { result: { complete: false, isLive: true } },
    1,
    { stage: { kind: 'collecting', at: 1_500 } },
    [],
  ],
  [
    'finished with an answer that stays incomplete',
    at(COLLECTING),
    { result: { complete: false } },
    40,
    { stage: { kind: 'closing' } },
    ['answer-incomplete'],
  ],
  [
    'finished with an answer that cannot be read',
    at(COLLECTING),
    { result: BROKEN },
    2,
    { status: 'finished' },
    ['phase', 'answer-incomplete'],
  ],
  [
    'finished at the last poll',
    at({ kind: 'closing', end: END, read: WHOLE }),
    { look: FINISHED },
    3,
    { status: 'finished', result: WHOLE },
    ['phase'],
  ],
])(
  'a conversation that is %s gets its next stage and events',
  (...[, waiting, answer, seconds, next, events]) => {
    const turn = advance(waiting, answer, seconds * 1000);
    expect(turn.next).toMatchObject(next);
    expect(turn.events.map(({ kind }) => kind)).toEqual(events);
  },
);

test('each stage asks one question: polls are due by the pace, and later questions at once', () => {
  const stages: readonly WaitingStage[] = [
    POLLING,
    { kind: 'consulting', snapshot: RUNNING },
    RESUMING,
    COLLECTING,
  ];
  expect(stages.map((stage) => questionOf(at(stage)).ask)).toEqual(['look', 'stored', 'sandbox', 'result']);
  expect(dueAt(at({ kind: 'polling', by: Infinity }), 7_000)).toBe(7_000);
  expect(dueAt(at({ kind: 'consulting', snapshot: RUNNING }), 7_000)).toBe(0);
});

test('at the deadline, an agent that has ended counts as ended although its answer is still being read', () => {
  expect(endAtDeadline(at(COLLECTING))).toMatchObject({
    next: { status: 'finished' },
    events: [{ kind: 'phase', phase: 'agent finished' }, { kind: 'answer-incomplete' }],
  });
  expect(endAtDeadline(at(POLLING))).toBeUndefined();
});
