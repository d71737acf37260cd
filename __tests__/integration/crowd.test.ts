import { expect, test } from '@jest/globals';

import { crowd } from './crowd.ts';

/** `npm run soak -- --crowds 6` runs 300 jobs, with another seed each time. */
test('fifty jobs at once on one account all end as expected, and fewer than half of the requests are refused', async () => {
  const { wrong, unwatched, conversations, requests, refused, lastBegunAt } = await crowd(20261125, 50);
  expect(wrong).toEqual([]);
  expect({ unwatched, conversations }).toEqual({ unwatched: 0, conversations: 50 });
  // Without a jitter that grows with the crowd, six of ten are refused.
  expect(refused / requests).toBeLessThan(0.5);
  expect(lastBegunAt).toBeLessThan(300);
});
