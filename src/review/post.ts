import * as v from 'valibot';

import { type Session, sleepUntil } from '../conversation/session.ts';
import { GitHubFailure } from '../github/failure.ts';
import { ownerAndRepo } from '../github/octokit.ts';
import { mayBeTokenAccount } from '../github/permission.ts';
import type { PullRequestPlace } from './head.ts';
import type { Place } from './lines.ts';

/** A review as it is posted. */
export interface Draft {
  readonly body: string;
  readonly comments: readonly (Place & { readonly body: string })[];
  /** Absent for the head as it is when GitHub gets the review. */
  readonly commit?: string | undefined;
}

/** What it takes to post a review once. */
export interface Posting {
  readonly place: PullRequestPlace;
  readonly session: Pick<Session, 'clock' | 'signal'>;
  /** Whether a text is marked as the review that is to be posted. */
  readonly isOurs: (body: string) => boolean;
  /** Returns the review, with the texts of its comments in the body if `isFlat`. */
  readonly draftOf: (isFlat: boolean) => Promise<Draft>;
}

/** A posted review. `isNew`: it was not there before. */
export interface Posted {
  readonly id: number;
  readonly isNew: boolean;
}

const PER_PAGE = 100;
const MAX_PAGES = 30;
/** The pause before the second try: what the first one has posted is listed by then. */
const PAUSE_MS = 5_000;

const Id = v.pipe(v.number(), v.safeInteger());
const Created = v.object({ id: Id });
const Reviews = v.array(
  v.object({ id: Id, body: v.nullish(v.string(), ''), user: v.nullish(v.object({ login: v.string() })) }),
);

/**
 * Posts a review, unless it is there already: another attempt has posted it, or this one, whose answer was lost. If GitHub refuses
 * its lines, posts it again without comments on lines.
 *
 * @throws {GitHubFailure}, or the signal's reason.
 */
export async function postOnce(posting: Posting): Promise<Posted> {
  const { session } = posting;
  const found = await find(posting);
  if (found !== undefined) return { id: found, isNew: false };
  try {
    return { id: await post(posting), isNew: true };
  } catch (error) {
    if (!mayHaveActed(error)) throw error;
    await sleepUntil(session.clock.now() + PAUSE_MS, session);
    return { id: (await find(posting)) ?? (await post(posting)), isNew: true };
  }
}

async function post({ draftOf, place, session }: Posting): Promise<number> {
  try {
    return await create(await draftOf(false), place, session.signal);
  } catch (error) {
    if (!(error instanceof GitHubFailure) || error.status !== 422) throw error;
    return create(await draftOf(true), place, session.signal);
  }
}

/** Whether GitHub may have posted the review although the request failed. */
function mayHaveActed(error: unknown): boolean {
  return error instanceof GitHubFailure && (error.status < 400 || error.status >= 500);
}

/** Source: "Create a review for a pull request" in https://docs.github.com/rest/pulls/reviews */
async function create(
  { body, comments, commit }: Draft,
  place: PullRequestPlace,
  signal: AbortSignal,
): Promise<number> {
  const { id } = await place.github.rest({
    ...requestTo(place, 'POST', 'post the review'),
    parameters: {
      ...parametersOf(place),
      event: 'COMMENT',
      body,
      ...(commit !== undefined && { commit_id: commit }),
      comments: comments.map((comment) => ({
        ...comment,
        side: 'RIGHT',
        ...(comment.start_line !== undefined && { start_side: 'RIGHT' }),
      })),
    },
    answer: Created,
    signal,
  });
  return id;
}

/** Looks for the review. Who wrote it matters, because anybody can copy a marker. */
async function find({ place, session: { signal }, isOurs }: Posting): Promise<number | undefined> {
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    const reviews = await place.github.rest({
      ...requestTo(place, 'GET', 'look for the review'),
      parameters: { ...parametersOf(place), per_page: PER_PAGE, page },
      answer: Reviews,
      signal,
    });
    for (const { id, body, user } of reviews)
      if (isOurs(body) && (await mayBeTokenAccount(user?.login ?? '', place.github, signal))) return id;
    if (reviews.length < PER_PAGE) return undefined;
  }
  return undefined;
}

function requestTo(
  { pullRequest }: PullRequestPlace,
  method: 'GET' | 'POST',
  verb: string,
): { readonly to: string; readonly route: string } {
  const route = `${method} /repos/{owner}/{repo}/pulls/{pull_number}/reviews`;
  return { to: `${verb} on pull request #${pullRequest}`, route };
}

function parametersOf({
  repository,
  pullRequest,
}: PullRequestPlace): Readonly<Record<string, string | number>> {
  return { ...ownerAndRepo(repository), pull_number: pullRequest };
}
