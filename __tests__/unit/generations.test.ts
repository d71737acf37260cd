import { expect, test } from '@jest/globals';

import type { Snapshot } from '../../src/conversation/conversation.ts';
import { conversationIdOf, type KeySearch, newestOf } from '../../src/conversation/key.ts';
import type { Found, ListedStart } from '../../src/conversation/start-progress.ts';
import { GONE, RUNNING } from '../support/snapshots.ts';

const { signal } = new AbortController();

/** A server with conversations of these generations, whose ids are their numbers. */
function searchIn(
  there: readonly number[],
  starts: readonly ListedStart[] = [],
): KeySearch & { readonly looks: number[] } {
  const looks: number[] = [];
  const api = {
    look: async (ids: readonly string[]): Promise<readonly Snapshot[]> => {
      looks.push(ids.length);
      return Promise.resolve(ids.map((id) => (there.includes(Number(id)) ? RUNNING : GONE)));
    },
    starts: async (ids: readonly string[]): Promise<readonly ListedStart[]> =>
      Promise.resolve(starts.filter(({ id }) => ids.includes(id))),
    conversation: (id: string) => ({ id, url: `https://openhands.test/${id}` }),
    find: async (): Promise<Found> => Promise.resolve({ kind: 'not-there' }),
  };
  return { api, looks, signal, idOf: String, repository: RUNNING.facts?.repository };
}

test.each([
  ['none', [], undefined],
  ['the first', [0], 0],
  ['the newest, even with deleted ones in between', [0, 2, 5], 5],
  ['one of the next batch', [0, 98, 99, 120], 120],
  ['not one behind a whole batch of gaps', [0, 250], 0],
] as const)('the newest conversation of a key is %s of %j', async (_, there: readonly number[], newest) => {
  const search = searchIn(there);
  expect((await newestOf(search, 99))?.number).toBe(newest);
  expect(search.looks.every((count) => count === 99)).toBe(true);
});

test.each([
  ['are looked for first', [0, 3], 3, [10]],
  ['are followed by more if the last of them exists', [0, 9, 40], 40, [10, 99]],
] as const)('ten generations %s', async (_, there: readonly number[], newest, counts) => {
  const search = searchIn(there);
  expect((await newestOf(search, 10))?.number).toBe(newest);
  expect(search.looks).toEqual(counts);
});

const started = (id: string, progress: ListedStart['progress']): ListedStart => ({
  id,
  task: `task-${id}`,
  createdAt: 0,
  progress,
});

test.each<[string, ListedStart['progress'], number]>([
  ['is the newest while it is pending', { kind: 'pending', task: 'task-3', phase: 'x' }, 3],
  ['is the newest while it may still be listed', readyFor(59_000), 3],
  [
    'is the newest if the server does not say since when it is ready',
    { kind: 'created', id: '3', unlisted: {} },
    3,
  ],
  ['does not count once it is hidden', readyFor(60_000), 1],
  ['does not count if it has failed', { kind: 'failed', reason: 'x' }, 1],
])("another run's start %s", async (_, progress, newest) => {
  const found = await newestOf(searchIn([1], [started('3', progress)]), 10);
  expect(found).toMatchObject({ number: newest, ...(newest === 3 && { progress }) });
});

function readyFor(readyMs: number): ListedStart['progress'] {
  return { kind: 'created', id: '3', unlisted: { readyMs } };
}

test('each further conversation of a key has an id of its own, and the first keeps the plain id of the key', () => {
  const scope = { baseUrl: 'https://app.all-hands.dev', repository: 'octo/repo', account: 'a' };
  const ids = [0, 1, 2].map((generation) => conversationIdOf('key', scope, generation));
  expect(new Set(ids).size).toBe(3);
  expect(ids[0]).toBe(conversationIdOf('key', scope));
});
