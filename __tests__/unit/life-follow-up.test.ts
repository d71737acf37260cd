import { describe, expect, test } from '@jest/globals';

import { ApiFailure } from '../../src/conversation/api.ts';
import { type FollowUp, type FollowUpStage, followUpTo } from '../../src/conversation/follow-up-stages.ts';
import { advance, dueAt, endAtDeadline, eventsBefore, questionOf } from '../../src/conversation/life.ts';
import { markOf, withMark } from '../../src/conversation/mark.ts';
import type { Answer } from '../../src/conversation/turn.ts';
import { PLAN } from '../support/live.ts';
import { FINISHED, GONE, RUNNING } from '../support/snapshots.ts';

const PROBLEM = { failedTo: 'send the message', because: 'HTTP 504', todo: 'wait' };
const LOST = new ApiFailure(PROBLEM, true);
const REFUSED = new ApiFailure({ ...PROBLEM, because: 'HTTP 401' });
const SENT = { message: 'And now?', cursor: { lastMessage: 'm1' } };
const ARRIVED = { said: [{ id: 'm2', text: 'And now?' }], isLive: false };
const NONE = { said: [], isLive: false };
const LISTING: FollowUpStage = { kind: 'listing', message: 'And now?', at: 0 };
const READING: FollowUpStage = { kind: 'reading-cursor', message: 'And now?' };
const SENDING: FollowUpStage = { kind: 'sending', sending: SENT, isResumed: false, at: 0 };
const RESENDING: FollowUpStage = { ...SENDING, isResumed: true };
const SEARCHING: FollowUpStage = { kind: 'searching', sending: SENT, lost: PROBLEM, looks: 0, at: 0 };
const RESUMING: FollowUpStage = {
  kind: 'resuming',
  sending: SENT,
  resuming: { since: 0, at: 0, isRequested: true },
};
const BEGINNING: FollowUpStage = { kind: 'beginning', at: 0, until: 10_000 };

function at(stage: FollowUpStage, poll = false): FollowUp {
  return { ...followUpTo('1', 'And now?', { ...PLAN, poll }), stage };
}

