/** What is looked at again and again is a few answers; more would only fill the memory. */
const MOST_KEPT = 20;
const LARGEST_KEPT_BYTES = 1024 * 1024;

interface Kept {
  readonly etag: string;
  readonly answer: Response;
}

/**
 * The same fetch, by which a GET that is made again asks only whether its answer has changed: one that has not is no request
 * of GitHub's limit.
 * Source: https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api#use-conditional-requests-if-appropriate
 */
export function remembering(send: typeof fetch): typeof fetch {
  const kept = new Map<string, Kept>();
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

function keep(kept: Map<string, Kept>, address: string, response: Response): void {
  kept.delete(address);
  const etag = response.headers.get('etag');
  const size = Number(response.headers.get('content-length') ?? 0);
  if (response.status !== 200 || etag === null || size > LARGEST_KEPT_BYTES) return;
  kept.set(address, { etag, answer: response.clone() });
  const [oldest] = kept.keys();
  if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest);
}
