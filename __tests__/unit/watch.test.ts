import { describe, expect, test } from '@jest/globals';

import type { Facts } from '../../src/conversation/conversation.ts';
import { factsAfter } from '../../src/conversation/watch.ts';

const NONE: Facts = { pullRequests: [] };
const used = (input: number, output: number): Facts => ({
  ...NONE,
  tokens: { input, cached: 1, output },
});

describe('what is known of a conversation after a look', () => {
  test('is what was known, if the look shows nothing', () => {
    const before = { ...NONE, title: 'A title', costUsd: 0.5 };
    expect(factsAfter(before, undefined)).toBe(before);
  });

  test('is what the look shows', () => {
    const seen = {
      pullRequests: [12],
      title: 'New',
      costUsd: 0.5,
      tokens: { input: 2, cached: 0, output: 1 },
    };
    expect(factsAfter({ ...NONE, title: 'Old', costUsd: 0.2, ...used(1, 1) }, seen)).toEqual(seen);
    expect(factsAfter(NONE, seen)).toEqual(seen);
  });

  test('has no cost and no tokens if neither was ever told', () => {
    expect(factsAfter(NONE, NONE)).toStrictEqual(NONE);
  });

  test.each([0.1, 0, undefined])('is never cheaper than it was, though the look shows %p', (costUsd) => {
    const seen = { ...NONE, ...(costUsd !== undefined && { costUsd }) };
    expect(factsAfter({ ...NONE, costUsd: 0.2 }, seen).costUsd).toBe(0.2);
  });

  test.each([
    ['more were read', used(10, 1), used(9, 1)],
    ['more were written', used(10, 5), used(10, 4)],
    ['more were read and written together', used(10, 5), used(12, 2)],
    ['the look shows none', used(1, 0), NONE],
  ])('has the tokens from before, if %s', (_, before, seen) => {
    expect(factsAfter(before, seen).tokens).toEqual(before.tokens);
  });

  test.each([
    ['more are read', used(10, 1), used(11, 1)],
    ['more are written', used(10, 1), used(10, 2)],
    ['none were told', NONE, used(1, 0)],
  ])('has the tokens of the look, if %s', (_, before, seen) => {
    expect(factsAfter(before, seen).tokens).toEqual(seen.tokens);
  });

  test('has the tokens of the look, if as many are told again: what came out of the cache may have changed', () => {
    const seen = { ...NONE, tokens: { input: 10, cached: 8, output: 1 } };
    expect(factsAfter(used(10, 1), seen).tokens).toEqual(seen.tokens);
  });
});
