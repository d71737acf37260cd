/** Eleven days: a server that names a later time has another unit in mind. */
const LONGEST_WAIT_MS = 999_999_000;
/** From here on seconds are those since 1970; a span of so many would be one of 31 years. */
const FIRST_MOMENT_S = 1_000_000_000;
/** Source: RFC 9110, section 5.6.7 (HTTP-date); its two obsolete forms are sent by nobody. */
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * How long a server asks to be left alone, in milliseconds; `undefined` if it does not say, or nothing that can be
 * meant. Moments are taken by the server's own clock, which its `Date` tells. Sources: RFC 9110, section 10.2.3
 * (Retry-After, in seconds or as a date); `RateLimitResult` in OpenHands/OpenHands, enterprise/server/rate_limit.py
 * (X-RateLimit-Reset, the end of the window in seconds since 1970; Retry-After is left out now and then); GitHub's is the same.
 *
 * @param isSpent whether the answer refuses what is over the limit of that window.
 */
export function retryAfterMs(headers: Headers, isSpent: boolean): number | undefined {
  const serverNow = Date.parse(headers.get('date') ?? '');
  const asked = waitUntil(headers.get('retry-after') ?? '', serverNow);
  // Answers of every kind tell the end of the window; only of one that is spent it is what is waited for.
  return asked ?? (isSpent ? waitUntil(headers.get('x-ratelimit-reset') ?? '', serverNow) : undefined);
}

/** The wait until a time that is written as seconds from now, seconds since 1970, or a date. */
function waitUntil(time: string, serverNow: number): number | undefined {
  const waitMs = HTTP_DATE.test(time) ? Date.parse(time) - serverNow : inSeconds(time, serverNow);
  return waitMs <= LONGEST_WAIT_MS ? Math.max(waitMs, 0) : undefined;
}

function inSeconds(time: string, serverNow: number): number {
  const seconds = /^\d{1,15}$/.test(time) ? Number(time) : Number.NaN;
  return seconds * 1000 - (seconds < FIRST_MOMENT_S ? 0 : serverNow);
}
