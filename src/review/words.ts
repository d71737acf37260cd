import { type Line, notice, step } from '../text/lines.ts';
import { type Findings, SEVERITIES, type Severity } from './findings.ts';

/** How many findings of each severity there are. */
export type Counts = Readonly<Record<Severity, number>>;

/** The review of the step, and what it found. */
export interface ReviewReport {
  readonly counts: Counts;
  /** The address of the review; absent if it could not be posted. */
  readonly url?: string;
  /** The findings as inert Markdown. */
  readonly text: string;
}

/** The review was posted, now or by an earlier step; or it could not be. */
export interface ReviewEvent {
  readonly kind: 'reviewed';
  readonly report: ReviewReport;
}

/** Counts findings by severity. */
export function countsOf(findings: Findings['findings']): Counts {
  const count = (one: Severity): number => findings.filter(({ severity }) => severity === one).length;
  return { error: count('error'), warning: count('warning'), note: count('note') };
}

/** Formats counts as `2 errors, 1 note`; `No findings` without any. */
export function countWords(counts: Counts): string {
  const words = SEVERITIES.filter((one) => counts[one] > 0).map(
    (one) => `${counts[one]} ${one}${counts[one] === 1 ? '' : 's'}`,
  );
  return words.join(', ') || 'No findings';
}

/** Returns the log line about the review. */
export function lineOfReview({ report: { counts, url } }: ReviewEvent): Line {
  return url === undefined
    ? step(`Review: ${countWords(counts)}`)
    : notice(`Review: ${url} (${countWords(counts)})`);
}

/** Returns an HTML block with what the review found, and a link to it; `undefined` without a review. */
export function reviewBlock(report: ReviewReport | undefined): string | undefined {
  if (report === undefined) return undefined;
  const { counts, url } = report;
  const name = url === undefined ? 'Review, not posted' : `<a href="${url}">Review</a>`;
  return `<p>\n${name}: ${countWords(counts)}\n</p>`;
}
