import * as v from 'valibot';

import { memberOf } from '../text/data.ts';

/** The limit behind a refusal: requests in a time, conversations at once, or conversations in a day. */
export type Limit = 'rate-limit' | 'concurrency-limit' | 'daily-limit';

/** What a refusal says of limits. */
interface Limits {
  /** `undefined` if no limit is the reason. */
  readonly limit?: Limit | undefined;
  /** The server's figures for the limit. */
  readonly figures?: string;
  /** How long the server asks clients to wait, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
}

/** Reads the limits from a refusal and its body. */
export type LimitsIn = (response: Pick<Response, 'status' | 'headers'>, body: unknown) => Limits;

/** Source: OpenHands Cloud's answers to a start, which its automations distinguish. */
const CODES = new Map<string, Limit>([
  ['CONCURRENCY_LIMIT_REACHED', 'concurrency-limit'],
  ['DAILY_SANDBOX_LIMIT_REACHED', 'daily-limit'],
  ['daily_conversation_limit_reached', 'daily-limit'],
]);

const Text = v.fallback(v.optional(v.string()), undefined);
const Count = v.fallback(v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0))), undefined);
const Details = v.object({
  error: Text,
  code: Text,
  limit: Count,
  current: Count,
  used: Count,
  reset_at: Text,
});
const Refusal = v.union([
  v.pipe(
    v.object({ detail: Details }),
    v.transform(({ detail }) => detail),
  ),
  Details,
]);
/**
 * An agent server that runs as many conversations as it may has only words.
 * Source: `ConversationRunLimitExceeded` in OpenHands/software-agent-sdk.
 */
const RunLimit = v.object({ detail: v.pipe(v.string(), v.regex(/\brun (?:limit|capacity)\b/i)) });

/** Reads OpenHands' limits: a 429 is one, with an unknown code a rate limit. */
export const openHandsLimits: LimitsIn = ({ status, headers }, body) => {
  const waitMs = retryAfterMs(headers, status === 429);
  if (status !== 429) return { retryAfterMs: waitMs };
  if (v.is(RunLimit, body)) return { retryAfterMs: waitMs, limit: 'concurrency-limit' };
  const parsed = v.safeParse(Refusal, body);
  if (!parsed.success) return { retryAfterMs: waitMs, limit: 'rate-limit' };
  const { code, error, limit: most, used, current, reset_at: resetAt } = parsed.output;
  const limit = CODES.get(code ?? '') ?? CODES.get(error ?? '') ?? 'rate-limit';
  const figures = Object.entries({ limit: most, used: used ?? current, 'reset at': resetAt })
    .filter(([, figure]) => figure !== undefined)
    .map(([name, figure]) => `${name} ${figure ?? ''}`);
  return { retryAfterMs: waitMs, limit, figures: figures.length === 0 ? '' : `(${figures.join(', ')})` };
};

/** The wait at a limit of GitHub without a given time: its docs ask for a minute. */
const LIMIT_MS = 60_000;
/** Added to the time of a reset, which GitHub gives in whole seconds. */
const MARGIN_MS = 1_000;

/**
 * Reads GitHub's limits: a 403 or 429. A primary limit is in the headers, a secondary one in `Retry-After` or only in the
 * message. Source: https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api#rate-limit-errors
 */
export const gitHubLimits: LimitsIn = ({ status, headers }, body) => {
  const isRefused = status === 403 || status === 429;
  const isSpent = isRefused && headers.get('x-ratelimit-remaining') === '0';
  const askedMs = retryAfterMs(headers, isSpent);
  const message = memberOf(body, 'message');
  const isLimit = isSpent || (isRefused && typeof message === 'string' && /rate limit/i.test(message));
  const waitMs =
    askedMs === undefined ? (isLimit ? LIMIT_MS : undefined) : askedMs + (isSpent ? MARGIN_MS : 0);
  const isLimited = status === 429 || (isRefused && waitMs !== undefined);
  return { retryAfterMs: waitMs, limit: isLimited ? 'rate-limit' : undefined };
};

/** Eleven days. A server that sends a longer wait uses another unit. */
const MAX_WAIT_MS = 999_999_000;
/** Larger numbers are seconds since 1970: as a wait they would be longer than 31 years. */
const EARLIEST_EPOCH_S = 1_000_000_000;
/** Source: RFC 9110, section 5.6.7 (HTTP-date), without its two obsolete forms. */
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * Returns the wait that headers ask for, in milliseconds; `undefined` if they name no time or an implausible one. Times are
 * compared with the server's own clock, its `Date`. Sources: RFC 9110, section 10.2.3 (Retry-After, in seconds or as a
 * date); `RateLimitResult` in OpenHands/OpenHands, enterprise/server/rate_limit.py (X-RateLimit-Reset, the end of the window
 * in seconds since 1970; Retry-After is sometimes missing). GitHub sends the same.
 */
function retryAfterMs(headers: Headers, isSpent: boolean): number | undefined {
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
