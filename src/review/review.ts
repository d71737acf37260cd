import { createHash } from 'node:crypto';

import { ApiFailure } from '../conversation/api.ts';
import { isDeadline } from '../conversation/clock.ts';
import type { Ended } from '../conversation/conversation.ts';
import type { Outcome } from '../conversation/outcome.ts';
import type { Problem } from '../conversation/problem.ts';
import type { Session } from '../conversation/session.ts';
import { GitHubFailure } from '../github/failure.ts';
import { type Findings, findingsIn } from './findings.ts';
import { commitAsked, type Head, headCommit, headOf } from './head.ts';
import { type Diff, placeOf } from './lines.ts';
import { type Draft, postOnce } from './post.ts';
import type { PullRequest } from './pull-request.ts';
import { bodyOf, commentOf, type TextOptions } from './texts.ts';
import { countsOf, type ReviewEvent } from './words.ts';

export { cutToSize, REVIEW_SCHEMA } from './findings.ts';
export { type Head, withHead } from './head.ts';

/** How many findings become comments on lines. */
const MAX_COMMENTS = 20;
const DIGEST_LENGTH = 16;
const PERMISSION = 'give the job the permission pull-requests: write';

/** What it takes to post the findings of an agent as a review. */
export interface Reviewing extends Omit<TextOptions, 'commit'> {
  readonly pull: PullRequest;
  /** The head that was read before the start. */
  readonly head: Head;
  /** Whether the agent may have been asked about another head, by an earlier step. */
  readonly isAttached: boolean;
  /** The JSON value of the agent's answer. */
  readonly answer: unknown;
  readonly session: Session;
  readonly redact: (text: string) => string;
  /** Returns the marker of a text with an id, and adds it. */
  readonly markerOf: (id: string) => string;
  readonly marked: (text: string, marker: string) => string;
  readonly emit: (event: ReviewEvent) => void;
}

/**
 * Reads the head of the pull request to review. Returns the outcome if it cannot be read, or is in another repository.
 *
 * @throws the signal's reason once aborted.
 */
export async function headToReview(pull: PullRequest): Promise<Head | Outcome> {
  const { number, repository } = pull;
  try {
    const because = `the head of pull request #${number} is in another repository, such as a fork`;
    const notice = `Skipped: ${because}. Nothing was sent to the agent.`;
    return (await headOf(pull)) ?? { status: 'skipped', notice };
  } catch (error) {
    if (!(error instanceof GitHubFailure)) throw error;
    const { failedTo, message: because } = error;
    const todo = `check that #${number} is a pull request of ${repository}, and ${PERMISSION}`;
    return { status: 'start-failed', problem: { failedTo, because, todo, kind: 'github' } };
  }
}

/**
 * Posts the findings of an answer as one review, once for each answer. If that fails, so does the step, and its summary shows the
 * findings.
 *
 * @throws an interruption by a cancel.
 */
export async function reviewed(ended: Ended, reviewing: Reviewing): Promise<Outcome> {
  const { pull, answer, repositoryUrl, redact, emit } = reviewing;
  const { structured, conversation } = ended;
  const findings = findingsIn(answer, redact);
  if (structured === undefined || findings === undefined) return ended;
  const head = await askedHead(ended, reviewing);
  const digest = createHash('sha256').update(structured).digest('hex').slice(0, DIGEST_LENGTH);
  const marker = reviewing.markerOf(`${conversation.id.replaceAll('-', '')}_${digest}`);
  const marked = (text: string): string => reviewing.marked(redact(text), marker);
  const texts = { ...reviewing, commit: head?.commit, marked };
  const text = bodyOf(findings, findings.findings, false, texts);
  const report = { counts: countsOf(findings.findings), text };
  try {
    const id = await postOnce({
      ...reviewing,
      isOurs: (body) => body.trimEnd().endsWith(marker),
      draftOf: async (isFlat) => {
        const { commit: now } = await headCommit(pull);
        const hasMoved = head !== undefined && head.commit !== now;
        return draftOf(findings, isFlat ? undefined : head?.diff, hasMoved, texts);
      },
    });
    const url = `${repositoryUrl}/pull/${pull.number}#pullrequestreview-${id}`;
    emit({ kind: 'reviewed', report: { ...report, url } });
    return ended;
  } catch (error) {
    if (!(error instanceof GitHubFailure) && !isDeadline(error)) throw error;
    emit({ kind: 'reviewed', report });
    return { ...ended, status: 'unreachable', problem: problemOf(error, pull) };
  }
}

/**
 * Returns the head that the agent was asked to look at; `undefined` if unknown. A step that attaches reads the commit from the
 * conversation's own message: its lines are known only if it is still the head.
 */
async function askedHead(
  { conversation }: Ended,
  { head, isAttached, session, pull }: Reviewing,
): Promise<Head | undefined> {
  if (!isAttached) return head;
  try {
    const { said } = await session.api.messages(conversation.id, session.signal);
    const commit = commitAsked(said, pull.number);
    if (commit === head.commit) return head;
    return commit === undefined ? undefined : { commit, diff: new Map() };
  } catch (error) {
    if (error instanceof ApiFailure || isDeadline(error)) return undefined;
    throw error;
  }
}

/** Returns the review to post. Without a diff, all findings are in its body. */
function draftOf(
  findings: Findings,
  diff: Diff | undefined,
  hasMoved: boolean,
  options: TextOptions & { readonly marked: (text: string) => string },
): Draft {
  const all = findings.findings.map((finding) => ({ finding, lines: diff && placeOf(finding, diff) }));
  const placed = all.filter(({ lines }) => lines !== undefined).slice(0, MAX_COMMENTS);
  const listed = all.filter((each) => !placed.includes(each)).map(({ finding }) => finding);
  return {
    body: options.marked(bodyOf(findings, listed, hasMoved, options)),
    comments: placed.flatMap(({ finding, lines }) =>
      lines === undefined ? [] : [{ ...lines, body: options.marked(commentOf(finding, options)) }],
    ),
    // GitHub would refuse a commit that a forced push has removed a second time.
    commit: diff === undefined && hasMoved ? undefined : options.commit,
  };
}

function problemOf(error: Error, { number }: PullRequest): Problem {
  const isRefused = error instanceof GitHubFailure && [401, 403, 404].includes(error.status);
  return {
    failedTo: `post the review on pull request #${number}`,
    because: error.message,
    todo: `see the findings in the summary of the run; ${isRefused ? `${PERMISSION}, and ` : ''}run it again`,
    kind: 'github',
  };
}
