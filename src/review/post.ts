import * as v from 'valibot';

import { GitHubFailure, isRateLimited } from '../github/failure.ts';
import { type PullRequest, readListAbout, requestAbout } from '../github/pull-request.ts';
import { matchesTokenAccount } from '../github/token-account.ts';
import { isDeadline } from '../port/interruption.ts';
import { sleepUntil } from '../session/ask.ts';
import type { Session } from '../session/session.ts';

/** The pause before the second look: what was posted before is listed by then. Random, as other steps may pause, too. */
const MIN_PAUSE_MS = 5_000;
const MAX_PAUSE_MS = 10_000;
/** Each pause between two tries is twice as long as the one before. Most outages of GitHub are shorter than all of them, two minutes. */
const MAX_POST_TRIES = 5;

const Review = v.object({
  id: v.pipe(v.number(), v.safeInteger()),
  body: v.nullish(v.string(), ''),
  user: v.nullish(v.object({ login: v.string() })),
});

/**
 * Posts a review and returns its id, unless it is there already: another attempt has posted it, or this one, whose answer was lost. Tries
 * again unless GitHub refuses it.
 *
 * @param markers the last lines that the review may have.
 * @param mayRace whether another step may be posting it at the same time.
 * @param draftOf returns the review, with or without comments on lines.
 * @throws {GitHubFailure}, or the signal's reason.
 */
export async function postOnce(
  pull: PullRequest,
  session: Session,
  markers: readonly string[],
  mayRace: boolean,
  draftOf: (hasLineComments: boolean) => Promise<Readonly<Record<string, unknown>>>,
): Promise<number> {
  const pauseMs = MIN_PAUSE_MS + session.pace.random() * (MAX_PAUSE_MS - MIN_PAUSE_MS);
  const pause = async (): Promise<void> => sleepUntil(session.clock.now() + pauseMs, session);
  const postUnlessFound = async (hasLineComments: boolean): Promise<number> => {
    const found = await findReview(pull, markers);
    if (found !== undefined) return found;
    const draft = await draftOf(hasLineComments);
    try {
      return (await requestAbout(pull, 'post the review on', '/reviews', Review, draft)).id;
    } catch (error) {
      // 422: GitHub refuses the lines of the review, and so all of it.
      const areLinesRefused = hasLineComments && error instanceof GitHubFailure && error.status === 422;
      if (!areLinesRefused) throw error;
      await pause();
      return postUnlessFound(false);
    }
  };
  return tryRepeatedly(session, pauseMs, async (isFirst) => {
    // What another step is posting is not listed yet.
    if (mayRace && isFirst && (await findReview(pull, markers)) === undefined) await pause();
    return postUnlessFound(true);
  });
}

/** Repeats an attempt until it succeeds, GitHub refuses it, or the tries or the time are over. Throws the last failure. */
async function tryRepeatedly<T>(
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
      if (!(error instanceof GitHubFailure) || wouldFailAgain(error) || tries === MAX_POST_TRIES) throw error;
      failure = error;
    }
    const nextAt = session.clock.now() + Math.max(pauseMs, failure.retryAfterMs ?? 0);
    if (nextAt >= session.deadlineAt) throw failure;
    await sleepUntil(nextAt, session);
  }
}

/** Whether GitHub has refused a request, and would again. */
export function wouldFailAgain(failure: GitHubFailure): boolean {
  return failure.status >= 400 && failure.status < 500 && !isRateLimited(failure);
}

/** Returns the id of the review; `undefined` if it is not there. Who wrote it matters, because anybody can copy a marker. */
async function findReview(pull: PullRequest, markers: readonly string[]): Promise<number | undefined> {
  for (const { id, body, user } of await readListAbout(pull, 'look for the review on', '/reviews', Review)) {
    const isMarked = markers.some((marker) => body.trimEnd().endsWith(marker));
    if (isMarked && (await matchesTokenAccount(user?.login ?? '', pull.github))) return id;
  }
  return undefined;
}
