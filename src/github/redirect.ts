import { isLoopbackUrl } from '../http/address.ts';
import { bodyChunksOf, readBody, wrapNetworkErrors } from '../http/answer.ts';
import { AttemptFailed } from '../http/request-failure.ts';
import { USER_AGENT } from '../version.ts';
import { gitHubLimits } from './failure.ts';

/** How much of the end of a file is returned. */
const END_BYTES = 64 * 1024;
const MAX_JOB_LOG_BYTES = 64 * 1024 * 1024;

/** The address that redirects, and the headers that authenticate there. */
type Address = readonly [address: string, credentials: Readonly<Record<string, string>>];

/** Reads the last whole lines of a text file behind one redirect, to which no credentials go. Throws {@link AttemptFailed}. */
export async function readEndOfRedirected(
  from: Address,
  send: typeof fetch,
  signal: AbortSignal,
): Promise<string> {
  return readEnd(await openRedirected(from, send, signal));
}

/** Reads a file of at most `limitBytes` behind one redirect, to which no credentials go. Throws {@link AttemptFailed}. */
export async function readRedirected(
  from: Address,
  send: typeof fetch,
  signal: AbortSignal,
  limitBytes: number,
): Promise<Uint8Array> {
  const response = await openRedirected(from, send, signal);
  return Buffer.concat(await Array.fromAsync(bodyChunksOf(response, limitBytes)));
}

async function openRedirected(
  [address, credentials]: Address,
  send: typeof fetch,
  signal: AbortSignal,
): Promise<Response> {
  const get = async (url: string, expected: number, headers = {}): Promise<Response> => {
    const init = { headers: { 'user-agent': USER_AGENT, ...headers }, redirect: 'manual', signal } as const;
    const response = await wrapNetworkErrors(async () => send(url, init));
    const { status } = response;
    if (status === expected) return response;
    const { json } = await readBody(response);
    throw new AttemptFailed({ kind: 'status', status, detail: '', ...gitHubLimits(response, json) });
  };
  const { headers, body } = await get(address, 302, credentials);
  await body?.cancel();
  const location = URL.parse(headers.get('location') ?? '');
  if (location === null || !mayFollow(location, address))
    throw new AttemptFailed({ kind: 'unexpected', reason: 'GitHub redirects to an address without https' });
  return get(location.href, 200);
}

/** A redirect may go to https or, in tests, from this machine to itself. */
function mayFollow({ protocol, href }: URL, from: string): boolean {
  return protocol === 'https:' || (protocol === 'http:' && isLoopbackUrl(from) && isLoopbackUrl(href));
}

async function readEnd(response: Response): Promise<string> {
  let end = Buffer.alloc(0);
  let size = 0;
  for await (const piece of bodyChunksOf(response, MAX_JOB_LOG_BYTES)) {
    size += piece.byteLength;
    end = Buffer.concat([end, piece]).subarray(-END_BYTES);
  }
  const text = end.toString();
  // Drops the first line, which is incomplete: half a secret in it would not be redacted.
  return size > END_BYTES ? text.slice(text.indexOf('\n') + 1) : text;
}
