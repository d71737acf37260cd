import { type Line, notice, step } from '../text/lines.ts';
import { type Findings, SEVERITIES } from './findings.ts';

/** The findings are known; and once more when the review is posted, or was by an earlier step. */
export interface ReviewEvent {
  readonly kind: 'reviewed';
  /** How many findings there are of each severity; if there were earlier ones, how many are new, still open and fixed. */
  readonly counts: string;
  /** The findings as inert Markdown. */
  readonly text: string;
  /** The address of the review; absent until it is posted. */
  readonly url?: string;
}

/** Counts the findings of an answer as `2 errors, 1 note`; `No findings` without any. */
export function countWords({ findings, missing }: Findings): string {
  const words = SEVERITIES.flatMap((one) => {
    const count = findings.filter(({ severity }) => severity === one).length;
    return count === 0 ? [] : [`${count} ${one}${count === 1 ? '' : 's'}`];
  });
  if (missing > 0) words.push(`${missing} more`);
  return words.join(', ') || 'No findings';
}

/** What an answer says of the threads of earlier reviews. */
export interface ThreadCounts {
  /** The findings that repeat none. */
  readonly fresh: number;
  /** The threads that are still open, by the ids of their comments. */
  readonly stillOpen: readonly number[];
  /** The other open threads that the agent was told of: they are fixed if it has judged any. */
  readonly rest: number;
  /** Whether the answer says which earlier findings still stand. */
  readonly isJudged: boolean;
  /** The other open threads that it was not told of. */
  readonly untold: number;
  /** The resolved threads that a finding repeats. */
  readonly resolved: number;
}

/**
 * Counts findings and earlier threads as `1 new, 2 still open, 1 fixed`. If the answer judges no thread, the rest is not called fixed.
 * `linkOf`: makes a link to a comment, with a number.
 */
export function threadWords(
  { fresh, stillOpen, rest, isJudged, untold, resolved }: ThreadCounts,
  linkOf?: (comment: number, number: number) => string,
): string {
  const links = linkOf ? stillOpen.map((comment, index) => linkOf(comment, index + 1)) : [];
  const words = [`${fresh} new`];
  if (isJudged || stillOpen.length > 0)
    words.push(`${stillOpen.length} still open${links.length > 0 ? ` (${links.join(', ')})` : ''}`);
  if (isJudged) words.push(`${rest} fixed`);
  else if (rest > 0) words.push('earlier findings not checked');
  if (untold > 0) words.push(`${untold} not checked`);
  if (resolved > 0) words.push(`${resolved} resolved and left out`);
  return words.join(', ');
}

export function lineOfReview({ counts, url }: ReviewEvent): Line {
  return url === undefined ? step('Posting the review') : notice(`Review: ${url} (${counts})`);
}

/** Returns an HTML block with what the review found, and a link to it. */
export function reviewBlock(review: ReviewEvent): string {
  return `<p>\n${nameOf(review)}: ${review.counts}\n</p>`;
}

/** Returns the whole review as Markdown, which begins with what it found, below a link to it. */
export function wholeReview(review: ReviewEvent): string {
  return `<p>${nameOf(review)}</p>\n\n${review.text}`;
}

function nameOf({ url }: ReviewEvent): string {
  return url === undefined ? 'Review, not posted' : `<a href="${url}">Review</a>`;
}
