/** Eleven days. A server that sends a longer wait uses another unit. */
const MAX_WAIT_MS = 999_999_000;
/** Larger numbers are seconds since 1970: as a wait they would be longer than 31 years. */
const EARLIEST_EPOCH_S = 1_000_000_000;
/** Source: RFC 9110, section 5.6.7 (HTTP-date), without its two obsolete forms. */
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * Returns how long the server asks clients to wait, in milliseconds; `undefined` if it names no time or an implausible one.
 * Times are compared with the server's own clock, its `Date` header. Sources: RFC 9110, section 10.2.3 (Retry-After, in
 * seconds or as a date); `RateLimitResult` in OpenHands/OpenHands, enterprise/server/rate_limit.py (X-RateLimit-Reset, the
 * end of the window in seconds since 1970; Retry-After is sometimes missing). GitHub sends the same.
 *
 * @param isSpent whether the server refused the request because the rate limit of the window is used up.
 */
export function retryAfterMs(headers: Headers, isSpent: boolean): number | undefined {
  const serverNow = Date.parse(headers.get('date') ?? '');
  const asked = waitUntil(headers.get('retry-after') ?? '', serverNow);
  // Every response has the end of the window; it is a reason to wait only if the limit is used up.
  return asked ?? (isSpent ? waitUntil(headers.get('x-ratelimit-reset') ?? '', serverNow) : undefined);
}

/** Returns the wait until a time given as seconds from now, seconds since 1970, or a date. */
function waitUntil(time: string, serverNow: number): number | undefined {
  const waitMs = HTTP_DATE.test(time) ? Date.parse(time) - serverNow : inSeconds(time, serverNow);
  return waitMs <= MAX_WAIT_MS ? Math.max(waitMs, 0) : undefined;
}

function inSeconds(time: string, serverNow: number): number {
  const seconds = /^\d{1,15}$/.test(time) ? Number(time) : Number.NaN;
  return seconds * 1000 - (seconds < EARLIEST_EPOCH_S ? 0 : serverNow);
}
