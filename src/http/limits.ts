/** The limit behind a refusal: on requests, on work at the same time, or on work per day. */
export type Limit = 'rate-limit' | 'concurrency-limit' | 'daily-limit';

export interface Limits {
  /** `undefined` if a limit is not the reason. */
  readonly limit?: Limit | undefined;
  /** How long the server asks clients to wait, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
}

/** Reads the limits from a refusal and its body. `limitWords`: the server's figures of the limit that was reached, for people. */
export type LimitsIn = (response: Response, body: unknown) => Limits & { readonly limitWords?: string };

/** Source: RFC 9110, section 5.6.7 (HTTP-date), without its two obsolete forms. */
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/** Parses an HTTP date to milliseconds since 1970; `undefined` if it is not one. */
export function parseHttpDate(text: string): number | undefined {
  const at = HTTP_DATE.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}

/** Eleven days. A server that sends a longer wait means another unit. */
const MAX_TOLD_WAIT_MS = 999_999_000;
/** Larger numbers are seconds since 1970: as a wait they would be 31 years. */
const MIN_EPOCH_S = 1_000_000_000;

/**
 * Returns the wait that headers ask for, in milliseconds; `undefined` if they name none, or an implausible one. Times are compared
 * with the server's clock, its `Date`. Source: RFC 9110, section 10.2.3 (Retry-After, in seconds or as a date).
 *
 * @param isUsedUp whether a limit is used up: only then is X-RateLimit-Reset, which every answer may have, a time to wait for.
 */
export function retryAfterIn(headers: Headers, isUsedUp: boolean): number | undefined {
  const serverNow = parseHttpDate(headers.get('date') ?? '');
  const asked = waitMsUntil(headers.get('retry-after') ?? '', serverNow);
  if (asked !== undefined || !isUsedUp) return asked;
  return waitMsUntil(headers.get('x-ratelimit-reset') ?? '', serverNow);
}

/**
 * Returns the wait until a time, in milliseconds. The time is in seconds from now, in seconds since 1970, or a date. Returns `undefined` if
 * it is something else or implausible, or if the server does not tell its own time.
 */
function waitMsUntil(time: string, serverNow: number | undefined): number | undefined {
  const seconds = /^\d{1,15}$/.test(time) ? Number(time) : undefined;
  if (seconds !== undefined && seconds < MIN_EPOCH_S) return plausibleWaitMs(seconds * 1000);
  const at = seconds === undefined ? parseHttpDate(time) : seconds * 1000;
  return at === undefined || serverNow === undefined ? undefined : plausibleWaitMs(at - serverNow);
}

/** Returns a wait, which is 0 for a time that has passed; `undefined` if it is too long. */
function plausibleWaitMs(waitMs: number): number | undefined {
  return waitMs <= MAX_TOLD_WAIT_MS ? Math.max(waitMs, 0) : undefined;
}
