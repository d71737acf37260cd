import { describe, expect, test } from '@jest/globals';

import { ApiFailure } from '../../src/conversation/api.ts';
import {
  advance,
  dueAt,
  endAtDeadline,
  eventsBefore,
  idOf,
  questionOf,
  startOf,
} from '../../src/conversation/life.ts';
import {
  type Ongoing,
  type Starting,
  startingBy,
  type StartStage,
} from '../../src/conversation/start-stages.ts';
import type { Answer } from '../../src/conversation/turn.ts';
import { PLAN } from '../support/live.ts';

const REQUEST = { id: 'chosen', message: 'Check the README' };
const PROBLEM = { failedTo: 'start the conversation', because: 'HTTP 504', todo: 'wait' };
const LOST = new ApiFailure(PROBLEM, true);
const REFUSED = new ApiFailure({ ...PROBLEM, because: 'HTTP 401' });

/** A start that was accepted at 100 s. */
const BEGUN: Ongoing = {
  origin: { kind: 'asked', task: 't' },
  since: 100_000,
  knownAt: 100_000,
  listedAt: 100_000,
};
const PENDING: StartStage = { kind: 'pending', ...BEGUN, task: 't', by: 100_500 };
const SEARCHING: StartStage = { kind: 'searching', at: 0, lost: PROBLEM, isSecond: false, looks: 0 };
const DOUBT = { problem: PROBLEM, since: 100_000 };
const RECHECKING: StartStage = { kind: 'rechecking', origin: BEGUN.origin, doubt: DOUBT, by: 0 };

function at(stage: StartStage, { isShared = false, poll = false } = {}): Starting {
  return { ...startingBy(REQUEST, isShared, { ...PLAN, poll }), stage };
}

const NOT_THERE: Answer = { found: { kind: 'not-there' } };
const working = { kind: 'pending', task: 't', phase: 'working' } as const;

