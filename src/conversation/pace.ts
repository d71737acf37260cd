const SHORTEST_MS = 2_000;
const SHARE_OF_AGE = 0.05;
/** The same while the server pushes: a look is then only needed in case it has fallen silent. */
const PUSHED = { shortestMs: 1_000, share: 0.5, longestMs: 60_000 } as const;
const JITTER = 0.1;
/** The last look comes this long before the deadline, so that an agent that ends just in time is seen to. */
const LAST_LOOK_MS = 2_000;
/** Timers fire a little early or late: within this, the last look has been. */
const TIMER_SLACK_MS = 100;

/** So long a doubtful state must last before it counts. Servers settle within seconds; a minute is sure. */
export const DOUBT_MS = 60_000;

/** How often a conversation is looked at. */
export interface Pace {
  /** The longest time between two looks, in milliseconds. */
  readonly longestMs: number;
  /** Whether the server pushes what happens. */
  readonly isPushed?: boolean;
  /** A number in [0, 1), anew at each call; spreads the looks of workflows that started at the same moment. */
  readonly random: () => number;
  /** The shortest time between two looks, in milliseconds, if it is not the usual one. */
  readonly shortestMs?: number;
}

/**
 * The time to wait before the next look, in milliseconds: 5 % of the age of the conversation, at least 2 s (or the
 * longest, if that is smaller), at most the longest, ±10 %. So an agent that takes a minute is noticed within
 * seconds, and one that takes an hour costs few requests. While the server pushes: half of the age, 1 s to
 * a minute.
 *
 * @param ageMs time since the start of the conversation, in milliseconds.
 */
export function waitBeforeLook(
  ageMs: number,
  { longestMs, isPushed, random, shortestMs = SHORTEST_MS }: Pace,
): number {
  const base = isPushed
    ? Math.min(Math.max(longestMs, PUSHED.longestMs), Math.max(PUSHED.shortestMs, ageMs * PUSHED.share))
    : Math.min(longestMs, Math.max(shortestMs, ageMs * SHARE_OF_AGE));
  return base * (1 + JITTER * (2 * random() - 1));
}

/**
 * The same, with a deadline: the last look comes 2 s before it, not at a moment that the pace happens to choose.
 * After that look there is nothing to do but to let the deadline pass.
 *
 * @param leftMs time until the deadline, in milliseconds.
 */
export function waitWithin(leftMs: number, ageMs: number, pace: Pace): number {
  return isLastLook(leftMs)
    ? Number.POSITIVE_INFINITY
    : Math.min(waitBeforeLook(ageMs, pace), leftMs - LAST_LOOK_MS);
}

/** Whether no look follows one that was so many milliseconds before the deadline. */
export function isLastLook(leftMs: number): boolean {
  return leftMs - LAST_LOOK_MS <= TIMER_SLACK_MS;
}
