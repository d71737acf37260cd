import { createHash } from 'node:crypto';

import { GitHubFailure, lacksRight, wouldFailAgain } from '../github/failure.ts';
import type { PullRequest } from '../github/pull-request.ts';
import type { Runner } from '../github/runner.ts';
import { askedReviewIn } from '../message/asked-review.ts';
import { ApiFailure } from '../port/api.ts';
import { beganEarlier, type Role } from '../port/events.ts';
import { isDeadline } from '../port/interruption.ts';
import type { Outcome } from '../port/outcome.ts';
import type { Problem } from '../port/problem.ts';
import { catchFailure } from '../session/ask.ts';
import type { Tools } from '../session/session.ts';
import { asClause } from '../text/safe.ts';
import { showDiff, type ShownDiff } from './diff.ts';
import { type Finding, type Findings, findingsIn, schemaOf } from './findings.ts';
import { commentedLinesOf, type HeadWithDiff, lineTextsOf, readHead, readNewestCommit } from './head.ts';
import {
  countThreads,
  describeThreads,
  findRepeats,
  type IsSigned,
  readThreads,
  type ReviewThread,
  type Told,
  toldIn,
} from './memory.ts';
import { postOnce } from './post.ts';
import { addSuggestion } from './suggestion.ts';
import { bodyOf, findingCommentOf, type TextOptions } from './texts.ts';
import { countWords, type ReviewEvent, threadWords } from './words.ts';

export { cutToSize } from './findings.ts';

/** How many findings become comments on lines. */
const MAX_COMMENTS = 20;
const DIGEST_LENGTH = 16;
/** What to check if GitHub refuses a request about the pull request. */
export const PERMISSION = 'check that the job has the permission pull-requests: write';
const READ_THERE = 'read the findings there';
/** What to do if the summary alone has the findings. With a key, another attempt finds the answer, and only posts it. */
const POST_AGAIN = { advice: READ_THERE, next: 'find' } as const;

/** A pull request to review, as it was before the start. */
export interface ToReview {
  readonly pull: PullRequest;
  readonly head: HeadWithDiff;
  /** Absent if they could not be read. */
  readonly threads: readonly ReviewThread[] | undefined;
  readonly isSigned: IsSigned;
  /** What the agent sees of the pull request, and how many of its files it does not see; absent if it can look itself. */
  readonly fromDiff?: ShownDiff;
  /** What the agent is told of the threads. */
  readonly earlier: string;
  /** The JSON Schema of its answer. */
  readonly schema: string;
}

/** What a review reads in the step's record. */
interface ReviewRecord {
  readonly role?: Role;
}

/** What it takes to post the findings of an agent as a review. */
export interface Reviewing
  extends ToReview, Omit<TextOptions, 'counts' | 'fromDiff'>, Tools<ReviewEvent, ReviewRecord> {
  /** Returns the last line of a text with an id. */
  readonly markerOf: (id: string) => string;
}

/** How a pull request is read. */
interface Reading {
  /** Whether the agent sees only the diff, and it goes with the message. */
  readonly isFromDiff: boolean;
  /** Whether the head may be in another repository, such as a fork. */
  readonly isForkAllowed: boolean;
}

/** How often to read a pull request whose head moves meanwhile, if its diff is all that the agent sees. */
const MAX_READS = 3;

/**
 * Reads the head and the threads; `undefined` if the head is in another repository, and that is not allowed.
 *
 * @throws {GitHubFailure}, or the signal's reason.
 */
export async function prepareReview(
  pull: PullRequest,
  isSigned: IsSigned,
  runner: Pick<Runner, 'info'>,
  { isFromDiff, isForkAllowed }: Reading,
): Promise<ToReview | undefined> {
  let head = await readHead(pull, isForkAllowed);
  for (
    let reads = 1;
    isFromDiff && head?.files.length === 0 && head.fileCount > 0 && reads < MAX_READS;
    reads += 1
  )
    head = await readHead(pull, isForkAllowed);
  if (head === undefined) return undefined;
  const threads = await readThreads(pull, isSigned, runner);
  const earlier = describeThreads(threads ?? []);
  const fromDiff = isFromDiff && { fromDiff: showDiff(head) };
  return { pull, head, threads, isSigned, earlier, schema: schemaOf(earlier !== ''), ...fromDiff };
}

