import { createHash } from 'node:crypto';

import { ApiFailure } from '../conversation/api.ts';
import { isDeadline } from '../conversation/clock.ts';
import type { Ended } from '../conversation/conversation.ts';
import type { Outcome } from '../conversation/outcome.ts';
import type { Problem } from '../conversation/problem.ts';
import type { Session } from '../conversation/session.ts';
import { GitHubFailure } from '../github/failure.ts';
import { toError } from '../text/to-error.ts';
import { type Findings, findingsIn } from './findings.ts';
import { commitAsked, type Head, headCommit, headOf, type PullRequestPlace } from './head.ts';
import { placeOf } from './lines.ts';
import { type Draft, type Posted, postOnce } from './post.ts';
import { bodyOf, commentOf, type TextOptions } from './texts.ts';
import { countsOf, type ReviewEvent } from './words.ts';

export { cutToSize, REVIEW_SCHEMA } from './findings.ts';
export { type Head, withHead } from './head.ts';

/** How many findings become comments on lines. */
const MAX_COMMENTS = 20;
const DIGEST_LENGTH = 16;

/** Marks texts of a review with its id, and recognizes marked texts. */
export interface Seal {
  readonly marked: (text: string) => string;
  readonly isOn: (text: string) => boolean;
}

/** What it takes to post the findings of an agent as a review. */
export interface Reviewing extends Omit<TextOptions, 'commit'> {
  readonly place: PullRequestPlace;
  /** The head that was read before the start. */
  readonly head: Head;
  /** Whether the agent may have been asked about another head, by an earlier step. */
  readonly isAttached: boolean;
  /** The JSON value of the agent's answer. */
  readonly answer: unknown;
  readonly session: Session;
  readonly redact: (text: string) => string;
  readonly sealOf: (id: string) => Seal;
  readonly emit: (event: ReviewEvent) => void;
}

/**
 * Reads the head of the pull request to review. Returns the outcome if it cannot be read, or is in another repository.
 *
 * @throws the signal's reason once aborted.
 */
export async function headToReview(place: PullRequestPlace, signal: AbortSignal): Promise<Head | Outcome> {
  try {
    const head = await headOf(place, signal);
    if (head !== 'elsewhere') return head;
    const because = `the head of pull request #${place.pullRequest} is in another repository, such as a fork`;
    return { status: 'skipped', notice: `Skipped: ${because}. Nothing was sent to the agent.` };
  } catch (error) {
    if (!(error instanceof GitHubFailure)) throw error;
    const todo = `check that #${place.pullRequest} is a pull request of ${place.repository}, and give the job the permission pull-requests: write`;
    return {
      status: 'start-failed',
      problem: { failedTo: error.failedTo, because: error.message, todo, kind: 'github' },
    };
  }
}

/**
 * Posts the findings of an answer as one review, once for each answer. If that fails, so does the step, and its summary shows the
 * findings.
 *
 * @throws an interruption by a cancel.
 */
export async function reviewed(ended: Ended, reviewing: Reviewing): Promise<Outcome> {
  const { structured } = ended;
  const { answer, redact, emit, place, repositoryUrl } = reviewing;
  const findings = findingsIn(answer, redact);
  if (structured === undefined || findings === undefined) return ended;
  const head = await askedHead(ended, reviewing);
  const texts = { ...reviewing, commit: head?.commit };
  const digest = createHash('sha256').update(structured).digest('hex').slice(0, DIGEST_LENGTH);
  const seal = reviewing.sealOf(`${ended.conversation.id}_${digest}`);
  const posted = await orProblem(place, async () =>
    postOnce({
      ...reviewing,
      isOurs: seal.isOn,
      draftOf: async (isFlat) => draftOf(findings, isFlat, { ...reviewing, texts, head, seal }),
    }),
  );
  const text = redact(bodyOf(findings, findings.findings, false, texts));
  const counts = countsOf(findings.findings);
  if ('failedTo' in posted) {
    emit({ kind: 'reviewed', report: { counts, text }, isNew: false });
    return { ...ended, status: 'unreachable', problem: posted };
  }
  const { id, isNew } = posted;
  const url = `${repositoryUrl}/pull/${place.pullRequest}#pullrequestreview-${id}`;
  emit({ kind: 'reviewed', report: { counts, text, url }, isNew });
  return ended;
}

/**
 * Returns the head that the agent was asked to look at; `undefined` if unknown. A step that attaches reads the commit from the
 * conversation's own message: its lines are known only if it is still the head.
 */
async function askedHead(
  { conversation }: Ended,
  { head, isAttached, session, place }: Reviewing,
): Promise<Head | undefined> {
  if (!isAttached) return head;
  try {
    const { said } = await session.api.messages(conversation.id, session.signal);
    const commit = commitAsked(said, place.pullRequest);
    if (commit === head.commit) return head;
    return commit === undefined ? undefined : { commit, diff: new Map() };
  } catch (error) {
    if (error instanceof ApiFailure || isDeadline(error)) return undefined;
    throw error;
  }
}

/** Returns the review to post. Reads the head again: the review says so if it has moved. */
async function draftOf(
  findings: Findings,
  isFlat: boolean,
  {
    texts,
    head,
    seal,
    place,
    session,
    redact,
  }: Pick<Reviewing, 'place' | 'session' | 'redact'> & {
    readonly texts: TextOptions;
    readonly head: Head | undefined;
    readonly seal: Seal;
  },
): Promise<Draft> {
  const sealed = (text: string): string => seal.marked(redact(text));
  const { commit: now } = await headCommit(place, session.signal);
  const hasMoved = head !== undefined && head.commit !== now;
  const placed = findings.findings
    .flatMap((finding) => {
      const lines = head && !isFlat ? placeOf(finding, head.diff) : undefined;
      return lines === undefined ? [] : [{ finding, lines }];
    })
    .slice(0, MAX_COMMENTS);
  const listed = findings.findings.filter((each) => placed.every(({ finding }) => finding !== each));
  return {
    body: sealed(bodyOf(findings, listed, hasMoved, texts)),
    comments: placed.map(({ finding, lines }) => ({ ...lines, body: sealed(commentOf(finding, texts)) })),
    // A commit that a forced push has removed is no longer the pull request's: GitHub would refuse it a second time.
    commit: isFlat && hasMoved ? undefined : head?.commit,
  };
}

/** Returns what `post` returns, or why it failed. */
async function orProblem(
  { pullRequest }: PullRequestPlace,
  post: () => Promise<Posted>,
): Promise<Posted | Problem> {
  try {
    return await post();
  } catch (error) {
    if (!(error instanceof GitHubFailure) && !isDeadline(error)) throw error;
    const isRefused = error instanceof GitHubFailure && [401, 403, 404].includes(error.status);
    const advice = isRefused
      ? 'give the job the permission pull-requests: write, and run it again'
      : 'run it again';
    return {
      failedTo: `post the review on pull request #${pullRequest}`,
      because: toError(error).message,
      todo: `see the findings in the summary of the run; ${advice}`,
      kind: 'github',
    };
  }
}
