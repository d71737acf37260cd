import { createHash } from 'node:crypto';

import { ApiFailure } from '../conversation/api.ts';
import { isDeadline } from '../conversation/clock.ts';
import type { Ended } from '../conversation/conversation.ts';
import type { Outcome } from '../conversation/outcome.ts';
import { orFailure, type Tools } from '../conversation/session.ts';
import { GitHubFailure } from '../github/failure.ts';
import { skippedOutcome } from '../github/permission.ts';
import type { PullRequest } from '../github/pull-requests.ts';
import { requestedCommit } from '../message/agent-message.ts';
import { type Findings, findingsIn } from './findings.ts';
import { type Head, headOf, newestCommit, placeOf } from './head.ts';
import { postOnce } from './post.ts';
import { bodyOf, commentOf, type TextOptions } from './texts.ts';
import { countWords, type ReviewEvent } from './words.ts';

export { cutToSize, REVIEW_SCHEMA } from './findings.ts';

/** How many findings become comments on lines. */
const MAX_COMMENTS = 20;
const DIGEST_LENGTH = 16;
/** What to check if GitHub refuses a request about the pull request. */
export const PERMISSION = 'check that the job has the permission pull-requests: write';

/** A pull request to review, and its head before the start. */
export interface ToReview {
  readonly pull: PullRequest;
  readonly head: Head;
}

/** What it takes to post the findings of an agent as a review. */
export interface Reviewing extends ToReview, TextOptions, Tools<ReviewEvent> {
  /** Whether the agent may have been asked about another head, by an earlier step. */
  readonly isAttached: boolean;
  /** Returns the last line of a text with an id. */
  readonly markerOf: (id: string) => string;
}

/** Reads what to review. Returns the outcome if the head is in another repository. @throws {GitHubFailure}, or the signal's reason. */
export async function toReview(pull: PullRequest): Promise<ToReview | Outcome> {
  const head = await headOf(pull);
  if (head !== undefined) return { pull, head };
  return skippedOutcome(`the head of pull request #${pull.number} is in another repository, such as a fork`);
}

/**
 * Posts the findings of an answer as one review, once for each answer and commit. If that fails, so does the step, and its
 * summary shows the findings.
 *
 * @throws an interruption by a cancel.
 */
export async function reviewed(ended: Ended, reviewing: Reviewing): Promise<Outcome> {
  if (ended.structured === undefined) return ended;
  try {
    await post(ended.structured, ended.conversation.id, reviewing);
    return ended;
  } catch (error) {
    if (!(error instanceof GitHubFailure) && !isDeadline(error)) throw error;
    const problem = {
      failedTo: `post the review on pull request #${reviewing.pull.number}`,
      because: error.message,
      todo: `see the findings in the summary of the run; ${PERMISSION}, and run it again`,
      kind: 'github',
    } as const;
    return { ...ended, status: 'unreachable', problem };
  }
}

async function post(json: string, id: string, reviewing: Reviewing): Promise<void> {
  const { pull, isAttached, redact, emit, session } = reviewing;
  const found = findingsIn(json);
  const head = await askedHead(id, reviewing);
  const texts = { ...reviewing, ...head };
  const text = bodyOf(found, found.findings, texts);
  const event = { kind: 'reviewed', counts: countWords(found), text } as const;
  emit(event);
  const markerOf = (commit = ''): string => {
    const digest = createHash('sha256').update(`${commit}${json}`).digest('hex').slice(0, DIGEST_LENGTH);
    return reviewing.markerOf(`${id.replaceAll('-', '')}_${digest}`);
  };
  const marker = markerOf(head.commit);
  // If the commit cannot be read, an earlier step may have known it.
  const markers = [marker, markerOf(head.commit ?? reviewing.head.commit)];
  const marked = (body: string): string => `${redact(body).trimEnd()}\n\n${marker}\n`;
  const posted = await postOnce(pull, session, markers, isAttached, async (isFlat) => {
    const hasMoved = head.commit !== undefined && head.commit !== (await newestCommit(pull)).sha;
    return draft(found, isFlat ? {} : head, { ...texts, hasMoved }, marked);
  });
  emit({ ...event, url: `${reviewing.repositoryUrl}/pull/${pull.number}#pullrequestreview-${posted}` });
}

/**
 * Returns the head that the agent was asked to look at. A step that attaches reads the commit from the conversation's own message:
 * its lines are known only if it is still the head.
 */
async function askedHead(id: string, reviewing: Reviewing): Promise<Partial<Head>> {
  const { head, isAttached, session, pull } = reviewing;
  if (!isAttached) return head;
  const messages = await orFailure(session.api.readMessages(id, session.signal));
  const commit = messages instanceof ApiFailure ? undefined : requestedCommit(messages.said, pull.number);
  if (commit === head.commit) return head;
  return commit === undefined ? {} : { commit };
}

/**
 * Returns the review as GitHub takes it: without a commit for the head, also if a forced push has removed the commit.
 * Source: "Create a review for a pull request" in https://docs.github.com/rest/pulls/reviews
 */
function draft(
  found: Findings,
  { commit, diff = new Map() }: Partial<Head>,
  texts: TextOptions,
  marked: (body: string) => string,
): Readonly<Record<string, unknown>> {
  const placed = found.findings.map((finding) => ({ finding, place: placeOf(finding, diff) }));
  const onLines = placed.filter(({ place }) => place !== undefined).slice(0, MAX_COMMENTS);
  const listed = placed.filter((each) => !onLines.includes(each)).map(({ finding }) => finding);
  return {
    event: 'COMMENT',
    commit_id: commit,
    body: marked(bodyOf(found, listed, texts)),
    comments: onLines.map(({ finding, place }) => ({ ...place, body: marked(commentOf(finding, texts)) })),
  };
}
