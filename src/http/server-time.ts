import type { Clock } from '../port/clock.ts';

/** Source: RFC 9110, section 5.6.7 (HTTP-date), without its two obsolete forms. */
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;
/** If the clocks of a server and this machine differ by more, one of them is wrong, and nobody knows which. */
const MAX_DIFFERENCE_MS = 24 * 60 * 60_000;

/** Parses an HTTP date to milliseconds since 1970; `undefined` if it is not one. */
export function parseHttpDate(text: string): number | undefined {
  const at = HTTP_DATE.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}

/**
 * Returns a server's time in milliseconds since 1970; `undefined` if it cannot be trusted, because it differs too much from this machine's
 * time. If the server has told no time, returns this machine's.
 *
 * @param offsetMs what to add to the clock's time to get the server's; absent if the server has told no time.
 */
export function serverTimeAt(clock: Clock, offsetMs: number | undefined): number | undefined {
  const here = clock.date().getTime();
  const there = offsetMs === undefined ? here : clock.now() + offsetMs;
  return Math.abs(there - here) > MAX_DIFFERENCE_MS ? undefined : there;
}
