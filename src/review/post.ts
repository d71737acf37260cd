import * as v from 'valibot';

import { GitHubFailure } from '../github/failure.ts';
import { type PullRequest, readListAbout, requestAbout } from '../github/pull-request.ts';
import { pauseFor, tryRepeatedly } from '../github/repeat.ts';
import { matchesTokenAccount } from '../github/token-account.ts';
import { sleepUntil } from '../session/ask.ts';
import type { Session } from '../session/session.ts';

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
  const pauseMs = pauseFor(session);
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

/** Returns the id of the review; `undefined` if it is not there. Who wrote it matters, because anybody can copy a marker. */
async function findReview(pull: PullRequest, markers: readonly string[]): Promise<number | undefined> {
  for (const { id, body, user } of await readListAbout(pull, 'look for the review on', '/reviews', Review)) {
    const isMarked = markers.some((marker) => body.trimEnd().endsWith(marker));
    if (isMarked && (await matchesTokenAccount(user?.login ?? '', pull.github))) return id;
  }
  return undefined;
}
