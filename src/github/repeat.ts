import { isDeadline } from '../port/interruption.ts';
import { sleepUntil } from '../session/ask.ts';
import type { Session } from '../session/session.ts';
import { GitHubFailure, wouldFailAgain } from './failure.ts';

/** The pause before the second look: what was posted before is listed by then. Random, as other steps may pause, too. */
const MIN_PAUSE_MS = 5_000;
const MAX_PAUSE_MS = 10_000;
/** Each pause between two tries is twice as long as the one before. Most outages of GitHub are shorter than all of them, two minutes. */
const MAX_TRIES = 5;

/** Returns how many milliseconds to wait until what another step may be posting is listed. */
export function pauseFor({ pace }: Session): number {
  return MIN_PAUSE_MS + pace.random() * (MAX_PAUSE_MS - MIN_PAUSE_MS);
}

/**
 * Repeats an attempt to post until it succeeds, GitHub refuses it, or the tries or the time are over. An attempt looks first for what an
 * earlier one may have posted, whose answer was lost.
 *
 * @param firstPauseMs the pause after the first attempt.
 * @throws the last {@link GitHubFailure}, or the signal's reason.
 */
export async function tryRepeatedly<T>(
  session: Session,
  firstPauseMs: number,
  attempt: (isFirst: boolean) => Promise<T>,
): Promise<T> {
  let failure: GitHubFailure | undefined;
  for (let tries = 1, pauseMs = firstPauseMs; ; tries += 1, pauseMs *= 2) {
    try {
      return await attempt(tries === 1);
    } catch (error) {
      // The failures before the deadline say more than the deadline.
      if (failure !== undefined && isDeadline(error)) throw failure;
      if (!(error instanceof GitHubFailure) || wouldFailAgain(error) || tries === MAX_TRIES) throw error;
      failure = error;
    }
    const nextAt = session.clock.now() + Math.max(pauseMs, failure.retryAfterMs ?? 0);
    if (nextAt >= session.deadlineAt) throw failure;
    await sleepUntil(nextAt, session);
  }
}
