import type { Clock } from '../src/port/clock.ts';

/** The time of day at which simulated clocks begin. */
const EPOCH = Date.UTC(2026, 10, 24);

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/**
 * Returns a clock that jumps to the time of the next sleeper as soon as nothing else runs: hours pass in
 * milliseconds.
 *
 * @param busy whether there is work that the clock cannot see, such as a pending request. The clock does not jump
 * then.
 */
export function simulatedClock(busy: () => boolean = () => false): Clock {
  let now = 0;
  let sleepers: readonly Sleeper[] = [];
  let ticking = false;

  const tick = (): void => {
    if (!busy()) wakeNext();
    ticking = sleepers.length > 0;
    if (ticking) setImmediate(tick);
  };
  const wakeNext = (): void => {
    const [next] = sleepers.toSorted((a, b) => a.at - b.at);
    if (next === undefined) return;
    sleepers = sleepers.filter((each) => each !== next);
    now = Math.max(now, next.at);
    next.wake();
  };

  return {
    now: () => now,
    date: () => new Date(EPOCH + now),
    sleep: async (ms, signal) =>
      new Promise((resolve, reject) => {
        const sleeper = {
          at: now + ms,
          wake: () => {
            signal.removeEventListener('abort', give);
            resolve();
          },
        };
        const give = (): void => {
          sleepers = sleepers.filter((each) => each !== sleeper);
          // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- the caller chose the reason
          reject(signal.reason);
        };
        if (signal.aborted) {
          give();
          return;
        }
        signal.addEventListener('abort', give, { once: true });
        if (ms === Number.POSITIVE_INFINITY) return;
        sleepers = [...sleepers, sleeper];
        if (!ticking) setImmediate(tick);
        ticking = true;
      }),
  };
}
