/** Only a few answers are polled. More would only fill the memory. */
const MAX_KEPT = 20;
const LARGEST_KEPT_BYTES = 1024 * 1024;

type Kept = Map<string, { readonly etag: string; readonly answer: Response }>;

/**
 * Wraps fetch with a cache: a repeated GET is sent with the ETag of its last answer. If the answer has not changed, GitHub
 * does not count the request against the rate limit.
 * Source: https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api#use-conditional-requests-if-appropriate
 */
export function cachedByEtag(send: typeof fetch): typeof fetch {
  const kept: Kept = new Map();
  return async (input, init = {}) => {
    const isRead = init.method === undefined || init.method === 'GET';
    if (!isRead || input instanceof Request) return send(input, init);
    const address = input.toString();
    const known = kept.get(address);
    const headers = new Headers(init.headers);
    if (known) headers.set('if-none-match', known.etag);
    const response = await send(input, { ...init, headers });
    if (known && response.status === 304) return known.answer.clone();
    keep(kept, address, response);
    return response;
  };
}

function keep(kept: Kept, address: string, response: Response): void {
  kept.delete(address);
  const etag = response.headers.get('etag');
  const size = Number(response.headers.get('content-length') ?? 0);
  if (response.status !== 200 || etag === null || size > LARGEST_KEPT_BYTES) return;
  kept.set(address, { etag, answer: response.clone() });
  const [oldest] = kept.keys();
  if (kept.size > MAX_KEPT && oldest !== undefined) kept.delete(oldest);
}
