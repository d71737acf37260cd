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
const ACCEPTED: Ongoing = {
  origin: { kind: 'asked', task: 't' },
  since: 100_000,
  knownAt: 100_000,
  lookedForAt: 100_000,
};
const PENDING: StartStage = { kind: 'pending', ...ACCEPTED, task: 't', by: 100_500 };
const SEARCHING: StartStage = { kind: 'searching', at: 0, lost: PROBLEM, isSecond: false, looks: 0 };
const DOUBT = { problem: PROBLEM, since: 100_000 };
const RECHECKING: StartStage = { kind: 'rechecking', origin: ACCEPTED.origin, doubt: DOUBT, by: 0 };

function at(stage: StartStage, { isShared = false, poll = false } = {}): Starting {
  return { ...startingBy(REQUEST, isShared, { ...PLAN, poll }), stage };
}

const NOT_THERE: Answer = { found: { kind: 'not-there' } };
const working = { kind: 'pending', task: 't', phase: 'working' } as const;

describe('a start', () => {
  test.each<[string, StartStage, Answer, seconds: number, next: object, events: readonly string[]]>([
    // The stage, the answer to its question, and then the next stage and the events.
    [
      'that is not found',
      { kind: 'looking-up', at: 0 },
      NOT_THERE,
      1,
      { stage: { kind: 'asking', at: 1_000 } },
      [],
    ],
    [
      'that is pending already',
      { kind: 'looking-up', at: 0 },
      { found: working },
      1,
      { stage: { kind: 'pending', task: 't', origin: { kind: 'found' }, by: 1_500 } },
      ['start-phase'],
    ],
    [
      'that cannot be looked up',
      { kind: 'looking-up', at: 0 },
      { found: REFUSED },
      1,
      { status: 'start-failed', problem: REFUSED.problem },
      [],
    ],
    [
      'that is accepted',
      { kind: 'asking', at: 0 },
      { start: working },
      1,
      { stage: { kind: 'pending', task: 't', origin: { kind: 'asked', task: 't' }, by: 1_500 } },
      ['preparing', 'start-phase'],
    ],
    [
      'that has to be sent by another API version',
      { kind: 'asking', at: 0 },
      { start: { kind: 'switched' } },
      1,
      { stage: { kind: 'asking', at: 1_000 } },
      ['refused'],
    ],
    [
      'that is deferred',
      { kind: 'asking', at: 0 },
      { start: { kind: 'deferred', problem: PROBLEM, waitMs: 5_000 } },
      1,
      { stage: { kind: 'asking', at: 6_000 } },
      ['refused', 'retrying'],
    ],
    [
      'that is deferred until after the deadline',
      { kind: 'asking', at: 0 },
      { start: { kind: 'deferred', problem: PROBLEM, waitMs: PLAN.deadlineAt } },
      1,
      { kind: 'deadline' },
      ['refused'],
    ],
    [
      'that is refused',
      { kind: 'asking', at: 0 },
      { start: REFUSED },
      1,
      { status: 'start-failed' },
      ['refused'],
    ],
    [
      'whose response is lost',
      { kind: 'asking', at: 0 },
      { start: LOST },
      1,
      { stage: { kind: 'searching', lost: PROBLEM, isSecond: false, looks: 0, at: 2_000 } },
      [],
    ],
    [
      'whose second response is lost',
      { kind: 'asking', at: 0, lost: PROBLEM },
      { start: LOST },
      1,
      { stage: { kind: 'searching', isSecond: true } },
      [],
    ],
    ['that is not found once', SEARCHING, NOT_THERE, 2, { stage: { looks: 1, at: 5_000 } }, []],
    [
      'that is not found twice',
      { ...SEARCHING, looks: 1 },
      NOT_THERE,
      5,
      { stage: { looks: 2, at: 13_000 } },
      [],
    ],
    [
      'that is not found three times',
      { ...SEARCHING, looks: 2 },
      NOT_THERE,
      13,
      { stage: { kind: 'asking', lost: PROBLEM, at: 13_000 } },
      [],
    ],
    [
      'that is not found after a second request',
      { ...SEARCHING, isSecond: true, looks: 2 },
      NOT_THERE,
      13,
      { status: 'start-failed', problem: PROBLEM },
      [],
    ],
    [
      'that is found, but may be that of another run',
      SEARCHING,
      { found: working },
      2,
      { stage: { kind: 'pending', origin: { kind: 'lost' } } },
      ['preparing', 'start-phase'],
    ],
    [
      'that is pending soon after its begin',
      PENDING,
      { progress: working },
      100.5,
      { stage: { by: 101_000 } },
      ['start-phase'],
    ],
    [
      'that is pending later',
      PENDING,
      { progress: working },
      101,
      { stage: { by: 121_000 } },
      ['start-phase'],
    ],
    ['that is slow', PENDING, { progress: working }, 130, { stage: { kind: 'finding' } }, ['start-phase']],
    [
      'that is pending at the last poll',
      PENDING,
      { progress: working },
      PLAN.deadlineAt / 1000 - 2,
      { stage: { kind: 'finding' } },
      ['start-phase'],
    ],
    [
      'that is unknown for less than a minute',
      PENDING,
      { progress: { kind: 'unknown', task: 't' } },
      159,
      { stage: { kind: 'pending', knownAt: 100_000 } },
      [],
    ],
    [
      'that is unknown for a minute',
      PENDING,
      { progress: { kind: 'unknown', task: 't' } },
      160,
      { stage: { kind: 'rechecking', by: 160_000, doubt: { since: 160_000 } } },
      [],
    ],
    [
      'whose progress cannot be read',
      PENDING,
      { progress: REFUSED },
      101,
      { stage: { kind: 'rechecking', doubt: { problem: { because: 'HTTP 401' } } } },
      [],
    ],
    [
      'that is slow and not listed',
      { kind: 'finding', pending: PENDING },
      NOT_THERE,
      130,
      { stage: PENDING },
      [],
    ],
    [
      'that is slow and cannot be looked for',
      { kind: 'finding', pending: PENDING },
      { found: REFUSED },
      130,
      { stage: PENDING },
      [],
    ],
    [
      'that is slow and listed',
      { kind: 'finding', pending: PENDING },
      { found: { kind: 'created', id: 'c' } },
      130,
      { status: 'running', conversation: { id: 'c' } },
      ['found'],
    ],
    [
      'that is in doubt and not found',
      RECHECKING,
      NOT_THERE,
      101,
      { status: 'start-failed', problem: PROBLEM },
      [],
    ],
    [
      'that is in doubt and cannot be looked for',
      RECHECKING,
      { found: REFUSED },
      114,
      { stage: { ...RECHECKING, by: 134_000 } },
      [],
    ],
    [
      'that is in doubt for 15 s',
      RECHECKING,
      { found: REFUSED },
      115,
      { status: 'start-failed', problem: PROBLEM },
      [],
    ],
    [
      'that is in doubt and pending',
      RECHECKING,
      { found: working },
      110,
      { stage: { kind: 'pending', doubt: { problem: PROBLEM, since: 110_000 } } },
      ['start-phase'],
    ],
  ])('%s gets its next stage and events', (...[, stage, answer, seconds, next, events]) => {
    const turn = advance(at(stage), answer, seconds * 1000);
    expect(turn.next).toMatchObject(next);
    expect(turn.events.map(({ kind }) => kind)).toEqual(events);
  });

  test('of a shared id is looked up again after it was deferred', () => {
    const answer: Answer = { start: { kind: 'deferred', problem: PROBLEM, waitMs: 5_000 } };
    const { next } = advance(at({ kind: 'asking', at: 0 }, { isShared: true }), answer, 0);
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
  ])('becomes a conversation to wait for: %j', ({ id, isShared }, events, next) => {
    const turn = advance(
      at(PENDING, { isShared, poll: true }),
      { progress: { kind: 'created', id } },
      101_000,
    );
    expect(turn.next).toMatchObject(next);
    expect(turn.events[0]?.kind).toBe(events);
  });

  test('of another run leaves the conversation to be resumed if it is found paused, because nobody else would resume it', () => {
    const stage: StartStage = { kind: 'looking-up', at: 0 };
    const answer: Answer = { found: { kind: 'created', id: 'chosen' } };
    expect(advance(at(stage, { isShared: true, poll: true }), answer, 0)).toMatchObject({
      events: [{ kind: 'found', role: 'attached' }],
      next: { kind: 'waiting', onPaused: 'wait', onFoundPaused: 'resume', poll: true },
    });
  });

  test('is announced by an event before it is sent, but not before it is looked for', () => {
    expect(eventsBefore(at({ kind: 'asking', at: 0 }))).toEqual([{ kind: 'asking', id: 'chosen' }]);
    expect(eventsBefore(at(SEARCHING))).toEqual([]);
  });

  test('is polled when the pace says so, and at the latest when it is due', () => {
    expect([dueAt(at(PENDING), 100_200), dueAt(at(PENDING), Infinity)]).toEqual([100_200, 100_500]);
    expect(questionOf(at(PENDING))).toEqual({ ask: 'progress', task: 't' });
    expect([idOf(at(PENDING)), startOf(at(PENDING)), endAtDeadline(at(PENDING))]).toEqual([
      'chosen',
      0,
      undefined,
    ]);
  });

  test('is also looked for among the starts of others if the id is shared', () => {
    const query = (stage: StartStage, isShared: boolean): unknown => questionOf(at(stage, { isShared }));
    expect(query(SEARCHING, true)).toEqual({ ask: 'found', query: { ...REQUEST, isShared: true } });
    expect(query(SEARCHING, false)).toEqual({ ask: 'found', query: REQUEST });
    expect(query(RECHECKING, true)).toEqual({
      ask: 'found',
      query: { id: 'chosen', isShared: true },
      withinMs: 15_000,
    });
    expect(
      query({ kind: 'finding', pending: { ...ACCEPTED, kind: 'pending', task: 't', by: 0 } }, true),
    ).toEqual({
      ask: 'found',
      query: { id: 'chosen' },
    });
  });
});