/**
 * Posts the findings of an answer as one review, once for each answer and commit. If that fails, so does the step, and its
 * summary shows the findings.
 *
 * @param reviewing absent if the inputs ask for no review.
 * @throws an interruption by a cancel.
 */
export async function postReview(ended: Outcome, reviewing: Reviewing | undefined): Promise<Outcome> {
  // Only an answer that matches the schema has findings.
  if (reviewing === undefined || ended.kind !== 'succeeded' || ended.structured === undefined) return ended;
  try {
    await postFindings(ended.structured, ended.conversation.id, reviewing);
    return ended;
  } catch (error) {
    const problemOf = (
      kind: 'timeout' | 'github',
      because: string,
      todo: Pick<Problem, 'advice' | 'next'>,
    ): Problem => ({
      failedTo: `post the review on pull request #${reviewing.pull.number}`,
      because: `${asClause(because)}; the summary of the run has the findings`,
      ...todo,
      kind,
    });
    if (isDeadline(error)) {
      const problem = problemOf('timeout', error.message, POST_AGAIN);
      return { ...ended, kind: 'not-posted', status: 'timed-out', problem };
    }
    if (!(error instanceof GitHubFailure)) throw error;
    const problem = problemOf('github', error.message, wayToPost(error));
    return { ...ended, kind: 'not-posted', status: 'unreachable', problem };
  }
}

/** Returns what leads to the review. Another attempt posts the same answer, and a re-run has the same permissions. */
function wayToPost(failure: GitHubFailure): Pick<Problem, 'advice' | 'next'> {
  if (lacksRight(failure)) return { advice: PERMISSION, next: 'new-run' };
  return wouldFailAgain(failure)
    ? { advice: `${READ_THERE} (GitHub refuses this review until that reason is gone)` }
    : POST_AGAIN;
}

/** Posts the findings of an answer, which matches the schema. Reports them before, and with the address of the review after that. */
async function postFindings(json: string, id: string, reviewing: Reviewing): Promise<void> {
  const { pull, redact, emit, session, record } = reviewing;
  // Perhaps about another head.
  const wasAskedEarlier = beganEarlier(record().role);
  const [head, told] = await readAsked(id, wasAskedEarlier, reviewing);
  const markerOf = (commit = ''): string => {
    const digest = createHash('sha256').update(`${commit}${json}`).digest('hex').slice(0, DIGEST_LENGTH);
    return reviewing.markerOf(`${id.replaceAll('-', '')}_${digest}`);
  };
  const marker = markerOf(head.commit);
  // Either this step or an earlier one may not know the commit.
  const markers = [markerOf(), markerOf(head.commit ?? reviewing.head.commit)];
  const addMarker = (body: string): string => `${redact(body).trimEnd()}\n\n${marker}\n`;
  const isOfThisReview = (body: string): boolean => markers.some((each) => body.includes(each));
  const { found, counts, linkedCounts } = await compareWithEarlier(
    findingsIn(json),
    told,
    isOfThisReview,
    reviewing,
  );
  // What is known of the diff is about that commit.
  const isOtherHead = head.commit !== reviewing.head.commit;
  const uncounted = isOtherHead && reviewing.fromDiff && ({ fromDiff: 'uncounted' } as const);
  const texts = { ...reviewing, ...head, counts: linkedCounts, ...uncounted };
  const event = { kind: 'reviewed', counts, text: bodyOf(found, found.findings, texts) } as const;
  emit(event);
  const posted = await postOnce(pull, session, markers, wasAskedEarlier, async (hasLineComments) => {
    const hasMoved = head.commit !== undefined && head.commit !== (await readNewestCommit(pull)).sha;
    return composeReview(found, hasLineComments ? head : {}, { ...texts, hasMoved }, addMarker);
  });
  emit({ ...event, url: `${pullRequestPage(reviewing)}#pullrequestreview-${posted}` });
}

