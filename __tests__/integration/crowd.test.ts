import { expect, test } from '@jest/globals';

import { crowd } from './crowd.ts';

/** `npm run soak -- --crowds 6` runs six crowds of fifty, with another seed each time. */
test('fifty jobs at once on one account all end as expected, and about one request in five is refused', async () => {
  const { wrong, unwatched, conversations, requests, refused, lastBegunAt } = await crowd(2, 50);
  expect(wrong).toEqual([]);
  expect({ unwatched, conversations }).toEqual({ unwatched: 0, conversations: 50 });
  expect(refused / requests).toBeLessThan(0.22);
  expect(lastBegunAt).toBeLessThan(300);
});
