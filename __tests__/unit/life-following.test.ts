import { describe, expect, test } from '@jest/globals';

import { ApiFailure, type ListedStart } from '../../src/conversation/api.ts';
import { NO_FACTS } from '../../src/conversation/conversation.ts';
import { type Following, followingOf } from '../../src/conversation/following.ts';
import {
  advance,
  dueAt,
  endAtDeadline,
  eventsBefore,
  idOf,
  questionOf,
  startOf,
} from '../../src/conversation/life.ts';
import type { Answer } from '../../src/conversation/turn.ts';
import { pagesOf } from '../../src/openhands/wire.ts';

const PLAN = { links: pagesOf('https://openhands.test'), startedAt: 100_000, deadlineAt: 160_000 };
const BROKEN = new ApiFailure({ failedTo: 'look for the start', because: 'HTTP 500', todo: 'wait' });
const CONVERSATION = PLAN.links.conversation('chosen');
const CREATED = { kind: 'created', id: 'chosen' } as const;
const NOT_THERE: Answer = { found: { kind: 'not-there' } };

/** A start that the server answered with a task, and a start whose response is unknown. */
const PENDING = followingOf({ id: 'chosen', task: 't', isShared: false, plan: PLAN });
const ASKED = followingOf({ id: 'chosen', isShared: false, plan: PLAN });
const SHARED: Following = { ...PENDING, isShared: true };

function finding(life: Following, isLast = false): Following {
  return { ...life, stage: { kind: 'finding', isLast, at: 0 } };
}

describe('a start that main left unfinished', () => {
  test.each<[string, Following, Answer, seconds: number, next: object, events: readonly string[]]>([
    [
      'has created its conversation',
      PENDING,
      { progress: CREATED },
      101,
      { conversation: CONVERSATION },
      ['found'],
    ],
    [
      'is pending: its conversation is looked for anyway',
      PENDING,
      { progress: { kind: 'pending', task: 't', phase: 'working' } },
      101,
      { stage: { kind: 'finding', isLast: false, at: 101_000 } },
      [],
    ],
    [
      'has a progress that cannot be read',
      PENDING,
      { progress: BROKEN },
      101,
      { stage: { kind: 'finding', isLast: false } },
      [],
    ],
    [
      'has failed: its conversation is looked for once more',
      PENDING,
      { progress: { kind: 'failed', reason: 'no room' } },
      101,
      { stage: { kind: 'finding', isLast: true } },
      [],
    ],
    ['is listed', finding(PENDING), { found: CREATED }, 101, { conversation: CONVERSATION }, ['found']],
    [
      'has failed, and is listed',
      finding(PENDING, true),
      { found: CREATED },
      101,
      { status: 'running' },
      ['found'],
    ],
    ['has failed, and is not listed', finding(PENDING, true), NOT_THERE, 101, { status: 'start-failed' }, []],
    [
      'is not listed',
      finding(PENDING),
      NOT_THERE,
      101,
      { stage: { kind: 'asking', task: 't', at: 103_000 } },
      [],
    ],
    ['is not listed for a minute', finding(PENDING), NOT_THERE, 159, { status: 'start-failed' }, []],
    ['cannot be looked for', finding(PENDING), { found: BROKEN }, 101, { stage: { kind: 'asking' } }, []],
    ['without a response is listed', ASKED, { found: CREATED }, 101, { status: 'running' }, ['found']],
    [
      'without a response is not listed',
      ASKED,
      NOT_THERE,
      101,
      { stage: { kind: 'finding', at: 103_000 } },
      [],
    ],
    [
      'without a response cannot be looked for',
      ASKED,
      { found: BROKEN },
      101,
      { stage: { kind: 'finding' } },
      [],
    ],
    [
      'without a response is pending',
      ASKED,
      { found: { kind: 'pending', task: 't', phase: 'working' } },
      101,
      { stage: { kind: 'finding', isLast: false } },
      [],
    ],
    [
      'without a response cannot be looked up on the server',
      ASKED,
      { found: { kind: 'unreported' } },
      101,
      { status: 'start-failed' },
      [],
    ],
    [
      'without a response has failed',
      ASKED,
      { found: { kind: 'failed', reason: '' } },
      101,
      { status: 'start-failed' },
      [],
    ],
    [
      'of a key has created its conversation: duplicates are looked for',
      SHARED,
      { progress: CREATED },
      101,
      { stage: { kind: 'deduplicating', id: 'chosen', duplicates: { task: 't' } } },
      ['linked'],
    ],
    [
      'of a key has created another id, of which there are no duplicates',
      SHARED,
      { progress: { kind: 'created', id: 'c' } },
      101,
      { conversation: { id: 'c' } },
      ['found'],
    ],
  ])('advances if the start %s', (...[, life, answer, seconds, next, events]) => {
    const turn = advance(life, answer, seconds * 1000);
    expect(turn.next).toMatchObject(next);
    expect(turn.events.map(({ kind }) => kind)).toEqual(events);
  });

  const own: ListedStart = { task: 't', createdAt: 2, progress: CREATED };

  test.each([
    ['started', [own]],
    ['attached', [{ task: 'other', createdAt: 1, progress: CREATED }, own]],
  ] as const)('has the role %s in the end', (role, starts) => {
    const { next: deduplicating } = advance(SHARED, { progress: CREATED }, 101_000);
    if (!('stage' in deduplicating)) throw new Error('a search for duplicates was expected');
    let turn = advance(deduplicating, { starts }, 101_000);
    if ('stage' in turn.next) turn = advance(turn.next, { sandbox: BROKEN }, 101_000);
    expect(turn).toEqual({
      events: [{ kind: 'found', conversation: CONVERSATION, role }],
      next: { status: 'running', conversation: CONVERSATION, facts: NO_FACTS },
    });
  });

  test('emits an event about a sandbox that could not be paused', () => {
    const pausing = {
      isReused: false,
      hasMessage: true,
      notPaused: [],
      sandbox: 'b',
      rest: [],
      tries: 3,
      at: 7,
    } as const;
    const duplicates = { task: 't', isAnswered: true, stage: { kind: 'pausing', ...pausing } } as const;
    const life: Following = { ...SHARED, stage: { kind: 'deduplicating', id: 'chosen', duplicates } };
    expect(questionOf(life)).toEqual({ ask: 'pause', sandbox: 'b' });
    expect(dueAt(life, 0)).toBe(7);
    expect(advance(life, { pause: BROKEN }, 101_000).events.map(({ kind }) => kind)).toEqual([
      'duplicate-not-paused',
      'found',
    ]);
    expect(advance(life, { pause: BROKEN }, 101_000).events[0]).toEqual({
      kind: 'duplicate-not-paused',
      sandbox: 'b',
    });
  });

  test('is looked up at once, and never sent again', () => {
    expect(questionOf(PENDING)).toEqual({ ask: 'progress', task: 't', withinMs: 10_000 });
    expect(questionOf(ASKED)).toEqual({ ask: 'found', query: { id: 'chosen' }, withinMs: 10_000 });
    expect(dueAt(PENDING, Infinity)).toBe(100_000);
    expect([idOf(ASKED), startOf(ASKED), eventsBefore(ASKED), endAtDeadline(ASKED)]).toEqual([
      'chosen',
      100_000,
      [],
      undefined,
    ]);
  });
});