test.each<[string, FollowUpStage, Answer, seconds: number, next: object, told: readonly string[]]>([
  ['listed', LISTING, { look: RUNNING }, 1, { stage: { kind: 'reading-cursor' } }, ['found']],
  ['not listed', LISTING, { look: GONE }, 1, { stage: { kind: 'listing', since: 1_000, at: 3_000 } }, []],
  ['not listed for a minute', { ...LISTING, since: 0 }, { look: GONE }, 60, { status: 'missing' }, []],
  ['not looked at', LISTING, { look: REFUSED }, 1, { status: 'start-failed', problem: REFUSED.problem }, []],
  [
    'its cursor is read',
    READING,
    { cursor: { lastMessage: 'm1' } },
    1,
    { stage: { ...SENDING, at: 1_000 } },
    [],
  ],
  [
    'its cursor is not read',
    READING,
    { cursor: REFUSED },
    1,
    { status: 'start-failed', conversation: { id: '1' } },
    [],
  ],
  [
    'delivered',
    SENDING,
    { send: { kind: 'delivered' } },
    1,
    { stage: { ...BEGINNING, at: 1_000, until: 11_000 } },
    ['delivered'],
  ],
  ['refused', SENDING, { send: REFUSED }, 1, { status: 'start-failed' }, ['refused']],
  ['refused after a resume', RESENDING, { send: REFUSED }, 1, { status: 'start-failed' }, []],
  ['lost', SENDING, { send: LOST }, 1, { stage: { ...SEARCHING, at: 2_000 } }, []],
  [
    'put off',
    SENDING,
    { send: { kind: 'deferred', problem: PROBLEM, waitMs: 5_000 } },
    1,
    { stage: { ...SENDING, at: 6_000 } },
    ['refused', 'retrying'],
  ],
  [
    'put off after a resume',
    RESENDING,
    { send: { kind: 'deferred', problem: PROBLEM, waitMs: 5_000 } },
    1,
    { stage: { ...RESENDING, at: 6_000 } },
    ['retrying'],
  ],
  [
    'put off until after the deadline',
    SENDING,
    { send: { kind: 'deferred', problem: PROBLEM, waitMs: 1e9 } },
    1,
    { kind: 'deadline' },
    ['refused'],
  ],
  [
    'for a paused sandbox',
    SENDING,
    { send: { kind: 'paused' } },
    1,
    { stage: { kind: 'resuming', resuming: { since: 1_000 } } },
    ['refused'],
  ],
  [
    'for a sandbox that is paused again',
    RESENDING,
    { send: { kind: 'paused' } },
    1,
    { status: 'start-failed', problem: { kind: 'paused' } },
    [],
  ],
  [
    'not taken',
    SENDING,
    { send: { kind: 'refused', reason: 'busy' } },
    1,
    { status: 'start-failed', problem: { because: 'busy' } },
    [],
  ],
  [
    'for nobody',
    SENDING,
    { send: { kind: 'unavailable', reason: 'HTTP 410' } },
    1,
    { status: 'missing', phase: 'HTTP 410' },
    ['refused'],
  ],
  ['found', SEARCHING, { messages: ARRIVED }, 1, { stage: { kind: 'beginning' } }, ['delivered']],
  ['not found once', SEARCHING, { messages: NONE }, 1, { stage: { looks: 1, at: 4_000 } }, []],
  ['not looked for', SEARCHING, { messages: REFUSED }, 1, { stage: { looks: 1, at: 4_000 } }, []],
  [
    'not found four times',
    { ...SEARCHING, looks: 3 },
    { messages: NONE },
    40,
    { status: 'start-failed', problem: PROBLEM },
    [],
  ],
  [
    'resumed',
    RESUMING,
    { sandbox: { kind: 'running', handle: 's' } },
    4,
    { stage: { ...RESENDING, at: 4_000 } },
    [],
  ],
  [
    'not resumed yet',
    RESUMING,
    { sandbox: { kind: 'starting', handle: 's' } },
    4,
    { stage: { resuming: { at: 6_000 } } },
    [],
  ],
  [
    'gone while it resumes',
    RESUMING,
    { sandbox: { kind: 'unavailable', reason: 'missing' } },
    4,
    { status: 'missing', phase: 'missing' },
    [],
  ],
  [
    'not resumed within two minutes',
    RESUMING,
    { sandbox: { kind: 'paused', handle: 's' } },
    120,
    { status: 'start-failed', problem: { kind: 'sandbox' } },
    [],
  ],
  [
    'not to be resumed',
    RESUMING,
    { sandbox: REFUSED },
    4,
    { status: 'start-failed', problem: REFUSED.problem },
    [],
  ],
  ['seen to begin', BEGINNING, { snapshot: RUNNING }, 1, { status: 'running' }, []],
  [
    'not seen to begin',
    BEGINNING,
    { snapshot: FINISHED },
    1,
    { stage: { kind: 'beginning', at: 3_000 } },
    [],
  ],
  ['not seen to begin in time', BEGINNING, { snapshot: FINISHED }, 8, { status: 'running' }, []],
  ['not seen', BEGINNING, { snapshot: REFUSED }, 1, { status: 'running' }, []],
])('%s', (...[, stage, seen, seconds, next, told]) => {
  const turn = advance(at(stage), seen, seconds * 1000);
  expect(turn.next).toMatchObject(next);
  expect(turn.events.map(({ kind }) => kind)).toEqual(told);
});

