import type { Clock } from './clock.ts';
import { json, type Reply } from './reply.ts';

/** How many requests one key may send. */
export interface RateLimit {
  readonly perSecond: number;
  readonly perMinute: number;
}

interface Window {
  readonly index: number;
  count: number;
}

/** Counts requests and says which of them is one too many. */
export interface Limiter {
  /** The refusal of this request, or `undefined` where it is within the limits. */
  refuse(key: string): Reply | undefined;
}

function count(windows: Map<string, Window>, key: string, index: number): number {
  const current = windows.get(key);
  if (current?.index !== index) {
    windows.set(key, { index, count: 1 });
    return 1;
  }
  current.count += 1;
  return current.count;
}

/** Limits in fixed windows of simulated seconds and minutes, as the Cloud has them for each user. */
export function createLimiter(clock: Clock, limit: RateLimit): Limiter {
  const windows = new Map<string, Window>();
  const over = (key: string, seconds: number, most: number): Reply | undefined => {
    const now = clock.now() / 1000;
    const index = Math.floor(now / seconds);
    if (count(windows, `${seconds}/${key}`, index) <= most) return undefined;
    const end = (index + 1) * seconds;
    return json(
      429,
      { error: 'Too many requests' },
      {
        'retry-after': String(Math.max(1, Math.ceil(end - now))),
        'x-ratelimit-limit': String(most),
        'x-ratelimit-remaining': '0',
        'x-ratelimit-reset': String(Math.ceil(end)),
      },
    );
  };
  return {
    refuse: (key) => {
      const second = over(key, 1, limit.perSecond);
      const minute = over(key, 60, limit.perMinute);
      return second ?? minute;
    },
  };
}
