import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { type Served, serverAt } from './listen.ts';

/** The statuses of responses without a body. Source: https://fetch.spec.whatwg.org/#null-body-status */
const WITHOUT_BODY = [204, 205, 304];
const REDIRECTS = [301, 302, 303, 307, 308];
const DROPPED = { kind: 'dropped' } as const;
const UNANSWERED = { kind: 'unanswered' } as const;

/**
 * A fetch that reaches the servers of this process in memory, and all others over the network. Like Node's, it follows a redirect unless
 * the request says `manual`: so a test sees who is asked then.
 *
 * @throws the errors of Node's fetch
 */
export const memoryFetch: typeof fetch = async (input, init) => {
  const { origin, host, pathname, search } = new URL(input instanceof Request ? input.url : input);
  const serve = serverAt(origin);
  if (serve === undefined) return fetch(input, init);
  const request = new Request(input, init);
  const { signal, method, redirect } = request;
  signal.throwIfAborted();
  // Before the body is read: an abort meanwhile must not be missed.
  const aborted = once(signal, 'abort').then((): Served => UNANSWERED);
  const received = {
    method,
    target: pathname + search,
    headers: { host, ...Object.fromEntries(request.headers) },
    body: await request.text(),
    sender: '127.0.0.1',
  };
  const served = await Promise.race([serve(received).catch((): Served => DROPPED), aborted]);
  if (served.kind === 'unanswered') await aborted;
  signal.throwIfAborted();
  const response = responseOf(served, signal);
  if (redirect === 'manual' || !REDIRECTS.includes(response.status)) return response;
  if (redirect === 'error') throw new TypeError('fetch failed', { cause: new Error('unexpected redirect') });
  return memoryFetch(new URL(response.headers.get('location') ?? '', request.url), init);
};

function responseOf(served: Served, signal: AbortSignal): Response {
  switch (served.kind) {
    case 'reply': {
      const { status, headers, body } = served;
      return new Response(WITHOUT_BODY.includes(status) ? null : body, { status, headers });
    }
    case 'endless': {
      const { status, headers } = served;
      return new Response(endless(served, signal), { status, headers });
    }
    case 'refused':
      throw new TypeError('fetch failed', {
        cause: Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }),
      });
    case 'dropped':
    case 'unanswered':
      throw new TypeError('fetch failed', {
        cause: Object.assign(new Error('other side closed'), { code: 'UND_ERR_SOCKET' }),
      });
  }
}

function endless(
  { begin, chunk }: Extract<Served, { readonly kind: 'endless' }>,
  signal: AbortSignal,
): ReadableStream<Uint8Array> {
  let next = begin;
  return new ReadableStream({
    async pull(controller) {
      await nextTurn();
      signal.throwIfAborted();
      controller.enqueue(Buffer.from(next));
      next = chunk;
    },
  });
}
