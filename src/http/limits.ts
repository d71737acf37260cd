/** The limit behind a refusal: requests in a time, work at once, or work in a day. */
export type Limit = 'rate-limit' | 'concurrency-limit' | 'daily-limit';

/** What a refusal says of limits. */
export interface Limits {
  /** `undefined` if no limit is the reason. */
  readonly limit?: Limit | undefined;
  /** How long the server asks clients to wait, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
}

/** Reads the limits from a refusal and its body. `figures`: the server's, in words. */
export type LimitsIn = (response: Response, body: unknown) => Limits & { readonly figures?: string };

/** Eleven days. A server that sends a longer wait uses another unit. */
const MAX_WAIT_MS = 999_999_000;
/** Larger numbers are seconds since 1970: as a wait they would be longer than 31 years. */
const EARLIEST_EPOCH_S = 1_000_000_000;
/** Source: RFC 9110, section 5.6.7 (HTTP-date), without its two obsolete forms. */
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * Returns the wait that headers ask for, in milliseconds; `undefined` if they name no time or an implausible one. Times are
 * compared with the server's own clock, its `Date`. Source: RFC 9110, section 10.2.3 (Retry-After, in seconds or as a date).
 *
 * @param isSpent whether a limit is used up: then X-RateLimit-Reset, the end of its window in seconds since 1970, counts too.
 */
export function retryAfterIn(headers: Headers, isSpent: boolean): number | undefined {
  const serverNow = Date.parse(headers.get('date') ?? '');
  const asked = waitUntil(headers.get('retry-after') ?? '', serverNow);
  // Every response has the end of the window; it is a reason to wait only if the limit is used up.
  return asked ?? (isSpent ? waitUntil(headers.get('x-ratelimit-reset') ?? '', serverNow) : undefined);
}

/** Returns the wait until a time given as seconds from now, seconds since 1970, or a date. */
function waitUntil(time: string, serverNow: number): number | undefined {
  const seconds = /^\d{1,15}$/.test(time) ? Number(time) : Number.NaN;
  const until = HTTP_DATE.test(time) ? Date.parse(time) : seconds * 1000;
  const waitMs = seconds < EARLIEST_EPOCH_S ? until : until - serverNow;
  return waitMs <= MAX_WAIT_MS ? Math.max(waitMs, 0) : undefined;
}
