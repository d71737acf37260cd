import { expect, test } from '@jest/globals';

import { nextWaitMs } from '../../src/port/pace.ts';

test.each([
  [0, 30_000, 2_000],
  [40_000, 30_000, 2_000],
  [100_000, 30_000, 5_000],
  [600_000, 30_000, 30_000],
  [0, 1_000, 1_000],
  [3_600_000, 600_000, 180_000],
])('at an age of %d ms, and with %d ms at most, the next look is after %d ms', (ageMs, maxMs, waitMs) => {
  expect(nextWaitMs(Infinity, ageMs, { maxMs, random: () => 0.5 })).toBeCloseTo(waitMs);
  expect(nextWaitMs(Infinity, ageMs, { maxMs, random: () => 0 })).toBeCloseTo(0.9 * waitMs);
});

test('the last look is two seconds before the deadline', () => {
  expect(nextWaitMs(10_000, 600_000, { maxMs: 30_000, random: () => 0.5 })).toBe(8_000);
  expect(nextWaitMs(2_100, 600_000, { maxMs: 30_000, random: () => 0.5 })).toBe(Infinity);
});
