import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { waitWithin } from '../../src/conversation/pace.ts';

const longestMs = fc.integer({ min: 1, max: 600 }).map((seconds) => seconds * 1000);
const ageMs = fc.integer({ min: 0, max: 21_600_000 });
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('the wait before a poll', () => {
  test('is between 2 s, or the maximum if that is less, and the maximum, give or take 10 %', () => {
    fc.assert(
      fc.property(ageMs, longestMs, random, (age, longest, chance) => {
        const wait = waitWithin(Infinity, age, { longestMs: longest, random: () => chance });
        expect(wait).toBeGreaterThanOrEqual(Math.min(2000, longest) * 0.9 - 1e-6);
        expect(wait).toBeLessThanOrEqual(longest * 1.1 + 1e-6);
      }),
    );
  });

  test('grows with the age of the conversation', () => {
    fc.assert(
      fc.property(ageMs, ageMs, longestMs, (one, other, longest) => {
        const pace = { longestMs: longest, random: () => 0.5 };
        const [younger, older] = [Math.min(one, other), Math.max(one, other)];
        expect(waitWithin(Infinity, younger, pace)).toBeLessThanOrEqual(waitWithin(Infinity, older, pace));
      }),
    );
  });

  test.each([
    [0, 30_000, 2_000],
    [40_000, 30_000, 2_000],
    [100_000, 30_000, 5_000],
    [600_000, 30_000, 30_000],
    [3_600_000, 30_000, 30_000],
    [0, 1_000, 1_000],
    [3_600_000, 600_000, 180_000],
  ])('at an age of %d ms with a maximum of %d ms is %d ms', (age, longest, expected) => {
    expect(waitWithin(Infinity, age, { longestMs: longest, random: () => 0.5 })).toBeCloseTo(expected);
  });
});

describe('the wait before a deadline', () => {
  test('ends at least two seconds before the deadline and is never negative', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -1000, max: 100_000 }),
        ageMs,
        longestMs,
        random,
        (left, age, longest, chance) => {
          const wait = waitWithin(left, age, { longestMs: longest, random: () => chance });
          if (left > 2100) expect(wait).toBeLessThanOrEqual(left - 2000);
          else expect(wait).toBe(Number.POSITIVE_INFINITY);
          expect(wait).toBeGreaterThan(0);
        },
      ),
    );
  });
});
