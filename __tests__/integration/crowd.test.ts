import { expect, test } from '@jest/globals';

import { crowd } from './crowd.ts';

/** `npm run soak -- --crowds 6` runs six crowds of fifty, with another seed each time. */
test('twenty jobs at once on one account all end as expected, and fewer than half of the requests are refused', async () => {
  const { wrong, unwatched, conversations, requests, refused, lastBegunAt } = await crowd(20261125, 20);
  expect(wrong).toEqual([]);
  expect({ unwatched, conversations }).toEqual({ unwatched: 0, conversations: 20 });
  expect(refused / requests).toBeLessThan(0.5);
  expect(lastBegunAt).toBeLessThan(300);
});
