import { describe, expect, test } from '@jest/globals';

import { RequestFailed } from '../../src/http/failure.ts';
import { openHandsApi } from '../../src/openhands/client.ts';
import { type Page, readNewestFirst, type ReadPage, readWhatFits } from '../../src/openhands/history.ts';

const SERVER = { baseUrl: 'https://openhands.test', api: openHandsApi(() => undefined) };
const TOO_LARGE = { kind: 'too-large', limitBytes: 10 } as const;

/** Returns a reader of items by their sizes, whose pages may have 10 bytes; and the limits that it was asked for. */
function listOf(sizes: readonly number[], largestItem = 64): { read: ReadPage<number>; limits: number[] } {
  const limits: number[] = [];
  const read: ReadPage<number> = async (limit, from = '0') => {
    limits.push(limit);
    const at = Number(from);
    const items = sizes.slice(at, at + limit);
    const bytes = items.reduce((sum, size) => sum + size, 0);
    if (bytes > (limit === 1 ? largestItem : 10))
      return Promise.reject(new RequestFailed({ goal: 'read', kind: 'read' }, TOO_LARGE, SERVER));
    const next = at + limit < sizes.length ? { next: String(at + limit) } : {};
    return Promise.resolve({ items, ...next });
  };
  return { read, limits };
}

describe('a page that is too large', () => {
  test('has the same items if it is read in pieces', async () => {
    const sizes = Array.from({ length: 150 }, (_, index) => (index % 10 === 0 ? 4 : 0));
    const { read } = listOf(sizes);
    expect(await readWhatFits(read, 100)).toEqual({ items: sizes.slice(0, 100), next: '100' });
  });

  test('is read in few pieces, even if a hundred starts have 25 with pictures', async () => {
    const sizes = Array.from({ length: 100 }, (_, index) => (index < 25 ? 4 : 0));
    const { read, limits } = listOf(sizes);
    expect(await readWhatFits(read, 100)).toEqual({ items: sizes });
    expect(limits.length).toBeLessThan(40);
  });

  test('may have an item that alone is larger than a page may be', async () => {
    const { read } = listOf([0, 50, 0, 0]);
    expect(await readWhatFits(read, 4)).toEqual({ items: [0, 50, 0, 0] });
  });

  test('is an error if a single item is too large', async () => {
    const { read } = listOf([0, 65, 0]);
    await expect(readWhatFits(read, 3)).rejects.toMatchObject({ failure: TOO_LARGE });
  });

  test('begins where the last one has ended', async () => {
    const sizes = Array.from({ length: 30 }, () => 3);
    const { read } = listOf(sizes);
    expect(await Array.fromAsync(readNewestFirst(read, 10))).toEqual(sizes);
  });
});

test('a page that fits is read with one request, even if the server sends fewer items', async () => {
  const limits: number[] = [];
  const few = async (limit: number): Promise<Page<number>> => {
    limits.push(limit);
    return Promise.resolve({ items: [1, 2], next: '2' });
  };
  expect(await readWhatFits(few, 100)).toEqual({ items: [1, 2], next: '2' });
  expect(limits).toEqual([100]);
});
