import { describe, expect, test } from '@jest/globals';

import { runMarkOf } from '../../src/message/run-mark.ts';
import { endsWithMark } from '../../src/port/assignment.ts';
import type { Snapshot } from '../../src/port/conversation.ts';
import type { Start } from '../../src/port/place.ts';
import { conversationIdOf, findGenerations, type KeySearch } from '../../src/start/key.ts';
import { simulatedClock } from '../../testbed/clock.ts';
import { stagedApi } from '../support/api.ts';

describe('the conversation id of a key', () => {
  const SCOPE = { baseUrl: 'https://openhands.test', repository: 'octo/repo', account: 'account-1' };

  test("never changes, because another id would start everybody's work a second time", () => {
    expect(conversationIdOf('issue-12', SCOPE)).toBe('68921351-7ab8-5581-806a-273fd1015395');
  });

  test('differs for another key, server, account, repository or generation', () => {
    const ids = [
      conversationIdOf('k', SCOPE),
      conversationIdOf('K', SCOPE),
      conversationIdOf('k', { ...SCOPE, baseUrl: 'https://openhands.test/prefix' }),
      conversationIdOf('k', { ...SCOPE, account: 'account-2' }),
      conversationIdOf('k', { ...SCOPE, repository: '' }),
      conversationIdOf('k', SCOPE, 1),
      conversationIdOf('k', SCOPE, 2),
    ];
    expect(new Set(ids).size).toBe(ids.length);
    expect(conversationIdOf('k', SCOPE, 0)).toBe(ids[0]);
  });
});

describe('the newest conversation of a key', () => {
  /** Returns a server with conversations of these generations, whose ids are their numbers. Records how many are listed at once. */
  function searchIn(there: readonly number[], starts: readonly Start[] = []): [KeySearch, number[]] {
    const looks: number[] = [];
    const api: KeySearch['api'] = {
      ...stagedApi(),
      look: async (ids) => {
        looks.push(ids.length);
        const shown = { phase: '', state: { kind: 'active' }, whenToReadStored: 'never' } as const;
        const listed: Snapshot = { ...shown, facts: { pullRequests: [] } };
        return Promise.resolve(ids.map((id) => (there.includes(Number(id)) ? listed : shown)));
      },
      listStarts: async () => Promise.resolve(starts),
    };
    const clock = simulatedClock();
    return [{ api, clock, idOf: String, signal: new AbortController().signal }, looks];
  }

  test.each([
    [[], undefined, [10]],
    [[0, 3], 3, [10]],
    [[0, 9, 40], 40, [10, 99]],
    [[0, 9, 108, 120], 120, [10, 99, 99]],
    [[0, 250], 0, [10]],
  ] as const)('of %j is %s, found by lists of %j', async (there, newest, counts) => {
    const [search, looks] = searchIn(there);
    expect((await findGenerations(search, 10)).newest?.number).toBe(newest);
    expect(looks).toEqual(counts);
  });

  test.each([
    [59_000, 3],
    [60_000, 1],
  ])(
    'that is started but not listed counts for a minute: after %d ms it is %d, and the next is 4',
    async (readyMs, newest) => {
      const place = { kind: 'created', id: '3', unlisted: { readyMs } } as const;
      const [search] = searchIn([1], [{ id: '3', task: 'task', createdAt: 0, ageMs: 0, place }]);
      expect(await findGenerations(search, 10)).toMatchObject({ newest: { number: newest }, free: 4 });
    },
  );
});

describe('the mark of a run', () => {
  const MARK = runMarkOf(['1658821493', 'agent', '__run_2'], false, 'Fix it');

  test('is a comment that names the run, job, step and request, which no name can end', () => {
    expect(MARK.text).toBe('<!-- openhands-run 1658821493 agent/__run_2 8c6c8d92 -->');
    expect(runMarkOf(['1', 'a-->b\n', 'ü'], true, '').text).toMatch(
      /^<!-- openhands-run 1 a--_b_\/_ [0-9a-f]{8} -->$/,
    );
  });

  test('counts only as the last line of a message', () => {
    expect(endsWithMark(`${MARK.text}\n`, MARK)).toBe(true);
    expect(endsWithMark(`${MARK.text}\nFix it`, MARK)).toBe(false);
  });
});