function pullRequestPage({ repositoryUrl, pull }: Reviewing): string {
  return `${repositoryUrl}/pull/${pull.number}`;
}

/**
 * Leaves out the findings that earlier reviews have posted. Returns the others (`found`), and how many are new, still open and fixed: as
 * text (`counts`), and with links to the open ones (`linkedCounts`).
 *
 * @param told the threads that the agent was told of; `undefined` if that is not known.
 * @param isOfThisReview whether an earlier attempt has posted a comment as part of this review: its threads are no earlier ones.
 */
async function compareWithEarlier(
  answer: Findings,
  told: readonly Told[] | undefined,
  isOfThisReview: (body: string) => boolean,
  reviewing: Reviewing,
): Promise<{ readonly found: Findings; readonly counts: string; readonly linkedCounts: string }> {
  const known = await readThreadsAgain(reviewing);
  const threads = known?.filter(({ body }) => !isOfThisReview(body));
  // Nothing is said of any thread if it is not known which there are, or what the agent was told.
  if (threads === undefined || told === undefined || threads.length + told.length === 0) {
    const counts = countWords(answer);
    return { found: answer, counts, linkedCounts: counts };
  }
  const textOf = (finding: Finding): string => reviewing.redact(findingCommentOf(finding, reviewing));
  const compared = findRepeats(answer, threads, textOf);
  const counts = countThreads(compared, { threads, told });
  const linkOf = (comment: number, number: number): string =>
    `[${number}](${pullRequestPage(reviewing)}#discussion_r${comment})`;
  return { found: compared.fresh, counts: threadWords(counts), linkedCounts: threadWords(counts, linkOf) };
}

/** Reads the threads as they are now, silently; those of before the start if that fails, or if there were none. */
async function readThreadsAgain({ pull, threads, isSigned }: ToReview): Promise<ToReview['threads']> {
  if (threads === undefined || threads.length === 0) return threads;
  return (await readThreads(pull, isSigned, { info: () => undefined })) ?? threads;
}

/**
 * Returns the head that the agent was asked to look at, and the threads that it was told of. If an earlier step has asked, reads
 * both from the conversation's own message: the lines of the commit are known only if it is still the head.
 */
async function readAsked(
  id: string,
  wasAskedEarlier: boolean,
  reviewing: Reviewing,
): Promise<[head: Partial<HeadWithDiff>, told: readonly Told[] | undefined]> {
  const { head, session, pull } = reviewing;
  if (!wasAskedEarlier) return [head, toldIn(reviewing.earlier)];
  const messages = await catchFailure(session.api.readMessages(id, session.signal));
  const asked = messages instanceof ApiFailure ? undefined : askedReviewIn(messages.said, pull);
  if (asked === undefined) return [{}, undefined];
  return [asked.commit === head.commit ? head : { commit: asked.commit }, toldIn(asked.earlier)];
}

/**
 * Returns the review as GitHub takes it. One without a commit goes to the head: that works even if a forced push has removed the commit.
 * Source: "Create a review for a pull request" in https://docs.github.com/rest/pulls/reviews
 */
function composeReview(
  found: Findings,
  { commit, diff = new Map() }: Partial<HeadWithDiff>,
  texts: TextOptions & Pick<Reviewing, 'redact'>,
  addMarker: (body: string) => string,
): Readonly<Record<string, unknown>> {
  const all = found.findings.map((finding) => ({ finding, target: commentedLinesOf(finding, diff) }));
  const onLines = all.filter(({ target }) => target !== undefined).slice(0, MAX_COMMENTS);
  const listed = all.filter((each) => !onLines.includes(each)).map(({ finding }) => finding);
  const commentOf = (finding: Finding): string => {
    // Newer commits may have changed the lines.
    const lines = texts.hasMoved ? undefined : lineTextsOf(finding, diff);
    return addSuggestion(findingCommentOf(finding, texts), finding.replacement, lines, texts.redact);
  };
  return {
    event: 'COMMENT',
    commit_id: commit,
    body: addMarker(bodyOf(found, listed, texts)),
    comments: onLines.map(({ finding, target }) => ({ ...target, body: addMarker(commentOf(finding)) })),
  };
}
