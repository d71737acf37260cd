import { setTimeout as delay } from 'node:timers/promises';

import { Interruption } from './interruption.ts';

/** A clock as a parameter, so that a test can wait twenty minutes in no time. */
export interface Clock {
  /** Milliseconds since a fixed moment; never goes back. */
  now(): number;
  /** The time of day, to compare with times of servers. */
  date(): Date;
  /** Resolves after `ms` milliseconds; with `Infinity` never. Throws the signal's reason as soon as it is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** Node's longest timer, 24 days: a longer one fires at once. Used for "never". */
const MAX_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => performance.now(),
  date: () => new Date(),
  async sleep(ms, signal) {
    try {
      // Never negative: Node warns about negative delays.
      await delay(Math.min(Math.max(ms, 0), MAX_TIMER_MS), undefined, { signal });
    } catch (error) {
      // Node throws an error of its own for an abort.
      signal.throwIfAborted();
      throw error;
    }
  },
};

/** Runs the body with a signal that is aborted after `ms` milliseconds, or when `cancelled` is. `because` describes the deadline. */
export async function withDeadline<T>(
  clock: Clock,
  ms: number,
  cancelled: AbortSignal,
  body: (signal: AbortSignal) => Promise<T>,
  because?: string,
): Promise<T> {
  // The grace after a signal that is already aborted begins now.
  const alreadyAborted = AbortSignal.abort(new Interruption('deadline', because));
  return withGrace(clock, ms, alreadyAborted, async (passed) => body(AbortSignal.any([passed, cancelled])));
}

/** Runs the body with a signal that is aborted `ms` milliseconds after another one: work that is almost done can finish. */
export async function withGrace<T>(
  clock: Clock,
  ms: number,
  signal: AbortSignal,
  body: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const grace = new AbortController();
  const done = new AbortController();
  const abortLater = (): void => {
    clock.sleep(ms, done.signal).then(
      () => {
        grace.abort(signal.reason);
      },
      // The body was done first.
      () => undefined,
    );
  };
  if (signal.aborted) abortLater();
  else signal.addEventListener('abort', abortLater, { signal: done.signal });
  try {
    return await body(grace.signal);
  } finally {
    // A running timer would keep the process alive.
    done.abort();
  }
}
