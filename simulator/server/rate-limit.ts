import type { Clock } from '../clock.ts';
import type { FaultAnswer } from '../faults.ts';
import type { JsonObject } from '../json.ts';
import { json, type Reply } from '../reply.ts';

/** The number of requests that the Cloud allows for a key. */
export interface RateLimit {
  readonly perSecond: number;
  readonly perMinute: number;
}

/** The sender of a request. */
interface Sender {
  readonly key: string;
  /** The sender's IP address. */
  readonly address: string;
}

/** The decision about a request. */
type Verdict =
  | { readonly kind: 'pass' }
  /** The request is delayed by simulated seconds. */
  | { readonly kind: 'wait'; readonly seconds: number }
  | { readonly kind: 'refuse'; readonly reply: Reply };

/** Counts a request and decides about it. */
export type Limiter = (sender: Sender) => Verdict;

const PASS: Verdict = { kind: 'pass' };

interface Window {
  readonly endsAt: number;
  count: number;
}

/**
 * Limits requests for each key like the Cloud. A window begins with its first request. Redis rounds its remaining time to
 * whole seconds; `Retry-After` rounds that down, so it is up to 1.5 s too short, and always 0 for the limit per second.
 * `X-RateLimit-Reset` is a time in seconds since the epoch.
 * Source: OpenHands/OpenHands, enterprise/server/rate_limit.py; alisaifee/limits, FixedWindowRateLimiter and RedisStorage.
 */
export function limitLikeCloud(clock: Clock, { perSecond, perMinute }: RateLimit): Limiter {
  const second = windows(clock, perSecond, 1, 'second');
  const minute = windows(clock, perMinute, 60, 'minute');
  return ({ key }) => {
    const reply = second(key) ?? minute(key);
    return reply === undefined ? PASS : { kind: 'refuse', reply };
  };
}

/** Returns a function that counts a request of a key, and refuses it if it is one too many in the key's window of `seconds`. */
function windows(
  clock: Clock,
  most: number,
  seconds: number,
  name: string,
): (key: string) => Reply | undefined {
  const open = new Map<string, Window>();
  return (key) => {
    const now = clock.now() / 1000;
    const before = open.get(key);
    const window =
      before === undefined || before.endsAt <= now ? { endsAt: now + seconds, count: 0 } : before;
    open.set(key, window);
    window.count += 1;
    if (window.count <= most) return undefined;
    const left = Math.round(window.endsAt - now);
    const limit = `${most} per 1 ${name}`;
    return json(
      429,
      { error: `Rate limit exceeded: ${limit}` },
      {
        'retry-after': String(Math.max(0, left - 1)),
        'x-ratelimit-limit': limit,
        'x-ratelimit-remaining': '0',
        'x-ratelimit-reset': String(Math.floor(now + left)),
      },
    );
  };
}

const reached = (detail: JsonObject): FaultAnswer => ({
  kind: 'status',
  status: 429,
  body: JSON.stringify({ detail }),
});

/** The Cloud's answers at the limits of an account other than the request rate. */
export const LIMITS_REACHED = {
  'concurrency-limit': reached({ error: 'CONCURRENCY_LIMIT_REACHED', limit: 5, current: 5 }),
  'daily-sandbox-limit': reached({ error: 'DAILY_SANDBOX_LIMIT_REACHED', limit: 50, current: 50 }),
  'daily-conversation-limit': reached({
    code: 'daily_conversation_limit_reached',
    limit: 10,
    used: 10,
    reset_at: '2026-11-25T00:00:00Z',
  }),
} as const;

const MAX_OWN_REQUESTS = 10;
const OWN_WAIT_SECONDS = 1;

/**
 * Limits requests for each address, regardless of the key, like a self-hosted server: within a second, the eleventh to the
 * twentieth request are delayed, and the others refused.
 * Source: `InMemoryRateLimiter` in OpenHands/OpenHands, openhands/app_server/middleware.py; seen with 1.11.0.
 */
export function limitLikeOwnServer(clock: Clock): Limiter {
  const recent = new Map<string, readonly number[]>();
  return ({ address }) => {
    const now = clock.now();
    const times = [...(recent.get(address) ?? []).filter((time) => time > now - 1000), now];
    recent.set(address, times);
    if (times.length <= MAX_OWN_REQUESTS) return PASS;
    if (times.length <= 2 * MAX_OWN_REQUESTS) return { kind: 'wait', seconds: OWN_WAIT_SECONDS };
    return { kind: 'refuse', reply: json(429, { message: 'Too many requests' }, { 'retry-after': '1' }) };
  };
}
