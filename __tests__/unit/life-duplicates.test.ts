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
const SANDBOX: Sandbox = { kind: 'running', handle: 'b' };
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
    'the response was lost, and the only start may be that of another run',
    duplicatesFrom(0, { kind: 'lost' }),
    { starts: [OTHER] },
    0,
    { isReused: false, hasMessage: undefined, notPaused: [] },
  ],
  [
    'the server accepted the start but lists none',
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
    'another start is pending',
    LISTING,
    { starts: [{ ...OTHER, progress: PENDING }, OWN] },
    60,
    { stage: { kind: 'listing', at: 62_000 } },
  ],
  [
    'another start is pending for more than a minute',
    LISTING,
    { starts: [{ ...OTHER, progress: PENDING }, OWN] },
    61,
    { stage: { kind: 'locating', isReused: true, at: 61_000 } },
  ],
  [
    'another start came earlier',
    LISTING,
    { starts: [OWN, OTHER] },
    4,
    { stage: { kind: 'locating', isReused: true, alive: [OTHER, OWN], at: 4_000 } },
  ],
  [
    'another start came later',
    LISTING,
    { starts: [{ ...OTHER, createdAt: 3 }, OWN] },
    4,
    { stage: { kind: 'locating', isReused: false } },
  ],
  [
    'another start came at the same time and has the lower task',
    LISTING,
    { starts: [{ ...OTHER, createdAt: 2, task: 'earlier' }, OWN] },
    4,
    { stage: { kind: 'locating', isReused: true } },
  ],
  [
    'it is unknown which start is the own one',
    duplicatesFrom(0, { kind: 'lost' }),
    { starts: [OWN, OTHER] },
    4,
    { stage: { kind: 'locating', isReused: false } },
  ],
  [
    'the conversation is not listed',
    LOCATING,
    { sandbox: GONE },
    57,
    { stage: { kind: 'locating', at: 59_000 } },
  ],
  [
    'the conversation is not listed for a minute',
    LOCATING,
    { sandbox: GONE },
    58,
    { isReused: true, hasMessage: undefined, notPaused: [] },
  ],
  [
    'the sandbox of the conversation cannot be read',
    LOCATING,
    { sandbox: BROKEN },
    0,
    { isReused: true, hasMessage: undefined, notPaused: [] },
  ],
  [
    'the conversation is in the other sandbox',
    LOCATING,
    { sandbox: SANDBOX },
    5,
    { stage: { kind: 'pausing', hasMessage: false, sandbox: 'a', rest: [], tries: 1, at: 5_000 } },
  ],
  [
    'the conversation is in the own sandbox, and the other start came earlier',
    LOCATING,
    { sandbox: { ...SANDBOX, handle: 'a' } },
    5,
    { stage: { kind: 'pausing', isReused: true, hasMessage: true, sandbox: 'b' } },
  ],
  [
    'both starts share a sandbox, whose agent has the message of the earlier one',
    SHARING,
    { sandbox: { ...SANDBOX, handle: 'a' } },
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
    'a sandbox could not be paused',
    PAUSING,
    { pause: BROKEN },
    1,
    { stage: { sandbox: 'a', tries: 2, at: 3_000 } },
  ],
  [
    'a sandbox could not be paused three times',
    pausing(3, []),
    { pause: BROKEN },
    5,
    { isReused: true, notPaused: ['a'] },
  ],
])('handles duplicate starts if %s', (_, duplicates, answer, seconds, expected) => {
  expect(advanceDuplicates(duplicates, answer, seconds * 1000)).toMatchObject(expected);
});

test('each stage asks one question: which starts there are, where the conversation is, and that a sandbox pauses', () => {
  expect([LISTING, LOCATING, PAUSING].map(duplicatesQuestion)).toEqual([
    { ask: 'starts' },
    { ask: 'sandbox' },
    { ask: 'pause', sandbox: 'a' },
  ]);
});
