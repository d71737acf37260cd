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
const LOOKING_UP: FollowUpStage = { kind: 'looking-up', message: 'And now?', at: 0 };
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

test.each<[string, FollowUpStage, Answer, seconds: number, next: object, events: readonly string[]]>([
  [
    'the conversation is listed',
    LOOKING_UP,
    { look: RUNNING },
    1,
    { stage: { kind: 'reading-cursor' } },
    ['found'],
  ],
  [
    'the conversation is not listed',
    LOOKING_UP,
    { look: GONE },
    1,
    { stage: { kind: 'looking-up', since: 1_000, at: 3_000 } },
    [],
  ],
  [
    'the conversation is not listed for a minute',
    { ...LOOKING_UP, since: 0 },
    { look: GONE },
    60,
    { status: 'missing' },
    [],
  ],
  [
    'the poll fails',
    LOOKING_UP,
    { look: REFUSED },
    1,
    { status: 'start-failed', problem: REFUSED.problem },
    [],
  ],
  [
    'the cursor is read',
    READING,
    { cursor: { lastMessage: 'm1' } },
    1,
    { stage: { ...SENDING, at: 1_000 } },
    [],
  ],
  [
    'the cursor cannot be read',
    READING,
    { cursor: REFUSED },
    1,
    { status: 'start-failed', conversation: { id: '1' } },
    [],
  ],
  [
    'the message is delivered',
    SENDING,
    { send: { kind: 'delivered' } },
    1,
    { stage: { ...BEGINNING, at: 1_000, until: 11_000 } },
    ['delivered'],
  ],
  ['the message is refused', SENDING, { send: REFUSED }, 1, { status: 'start-failed' }, ['refused']],
  ['the message is refused after a resume', RESENDING, { send: REFUSED }, 1, { status: 'start-failed' }, []],
  [
    'the response to the message is lost',
    SENDING,
    { send: LOST },
    1,
    { stage: { ...SEARCHING, at: 2_000 } },
    [],
  ],
  [
    'the message is deferred',
    SENDING,
    { send: { kind: 'deferred', problem: PROBLEM, waitMs: 5_000 } },
    1,
    { stage: { ...SENDING, at: 6_000 } },
    ['refused', 'retrying'],
  ],
  [
    'the message is deferred after a resume',
    RESENDING,
    { send: { kind: 'deferred', problem: PROBLEM, waitMs: 5_000 } },
    1,
    { stage: { ...RESENDING, at: 6_000 } },
    ['retrying'],
  ],
  [
    'the message is deferred until after the deadline',
    SENDING,
    { send: { kind: 'deferred', problem: PROBLEM, waitMs: 1e9 } },
    1,
    { kind: 'deadline' },
    ['refused'],
  ],
  [
    'the sandbox is paused',
    SENDING,
    { send: { kind: 'paused' } },
    1,
    { stage: { kind: 'resuming', resuming: { since: 1_000 } } },
    ['refused'],
  ],
  [
    'the sandbox is paused again',
    RESENDING,
    { send: { kind: 'paused' } },
    1,
    { status: 'start-failed', problem: { kind: 'paused' } },
    [],
  ],
  [
    'the server does not accept the message',
    SENDING,
    { send: { kind: 'refused', reason: 'busy' } },
    1,
    { status: 'start-failed', problem: { because: 'busy' } },
    [],
  ],
  [
    'the conversation is gone',
    SENDING,
    { send: { kind: 'unavailable', reason: 'HTTP 410' } },
    1,
    { status: 'missing', phase: 'HTTP 410' },
    ['refused'],
  ],
  [
    'the message is found',
    SEARCHING,
    { messages: ARRIVED },
    1,
    { stage: { kind: 'beginning' } },
    ['delivered'],
  ],
  ['the message is not found once', SEARCHING, { messages: NONE }, 1, { stage: { looks: 1, at: 4_000 } }, []],
  ['the events cannot be read', SEARCHING, { messages: REFUSED }, 1, { stage: { looks: 1, at: 4_000 } }, []],
  [
    'the message is not found four times',
    { ...SEARCHING, looks: 3 },
    { messages: NONE },
    40,
    { status: 'start-failed', problem: PROBLEM },
    [],
  ],
  [
    'the sandbox runs again',
    RESUMING,
    { sandbox: { kind: 'running', handle: 's' } },
    4,
    { stage: { ...RESENDING, at: 4_000 } },
    [],
  ],
  [
    'the sandbox still starts',
    RESUMING,
    { sandbox: { kind: 'starting', handle: 's' } },
    4,
    { stage: { resuming: { at: 6_000 } } },
    [],
  ],
  [
    'the sandbox is gone during the resume',
    RESUMING,
    { sandbox: { kind: 'unavailable', reason: 'missing' } },
    4,
    { status: 'missing', phase: 'missing' },
    [],
  ],
  [
    'the sandbox does not start within two minutes',
    RESUMING,
    { sandbox: { kind: 'paused', handle: 's' } },
    120,
    { status: 'start-failed', problem: { kind: 'sandbox' } },
    [],
  ],
  [
    'the sandbox cannot be read',
    RESUMING,
    { sandbox: REFUSED },
    4,
    { status: 'start-failed', problem: REFUSED.problem },
    [],
  ],
  ['the agent has begun', BEGINNING, { snapshot: RUNNING }, 1, { status: 'running' }, []],
  [
    'the agent has not begun',
    BEGINNING,
    { snapshot: FINISHED },
    1,
    { stage: { kind: 'beginning', at: 3_000 } },
    [],
  ],
  ['the agent has not begun in time', BEGINNING, { snapshot: FINISHED }, 8, { status: 'running' }, []],
  ['the poll for the begin fails', BEGINNING, { snapshot: REFUSED }, 1, { status: 'running' }, []],
])('advances a follow-up if %s', (...[, stage, answer, seconds, next, events]) => {
  const turn = advance(at(stage), answer, seconds * 1000);
  expect(turn.next).toMatchObject(next);
  expect(turn.events.map(({ kind }) => kind)).toEqual(events);
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

  test('is looked for before it is sent', () => {
    const lookingUp = followUpTo('1', message, PLAN, { mark, role: 'follow-up' });
    const { next } = advance(lookingUp, { look: RUNNING }, 1_000);
    expect(next).toMatchObject({ stage: { kind: 'checking-earlier-attempt', looks: 0, at: 1_000 } });
    expect(questionOf(life(0))).toEqual({ ask: 'messages' });
  });

  test.each<[string, number, Answer, object, readonly string[]]>([
    ['is not sent again if it is found', 0, { messages: found }, { kind: 'waiting' }, ['found']],
    [
      'is looked for again if it is not found',
      0,
      { messages: NONE },
      { stage: { kind: 'checking-earlier-attempt', looks: 1, at: 1_000 } },
      [],
    ],
    [
      'is sent if it is not found for half a minute',
      4,
      { messages: NONE },
      { stage: { kind: 'reading-cursor' } },
      [],
    ],
    [
      'is sent at once if the agent server does not have it',
      0,
      { messages: { ...NONE, isLive: true } },
      { stage: { kind: 'reading-cursor' } },
      [],
    ],
    [
      'fails the step if the messages cannot be read',
      0,
      { messages: REFUSED },
      { status: 'start-failed' },
      [],
    ],
  ])('%s', (_, looks, answer, next, events) => {
    const turn = advance(life(looks), answer, 0);
    expect(turn.next).toMatchObject(next);
    expect(turn.events.map(({ kind }) => kind)).toEqual(events);
  });

  test.each<[string, Answer, object]>([
    ['it is found because the step started the conversation', { messages: found }, { role: 'started' }],
    [
      'it is not found because another run started the conversation',
      { messages: { ...NONE, isLive: true } },
      { kind: 'found', role: 'follow-up' },
    ],
  ])('decides the role of the step if nothing else does, such as when %s', (_, answer, events) => {
    const lookingUp = followUpTo('1', message, PLAN, { mark: { ...mark, mayBeSent: true } });
    const searching = advance(lookingUp, { look: RUNNING }, 0);
    expect(searching.events).toEqual([]);
    const turn = advance({ ...life(0), keyed: { mark } }, answer, 0);
    expect(turn.events).toMatchObject([events]);
  });
});

