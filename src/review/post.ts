import * as v from 'valibot';

import { type Session, sleepUntil } from '../conversation/session.ts';
import { GitHubFailure } from '../github/failure.ts';
import { mayBeTokenAccount } from '../github/permission.ts';
import type { Place } from './lines.ts';
import { ask, listOf, type PullRequest } from './pull-request.ts';

/** A review as it is posted. */
export interface Draft {
  readonly body: string;
  readonly comments: readonly (Place & { readonly body: string })[];
  /** Absent for the head as it is when GitHub gets the review. */
  readonly commit: string | undefined;
}

/** What it takes to post a review once. */
export interface Posting {
  readonly pull: PullRequest;
  readonly session: Session;
  /** Whether a text is marked as the review that is to be posted. */
  readonly isOurs: (body: string) => boolean;
  /** Returns the review; if `isFlat`, without comments on lines. */
  readonly draftOf: (isFlat: boolean) => Promise<Draft>;
}

/** The pause before the second try: what the first one has posted is listed by then. */
const PAUSE_MS = 5_000;

const Review = v.object({
  id: v.pipe(v.number(), v.safeInteger()),
  body: v.nullish(v.string(), ''),
  user: v.nullish(v.object({ login: v.string() })),
});

/**
 * Posts a review and returns its id, unless it is there already: another attempt has posted it, or this one, whose answer was lost.
 * If GitHub refuses its lines, posts it without comments on lines.
 *
 * @throws {GitHubFailure}, or the signal's reason.
 */
export async function postOnce(posting: Posting): Promise<number> {
  const { session } = posting;
  try {
    return (await find(posting)) ?? (await post(posting));
  } catch (error) {
    // Otherwise GitHub has refused it.
    if (!(error instanceof GitHubFailure) || (error.status >= 400 && error.status < 500)) throw error;
    await sleepUntil(session.clock.now() + PAUSE_MS, session);
    return (await find(posting)) ?? (await post(posting));
  }
}

async function post({ pull, draftOf }: Posting): Promise<number> {
  try {
    return await create(await draftOf(false), pull);
  } catch (error) {
    if (!(error instanceof GitHubFailure) || error.status !== 422) throw error;
    return create(await draftOf(true), pull);
  }
}

/** Source: "Create a review for a pull request" in https://docs.github.com/rest/pulls/reviews */
async function create({ body, comments: drafted, commit }: Draft, pull: PullRequest): Promise<number> {
  const comments = drafted.map((comment) => ({
    ...comment,
    side: 'RIGHT',
    ...(comment.start_line !== undefined && { start_side: 'RIGHT' }),
  }));
  const review = { event: 'COMMENT', body, comments, ...(commit !== undefined && { commit_id: commit }) };
  const to = { verb: 'post the review on', method: 'POST', path: '/reviews' } as const;
  return (await ask(pull, { ...to, answer: Review, body: review })).id;
}

/** Looks for the review. Who wrote it matters, because anybody can copy a marker. */
async function find({ pull, isOurs }: Posting): Promise<number | undefined> {
  const request = { verb: 'look for the review on', path: '/reviews', answer: Review };
  for await (const { id, body, user } of listOf(pull, request))
    if (isOurs(body) && (await mayBeTokenAccount(user?.login ?? '', pull.github, pull.signal))) return id;
  return undefined;
}
