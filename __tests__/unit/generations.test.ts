import { expect, test } from '@jest/globals';

import type { Found } from '../../src/conversation/api.ts';
import type { Snapshot } from '../../src/conversation/conversation.ts';
import { conversationIdOf, newestOf } from '../../src/conversation/key.ts';
import { GONE, RUNNING } from '../support/snapshots.ts';

const { signal } = new AbortController();

test.each([
  ['none', [], undefined],
  ['the first', [0], 0],
  ['the newest, even with deleted ones in between', [0, 2, 5], 5],
  ['one of the next batch', [0, 98, 99, 120], 120],
  ['not one behind a whole batch of gaps', [0, 250], 0],
] as const)('the newest conversation of a key is %s of %j', async (_, there: readonly number[], newest) => {
  const looks: number[] = [];
  const api = {
    look: async (ids: readonly string[]): Promise<readonly Snapshot[]> => {
      looks.push(ids.length);
      return Promise.resolve(ids.map((id) => (there.includes(Number(id)) ? RUNNING : GONE)));
    },
    find: async (): Promise<Found> => Promise.resolve({ kind: 'not-there' }),
  };
  expect((await newestOf(String, api, signal))?.number).toBe(newest);
  expect(looks.every((count) => count === 99)).toBe(true);
});

test('each further conversation of a key has an id of its own, and the first keeps the plain id of the key', () => {
  const scope = { baseUrl: 'https://app.all-hands.dev', repository: 'octo/repo', account: 'a' };
  const ids = [0, 1, 2].map((generation) => conversationIdOf('key', scope, generation));
  expect(new Set(ids).size).toBe(3);
  expect(ids[0]).toBe(conversationIdOf('key', scope));
});
