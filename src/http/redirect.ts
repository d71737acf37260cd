import { bodyOf, fromNetwork } from './answer.ts';
import { isLoopbackUrl } from './loopback.ts';
import { Unusable } from './request-failure.ts';

/** How much of the end of a file is kept. */
const KEPT_BYTES = 64 * 1024;
/** The largest file that is read. */
const LARGEST_BYTES = 64 * 1024 * 1024;

/**
 * Reads the end of a text file, in whole lines, to which an API redirects. That redirect is followed without the headers
 * that authenticate, and only to https; any other is not. Throws {@link Unusable}.
 */
export async function endOfRedirected(
  address: string,
  { fetch, userAgent, credentials }: RedirectOptions,
  signal: AbortSignal,
): Promise<string> {
  const get = async (url: string, headers: Readonly<Record<string, string>>, status: number) => {
    const init = { headers: { 'user-agent': userAgent, ...headers }, redirect: 'manual', signal } as const;
    const response = await fromNetwork(async () => fetch(url, init));
    if (response.status !== status)
      throw new Unusable({ kind: 'status', status: response.status, detail: '' });
    return response;
  };
  const { headers, body } = await get(address, credentials, 302);
  await body?.cancel();
  const location = URL.parse(headers.get('location') ?? '');
  if (location === null || !mayFollow(location, address))
    throw new Unusable({ kind: 'unexpected', reason: 'GitHub redirects to an address without https' });
  return endOf(await get(location.href, {}, 200));
}

/** What {@link endOfRedirected} needs. */
export interface RedirectOptions {
  readonly fetch: typeof fetch;
  readonly userAgent: string;
  /** The headers that authenticate. */
  readonly credentials: Readonly<Record<string, string>>;
}

/** Whether a redirect may be followed: to https, or in tests from this machine to itself. */
function mayFollow({ protocol, href }: URL, from: string): boolean {
  return protocol === 'https:' || (protocol === 'http:' && isLoopbackUrl(from) && isLoopbackUrl(href));
}

async function endOf(response: Response): Promise<string> {
  let end = Buffer.alloc(0);
  let size = 0;
  for await (const piece of bodyOf(response, LARGEST_BYTES)) {
    size += piece.byteLength;
    end = Buffer.concat([end, piece]).subarray(-KEPT_BYTES);
  }
  const text = end.toString();
  // Drops the first, partial line: it may begin with half a secret, which would not be redacted.
  return size > KEPT_BYTES ? text.slice(text.indexOf('\n') + 1) : text;
}
