import { describe, expect, test } from '@jest/globals';

import type { Facts } from '../../src/conversation/conversation.ts';
import { factsAfter } from '../../src/conversation/watch.ts';

const NONE: Facts = { pullRequests: [] };
const used = (input: number, output: number): Facts => ({
  ...NONE,
  tokens: { input, cached: 1, output },
});

describe('the facts of a conversation after a poll', () => {
  test('are unchanged if the snapshot has none', () => {
    const before = { ...NONE, title: 'A title', costUsd: 0.5 };
    expect(factsAfter(before, undefined)).toBe(before);
  });

  test('are those of the snapshot', () => {
    const facts = {
      pullRequests: [12],
      title: 'New',
      costUsd: 0.5,
      tokens: { input: 2, cached: 0, output: 1 },
    };
    expect(factsAfter({ ...NONE, title: 'Old', costUsd: 0.2, ...used(1, 1) }, facts)).toEqual(facts);
    expect(factsAfter(NONE, facts)).toEqual(facts);
  });

  test('have no cost and tokens if no snapshot had them', () => {
    expect(factsAfter(NONE, NONE)).toStrictEqual(NONE);
  });

  test.each([0.1, 0, undefined])('keep the highest cost if the snapshot shows %p', (costUsd) => {
    const facts = { ...NONE, ...(costUsd !== undefined && { costUsd }) };
    expect(factsAfter({ ...NONE, costUsd: 0.2 }, facts).costUsd).toBe(0.2);
  });

  test.each([
    ['more had been read', used(10, 1), used(9, 1)],
    ['more had been written', used(10, 5), used(10, 4)],
    ['more had been read and written in all', used(10, 5), used(12, 2)],
    ['the snapshot has none', used(1, 0), NONE],
  ])('keep the earlier tokens if %s', (_, before, facts) => {
    expect(factsAfter(before, facts).tokens).toEqual(before.tokens);
  });

  test.each([
    ['more are read', used(10, 1), used(11, 1)],
    ['more are written', used(10, 1), used(10, 2)],
    ['there were none before', NONE, used(1, 0)],
  ])('have the tokens of the snapshot if %s', (_, before, facts) => {
    expect(factsAfter(before, facts).tokens).toEqual(facts.tokens);
  });

  test('have the tokens of the snapshot if the sums are equal, because the cached part may have changed', () => {
    const facts = { ...NONE, tokens: { input: 10, cached: 8, output: 1 } };
    expect(factsAfter(used(10, 1), facts).tokens).toEqual(facts.tokens);
  });
});