describe('a message that an earlier attempt may have sent', () => {
  const mark = markOf(['7', 'agent', 'ask'], false, 'And now?');
  const message = withMark('And now?', mark);
  const life = (looks: number): FollowUp => ({
    ...followUpTo('1', message, PLAN, { mark, role: 'follow-up' }),
    stage: { kind: 'checking-earlier-attempt', message, mark, looks, at: 0 },
  });
  const found = {
    said: [
      { id: 'm3', text: 'Thanks' },
      { id: 'm2', text: message },
    ],
    isLive: false,
  };

  test('is sought before it is sent', () => {
    const listing = followUpTo('1', message, PLAN, { mark, role: 'follow-up' });
    const { next } = advance(listing, { look: RUNNING }, 1_000);
    expect(next).toMatchObject({ stage: { kind: 'checking-earlier-attempt', looks: 0, at: 1_000 } });
    expect(questionOf(life(0))).toEqual({ ask: 'messages' });
  });

  test.each<[string, number, Answer, object, readonly string[]]>([
    ['is there: it is not sent again', 0, { messages: found }, { kind: 'waiting' }, ['found']],
    [
      'is not there yet',
      0,
      { messages: NONE },
      { stage: { kind: 'checking-earlier-attempt', looks: 1, at: 1_000 } },
      [],
    ],
    ['is not there after half a minute', 4, { messages: NONE }, { stage: { kind: 'reading-cursor' } }, []],
    [
      'is not there, by who would know',
      0,
      { messages: { ...NONE, isLive: true } },
      { stage: { kind: 'reading-cursor' } },
      [],
    ],
    ['cannot be sought', 0, { messages: REFUSED }, { status: 'start-failed' }, []],
  ])('%s', (_, looks, seen, next, told) => {
    const turn = advance(life(looks), seen, 0);
    expect(turn.next).toMatchObject(next);
    expect(turn.events.map(({ kind }) => kind)).toEqual(told);
  });

  test.each<[string, Answer, object]>([
    ['is there: the step has started the conversation', { messages: found }, { role: 'started' }],
    [
      'is not there: another has started it',
      { messages: { ...NONE, isLive: true } },
      { kind: 'found', role: 'follow-up' },
    ],
  ])('tells whose conversation it is if nothing else does, and %s', (_, seen, told) => {
    const listing = followUpTo('1', message, PLAN, { mark: { ...mark, mayBeSent: true } });
    const seeking = advance(listing, { look: RUNNING }, 0);
    expect(seeking.events).toEqual([]);
    const turn = advance({ ...life(0), keyed: { mark } }, seen, 0);
    expect(turn.events).toMatchObject([told]);
  });
});

test('a delivered message is waited for from then on, behind its cursor', () => {
  const { next } = advance(at(SENDING, true), { send: { kind: 'delivered' } }, 7_000);
  expect(next).toMatchObject({
    kind: 'waiting',
    watch: { startedAt: 7_000, messageCursor: { lastMessage: 'm1' } },
  });
});

test('a message and a resume for its sake are told of before they go out', () => {
  const asksToResume: FollowUpStage = {
    ...RESUMING,
    resuming: { since: 0, at: 0, isRequested: false, handle: 's' },
  };
  const kinds = [LISTING, READING, SENDING, SEARCHING, RESUMING, asksToResume, BEGINNING].map((stage) =>
    eventsBefore(at(stage)).map(({ kind }) => kind),
  );
  expect(kinds).toEqual([[], [], ['sending'], [], [], ['sending'], []]);
});

test('each stage asks one question, when it is due', () => {
  const stages = [LISTING, READING, SENDING, SEARCHING, RESUMING, BEGINNING];
  expect(stages.map((stage) => questionOf(at(stage)).ask)).toEqual([
    'look',
    'cursor',
    'send',
    'messages',
    'sandbox',
    'snapshot',
  ]);
  expect(dueAt(at({ ...SENDING, at: 5_000 }), 0)).toBe(5_000);
});

test('at the deadline only a message that was delivered is an end', () => {
  expect(endAtDeadline(at(BEGINNING))).toMatchObject({
    next: { status: 'running', conversation: { id: '1' } },
  });
  expect(endAtDeadline(at(SENDING))).toBeUndefined();
});
