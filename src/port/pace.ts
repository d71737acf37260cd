const MIN_MS = 2_000;
const SHARE_OF_AGE = 0.05;
/** The bounds while the server pushes events. Looks are then only needed in case it has stopped. */
const PUSHED_PACE = { shortestMs: 1_000, longestMs: 300_000 } as const;
const JITTER = 0.1;
/** How long before the deadline the last look is, to see an agent that ends just in time. */
const LAST_LOOK_MS = 2_000;
/** Timers fire a little early or late. A look within this tolerance counts as the last one. */
const TIMER_SLACK_MS = 100;

/** How long an unconfirmed state must last before it counts. Servers settle within seconds; a minute is on the safe side. */
export const CONFIRM_MS = 60_000;
/** How long an agent may take to start on a message. It takes a second or two. */
export const AGENT_BEGIN_MS = 10_000;
/**
 * The least time that a step looks for a conversation before it counts as hidden: the server's clock, which says how long its start
 * has been ready, can be wrong.
 */
export const MIN_LOOKING_MS = 6_000;

export interface Pace {
  /** The longest time between two looks, in milliseconds. */
  readonly maxMs: number;
  /** Whether the server pushes events. */
  readonly isPushed?: boolean;
  /** Returns a random number in [0, 1). It spreads the looks of workflows that start at the same moment. */
  readonly random: () => number;
  /** The shortest time between two looks, in milliseconds, if it is not the default. */
  readonly minMs?: number;
}

/**
 * Returns the time to wait before the next look, in milliseconds: 5 % of `ageMs`, at least `minMs` (or `maxMs`, if that is smaller),
 * at most `maxMs`. The end of a short run is seen within seconds, and a long run costs few requests. While the server pushes, it is as
 * long as the age, from 1 s to five minutes (or `maxMs`, if that is longer). Both vary by 10 %. The last look is 2 s before the
 * deadline: after that, returns Infinity.
 *
 * @param leftMs time until the deadline, in milliseconds.
 * @param ageMs time since the step began, delivered its message, or began to wait for checks, in milliseconds.
 */
export function nextWaitMs(
  leftMs: number,
  ageMs: number,
  { maxMs, isPushed, random, minMs = MIN_MS }: Pace,
): number {
  const base = isPushed
    ? Math.min(Math.max(maxMs, PUSHED_PACE.longestMs), Math.max(PUSHED_PACE.shortestMs, ageMs))
    : Math.min(maxMs, Math.max(minMs, ageMs * SHARE_OF_AGE));
  const jitter = JITTER * (2 * random() - 1);
  const waitMs = base * (1 + jitter);
  return isLastLook(leftMs) ? Number.POSITIVE_INFINITY : Math.min(waitMs, leftMs - LAST_LOOK_MS);
}

/** Whether a look this many milliseconds before the deadline is the last one. */
export function isLastLook(leftMs: number): boolean {
  return leftMs - LAST_LOOK_MS <= TIMER_SLACK_MS;
}
