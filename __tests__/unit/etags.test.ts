import { expect, test } from '@jest/globals';

import { guardFetch } from '../../src/github/octokit.ts';

interface Sent {
  readonly address: string;
  readonly known: string | null;
}

/** A server that answers with the texts of its pages, each with its text as the ETag, and records the requests. */
function server(pages: Record<string, string>, status = 200): { readonly get: Get; readonly sent: Sent[] } {
  const sent: Sent[] = [];
  const send = guardFetch(async (input, init) => {
    const address = input instanceof Request ? input.url : input.toString();
    const text = pages[address] ?? '';
    const known = new Headers(init?.headers).get('if-none-match');
    sent.push({ address, known });
    const etag = `"${text}"`;
    return Promise.resolve(
      known === etag
        ? new Response(null, { status: 304 })
        : new Response(text, { status, headers: text === 'untagged' ? {} : { etag } }),
    );
  });
  return { sent, get: async (address, init = { method: 'GET' }) => (await send(address, init)).text() };
}

type Get = (address: string, init?: RequestInit) => Promise<string>;

test('a response that has not changed is reused, as often as it is requested', async () => {
  const { get, sent } = server({ a: 'one' });
  expect([await get('a'), await get('a'), await get('a')]).toEqual(['one', 'one', 'one']);
  expect(sent.map(({ known }) => known)).toEqual([null, '"one"', '"one"']);
});

test('a response that has changed replaces the cached one', async () => {
  const pages = { a: 'one' };
  const { get, sent } = server(pages);
  await get('a');
  pages.a = 'two';
  expect([await get('a'), await get('a')]).toEqual(['two', 'two']);
  expect(sent.map(({ known }) => known)).toEqual([null, '"one"', '"two"']);
});

test.each([
  ['without an ETag', { a: 'untagged' }, { method: 'GET' }, 200],
  ['to a request other than GET', { a: 'one' }, { method: 'POST' }, 200],
  ['with a failure status', { a: 'one' }, { method: 'GET' }, 403],
] as const)('a response %s is not cached', async (_what, pages, init, status) => {
  const { get, sent } = server(pages, status);
  await Promise.allSettled([get('a', init)]);
  await Promise.allSettled([get('a', init)]);
  expect(sent.map(({ known }) => known)).toEqual([null, null]);
});