test('after a delivery, the step waits for an end behind the cursor of the message', () => {
  const { next } = advance(at(SENDING, true), { send: { kind: 'delivered' } }, 7_000);
  expect(next).toMatchObject({
    kind: 'waiting',
    watch: { startedAt: 7_000, messageCursor: { lastMessage: 'm1' } },
  });
});

test('events announce a message and a resume before they are sent', () => {
  const asksToResume: FollowUpStage = {
    ...RESUMING,
    resuming: { since: 0, at: 0, isRequested: false, handle: 's' },
  };
  const kinds = [LOOKING_UP, READING, SENDING, SEARCHING, RESUMING, asksToResume, BEGINNING].map((stage) =>
    eventsBefore(at(stage)).map(({ kind }) => kind),
  );
  expect(kinds).toEqual([[], [], ['sending'], [], [], ['sending'], []]);
});

test('each stage asks one question, when it is due', () => {
  const stages = [LOOKING_UP, READING, SENDING, SEARCHING, RESUMING, BEGINNING];
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

test('at the deadline, only a delivered message is an end', () => {
  expect(endAtDeadline(at(BEGINNING))).toMatchObject({
    next: { status: 'running', conversation: { id: '1' } },
  });
  expect(endAtDeadline(at(SENDING))).toBeUndefined();
});
