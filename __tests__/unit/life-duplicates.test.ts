import { expect, test } from '@jest/globals';

import {
  ApiFailure,
  type ListedStart,
  type Sandbox,
  type StartProgress,
} from '../../src/conversation/api.ts';
import {
  advanceDuplicates,
  type Duplicates,
  duplicatesFrom,
  duplicatesQuestion,
} from '../../src/conversation/duplicates.ts';
import type { Answer } from '../../src/conversation/turn.ts';

const BROKEN = new ApiFailure({ failedTo: 'look for the start', because: 'HTTP 500', todo: 'wait' });
const CREATED: StartProgress = { kind: 'created', id: 'chosen' };
const PENDING: StartProgress = { kind: 'pending', task: 'other', phase: 'working' };
const OWN: ListedStart = { task: 'own', createdAt: 2, sandbox: 'a', progress: CREATED };
const OTHER: ListedStart = { task: 'other', createdAt: 1, sandbox: 'b', progress: CREATED };
const HOME: Sandbox = { kind: 'running', handle: 'b' };
const GONE: Sandbox = { kind: 'unavailable', reason: 'not listed' };

const LISTING = duplicatesFrom(0, { kind: 'asked', task: 'own' });
const LOCATING: Duplicates = {
  task: 'own',
  isAnswered: true,
  stage: { kind: 'locating', isReused: true, isListed: true, alive: [OTHER, OWN], since: 0, at: 0 },
};
const SHARING: Duplicates = {
  task: 'own',
  isAnswered: true,
  stage: {
    kind: 'locating',
    isReused: true,
    isListed: true,
    alive: [{ ...OTHER, sandbox: 'a' }, OWN],
    since: 0,
    at: 0,
  },
};
const PAUSING = pausing(1, ['c']);

function pausing(tries: number, rest: readonly string[]): Duplicates {
  const stage = {
    kind: 'pausing',
    isReused: true,
    hasMessage: false,
    sandbox: 'a',
    rest,
    notPaused: [],
    tries,
    at: 0,
  } as const;
  return { task: 'own', isAnswered: true, stage };
}

test.each<[string, Duplicates, Answer, seconds: number, expected: object]>([
  [
    'the own start is alone',
    LISTING,
    { starts: [OWN] },
    0,
    { isReused: false, hasMessage: true, notPaused: [] },
  ],
  [
    'the starts cannot be read',
    LISTING,
    { starts: BROKEN },
    0,
    { isReused: false, hasMessage: undefined, notPaused: [] },
  ],
  [
    'the start got no answer, and the only one may be that of another run',
    duplicatesFrom(0, { kind: 'lost' }),
    { starts: [OTHER] },
    0,
    { isReused: false, hasMessage: undefined, notPaused: [] },
  ],
  [
    'the start was answered by a server that lists none',
    duplicatesFrom(0, { kind: 'asked' }),
    { starts: [] },
    0,
    { isReused: false, hasMessage: true, notPaused: [] },
  ],
  [
    'the own start is not listed',
    LISTING,
    { starts: [OTHER] },
    0,
    { isReused: false, hasMessage: undefined, notPaused: [] },
  ],
  [
    'another is under way',
    LISTING,
    { starts: [{ ...OTHER, progress: PENDING }, OWN] },
    60,
    { stage: { kind: 'listing', at: 62_000 } },
  ],
  [
    'another is under way for more than a minute',
    LISTING,
    { starts: [{ ...OTHER, progress: PENDING }, OWN] },
    61,
    { stage: { kind: 'locating', isReused: true, at: 61_000 } },
  ],
  [
    'another came earlier',
    LISTING,
    { starts: [OWN, OTHER] },
    4,
    { stage: { kind: 'locating', isReused: true, alive: [OTHER, OWN], at: 4_000 } },
  ],
  [
    'another came later',
    LISTING,
    { starts: [{ ...OTHER, createdAt: 3 }, OWN] },
    4,
    { stage: { kind: 'locating', isReused: false } },
  ],
  [
    'another came at the same time, and has the lower task',
    LISTING,
    { starts: [{ ...OTHER, createdAt: 2, task: 'earlier' }, OWN] },
    4,
    { stage: { kind: 'locating', isReused: true } },
  ],
  [
    'nobody knows which is the own one',
    duplicatesFrom(0, { kind: 'lost' }),
    { starts: [OWN, OTHER] },
    4,
    { stage: { kind: 'locating', isReused: false } },
  ],
  ['the home is not listed', LOCATING, { sandbox: GONE }, 57, { stage: { kind: 'locating', at: 59_000 } }],
  [
    'the home is not listed for a minute',
    LOCATING,
    { sandbox: GONE },
    58,
    { isReused: true, hasMessage: undefined, notPaused: [] },
  ],
  [
    'the home cannot be read',
    LOCATING,
    { sandbox: BROKEN },
    0,
    { isReused: true, hasMessage: undefined, notPaused: [] },
  ],
  [
    'the home is the other one',
    LOCATING,
    { sandbox: HOME },
    5,
    { stage: { kind: 'pausing', hasMessage: false, sandbox: 'a', rest: [], tries: 1, at: 5_000 } },
  ],
  [
    'the home is the own one, of a run that came later',
    LOCATING,
    { sandbox: { ...HOME, handle: 'a' } },
    5,
    { stage: { kind: 'pausing', isReused: true, hasMessage: true, sandbox: 'b' } },
  ],
  [
    'both share a sandbox: the agent has the message of the earlier one',
    SHARING,
    { sandbox: { ...HOME, handle: 'a' } },
    5,
    { isReused: true, hasMessage: false },
  ],
  [
    'a sandbox is paused',
    PAUSING,
    { pause: 'done' },
    1,
    { stage: { sandbox: 'c', rest: [], notPaused: [], tries: 1 } },
  ],
  [
    'a sandbox is not paused',
    PAUSING,
    { pause: BROKEN },
    1,
    { stage: { sandbox: 'a', tries: 2, at: 3_000 } },
  ],
  [
    'a sandbox is not paused three times',
    pausing(3, []),
    { pause: BROKEN },
    5,
    { isReused: true, notPaused: ['a'] },
  ],
])('%s', (_, duplicates, seen, seconds, expected) => {
  expect(advanceDuplicates(duplicates, seen, seconds * 1000)).toMatchObject(expected);
});

test('what is asked is which starts there are, where the conversation lives, and that a sandbox pauses', () => {
  expect([LISTING, LOCATING, PAUSING].map(duplicatesQuestion)).toEqual([
    { ask: 'starts' },
    { ask: 'sandbox' },
    { ask: 'pause', sandbox: 'a' },
  ]);
});