describe('a start', () => {
  test.each<[string, StartStage, Answer, seconds: number, next: object, told: readonly string[]]>([
    // What was seen of it, by stage: what is asked next, and what is told.
    ['not there', { kind: 'looking-up', at: 0 }, NOT_THERE, 1, { stage: { kind: 'asking', at: 1_000 } }, []],
    [
      'under way already',
      { kind: 'looking-up', at: 0 },
      { found: working },
      1,
      { stage: { kind: 'pending', task: 't', origin: { kind: 'found' }, by: 1_500 } },
      ['start-phase'],
    ],
    [
      'not looked up',
      { kind: 'looking-up', at: 0 },
      { found: REFUSED },
      1,
      { status: 'start-failed', problem: REFUSED.problem },
      [],
    ],
    [
      'accepted',
      { kind: 'asking', at: 0 },
      { start: working },
      1,
      { stage: { kind: 'pending', task: 't', origin: { kind: 'asked', task: 't' }, by: 1_500 } },
      ['preparing', 'start-phase'],
    ],
    [
      'to be asked for by another version',
      { kind: 'asking', at: 0 },
      { start: { kind: 'switched' } },
      1,
      { stage: { kind: 'asking', at: 1_000 } },
      ['refused'],
    ],
    [
      'put off',
      { kind: 'asking', at: 0 },
      { start: { kind: 'deferred', problem: PROBLEM, waitMs: 5_000 } },
      1,
      { stage: { kind: 'asking', at: 6_000 } },
      ['refused', 'retrying'],
    ],
    [
      'put off until after the deadline',
      { kind: 'asking', at: 0 },
      { start: { kind: 'deferred', problem: PROBLEM, waitMs: PLAN.deadlineAt } },
      1,
      { kind: 'deadline' },
      ['refused'],
    ],
    ['refused', { kind: 'asking', at: 0 }, { start: REFUSED }, 1, { status: 'start-failed' }, ['refused']],
    [
      'of which the answer is lost',
      { kind: 'asking', at: 0 },
      { start: LOST },
      1,
      { stage: { kind: 'searching', lost: PROBLEM, isSecond: false, looks: 0, at: 2_000 } },
      [],
    ],
    [
      'of which a second answer is lost',
      { kind: 'asking', at: 0, lost: PROBLEM },
      { start: LOST },
      1,
      { stage: { kind: 'searching', isSecond: true } },
      [],
    ],
    ['not found once', SEARCHING, NOT_THERE, 2, { stage: { looks: 1, at: 5_000 } }, []],
    ['not found twice', { ...SEARCHING, looks: 1 }, NOT_THERE, 5, { stage: { looks: 2, at: 13_000 } }, []],
    [
      'not found three times',
      { ...SEARCHING, looks: 2 },
      NOT_THERE,
      13,
      { stage: { kind: 'asking', lost: PROBLEM, at: 13_000 } },
      [],
    ],
    [
      'not found after a second request',
      { ...SEARCHING, isSecond: true, looks: 2 },
      NOT_THERE,
      13,
      { status: 'start-failed', problem: PROBLEM },
      [],
    ],
    [
      'found, though perhaps that of another run',
      SEARCHING,
      { found: working },
      2,
      { stage: { kind: 'pending', origin: { kind: 'lost' } } },
      ['preparing', 'start-phase'],
    ],
    ['seen soon', PENDING, { progress: working }, 100.5, { stage: { by: 101_000 } }, ['start-phase']],
    ['seen later', PENDING, { progress: working }, 101, { stage: { by: 121_000 } }, ['start-phase']],
    ['slow', PENDING, { progress: working }, 130, { stage: { kind: 'listing' } }, ['start-phase']],
    [
      'at its last look',
      PENDING,
      { progress: working },
      PLAN.deadlineAt / 1000 - 2,
      { stage: { kind: 'listing' } },
      ['start-phase'],
    ],
    [
      'unknown for less than a minute',
      PENDING,
      { progress: { kind: 'unknown', task: 't' } },
      159,
      { stage: { kind: 'pending', knownAt: 100_000 } },
      [],
    ],
    [
      'unknown for a minute',
      PENDING,
      { progress: { kind: 'unknown', task: 't' } },
      160,
      { stage: { kind: 'rechecking', by: 160_000, doubt: { since: 160_000 } } },
      [],
    ],
    [
      'that cannot be asked about',
      PENDING,
      { progress: REFUSED },
      101,
      { stage: { kind: 'rechecking', doubt: { problem: { because: 'HTTP 401' } } } },
      [],
    ],
    ['slow and not listed', { kind: 'listing', pending: PENDING }, NOT_THERE, 130, { stage: PENDING }, []],
    [
      'slow and not looked for',
      { kind: 'listing', pending: PENDING },
      { found: REFUSED },
      130,
      { stage: PENDING },
      [],
    ],
    [
      'slow and listed',
      { kind: 'listing', pending: PENDING },
      { found: { kind: 'created', id: 'c' } },
      130,
      { status: 'running', conversation: { id: 'c' } },
      ['found'],
    ],
    ['in doubt and not there', RECHECKING, NOT_THERE, 101, { status: 'start-failed', problem: PROBLEM }, []],
    [
      'in doubt and not looked for',
      RECHECKING,
      { found: REFUSED },
      114,
      { stage: { ...RECHECKING, by: 134_000 } },
      [],
    ],
    [
      'in doubt for 15 s',
      RECHECKING,
      { found: REFUSED },
      115,
      { status: 'start-failed', problem: PROBLEM },
      [],
    ],
    [
      'in doubt and under way',
      RECHECKING,
      { found: working },
      110,
      { stage: { kind: 'pending', doubt: { problem: PROBLEM, since: 110_000 } } },
      ['start-phase'],
    ],
  ])('%s', (...[, stage, seen, seconds, next, told]) => {
    const turn = advance(at(stage), seen, seconds * 1000);
    expect(turn.next).toMatchObject(next);
    expect(turn.events.map(({ kind }) => kind)).toEqual(told);
  });

  test('of a shared id is looked up once more after it was put off', () => {
    const seen: Answer = { start: { kind: 'deferred', problem: PROBLEM, waitMs: 5_000 } };
    const { next } = advance(at({ kind: 'asking', at: 0 }, { isShared: true }), seen, 0);
    expect(next).toMatchObject({ stage: { kind: 'looking-up', at: 5_000 } });
  });

  test.each([
    [{ id: 'c', isShared: false }, 'found', { kind: 'waiting' }],
    [{ id: 'c', isShared: true }, 'key-ignored', { kind: 'waiting' }],
    [
      { id: 'chosen', isShared: true },
      'linked',
      { stage: { kind: 'deduplicating', duplicates: { task: 't' } } },
    ],
  ])('becomes a conversation that is waited for: %j', ({ id, isShared }, told, next) => {
    const turn = advance(
      at(PENDING, { isShared, poll: true }),
      { progress: { kind: 'created', id } },
      101_000,
    );
    expect(turn.next).toMatchObject(next);
    expect(turn.events[0]?.kind).toBe(told);
  });

  test('that another run has made is resumed if it is found paused: nobody else would', () => {
    const stage: StartStage = { kind: 'looking-up', at: 0 };
    const seen: Answer = { found: { kind: 'created', id: 'chosen' } };
    expect(advance(at(stage, { isShared: true, poll: true }), seen, 0)).toMatchObject({
      events: [{ kind: 'found', role: 'attached' }],
      next: { kind: 'waiting', onPaused: 'wait', onFoundPaused: 'resume', poll: true },
    });
  });

  test('is told of before it is asked for, and not before it is looked for', () => {
    expect(eventsBefore(at({ kind: 'asking', at: 0 }))).toEqual([{ kind: 'asking', id: 'chosen' }]);
    expect(eventsBefore(at(SEARCHING))).toEqual([]);
  });

  test('is asked about when the pace says so, and at the latest when it is due', () => {
    expect([dueAt(at(PENDING), 100_200), dueAt(at(PENDING), Infinity)]).toEqual([100_200, 100_500]);
    expect(questionOf(at(PENDING))).toEqual({ ask: 'progress', task: 't' });
    expect([idOf(at(PENDING)), startOf(at(PENDING)), endAtDeadline(at(PENDING))]).toEqual([
      'chosen',
      0,
      undefined,
    ]);
  });

  test('is looked for among what others have asked for, too, if they may have', () => {
    const query = (stage: StartStage, isShared: boolean): unknown => questionOf(at(stage, { isShared }));
    expect(query(SEARCHING, true)).toEqual({ ask: 'found', query: { ...REQUEST, isShared: true } });
    expect(query(SEARCHING, false)).toEqual({ ask: 'found', query: REQUEST });
    expect(query(RECHECKING, true)).toEqual({
      ask: 'found',
      query: { id: 'chosen', isShared: true },
      withinMs: 15_000,
    });
    expect(
      query({ kind: 'listing', pending: { ...BEGUN, kind: 'pending', task: 't', by: 0 } }, true),
    ).toEqual({
      ask: 'found',
      query: { id: 'chosen' },
    });
  });
});
