import { describe, expect, test } from '@jest/globals';

import { planOf, runPlan } from './soak.ts';

/** `npm run soak` runs a thousand conversations, with another seed each time. */
const SEED = 20261124;
const COUNT = 60;

describe('a conversation with random faults', () => {
  test.each(Array.from({ length: COUNT }, (_, number) => planOf(SEED, number)))(
    'number $number: $version, $scenario',
    async (plan) => {
      const { verdict } = await runPlan(SEED, plan);
      expect(verdict).toEqual({ ending: [], duplicates: [], leftAtWork: [], leaked: [] });
    },
  );
});
