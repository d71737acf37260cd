import * as v from 'valibot';

import { type Session, sleepUntil } from '../conversation/session.ts';
import { GitHubFailure } from '../github/failure.ts';
import { matchesTokenAccount } from '../github/permission.ts';
import { type PullRequest, readList, requestAbout } from '../github/pull-requests.ts';

/** The pause before the second look: what was posted before is listed by then. Random, as other steps may pause, too. */
const MIN_PAUSE_MS = 5_000;
const MAX_PAUSE_MS = 10_000;

const Review = v.object({
  id: v.pipe(v.number(), v.safeInteger()),
  body: v.nullish(v.string(), ''),
  user: v.nullish(v.object({ login: v.string() })),
});

/**
 * Posts a review and returns its id, unless it is there already: another attempt has posted it, or this one, whose answer was lost.
 *
 * @param markers the last lines that the review may have.
 * @param mayRace whether another step may be posting it at the same time.
 * @param draftOf returns the review; if `isFlat`, because GitHub has refused its lines, without comments on lines.
 * @throws {GitHubFailure}, or the signal's reason.
 */
export async function postOnce(
  pull: PullRequest,
  session: Session,
  markers: readonly string[],
  mayRace: boolean,
  draftOf: (isFlat: boolean) => Promise<Readonly<Record<string, unknown>>>,
): Promise<number> {
  const pauseMs = MIN_PAUSE_MS + session.pace.random() * (MAX_PAUSE_MS - MIN_PAUSE_MS);
  const pause = async (): Promise<void> => sleepUntil(session.clock.now() + pauseMs, session);
  const postUnlessFound = async (isFlat: boolean): Promise<number> => {
    const found = await findReview(pull, markers);
    if (found !== undefined) return found;
    const draft = await draftOf(isFlat);
    try {
      return (await requestAbout(pull, 'post the review on', '/reviews', Review, draft)).id;
    } catch (error) {
      // 422: GitHub refuses the lines of the review, and so all of it.
      if (isFlat || !(error instanceof GitHubFailure) || error.status !== 422) throw error;
      await pause();
      return postUnlessFound(true);
    }
  };
  try {
    if (mayRace && (await findReview(pull, markers)) === undefined) await pause();
    return await postUnlessFound(false);
  } catch (error) {
    if (!(error instanceof GitHubFailure) || (error.status >= 400 && error.status < 500)) throw error;
    await pause();
    return postUnlessFound(false);
  }
}

/** Looks for the review. Who wrote it matters, because anybody can copy a marker. */
async function findReview(pull: PullRequest, markers: readonly string[]): Promise<number | undefined> {
  for (const { id, body, user } of await readList(pull, 'look for the review on', '/reviews', Review)) {
    const isMarked = markers.some((marker) => body.trimEnd().endsWith(marker));
    if (isMarked && (await matchesTokenAccount(user?.login ?? '', pull.github))) return id;
  }
  return undefined;
}
