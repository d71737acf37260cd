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

/** The review was posted, or could not be. `isNew`: this step has posted it. */
export interface ReviewEvent {
  readonly kind: 'reviewed';
  readonly report: ReviewReport;
  readonly isNew: boolean;
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

/** Returns the log lines about the review. If it could not be posted, the error of the step says so. */
export function linesOfReview({ report: { counts, url }, isNew }: ReviewEvent): readonly Line[] {
  const words = countWords(counts);
  if (url === undefined) return [step(`Review: ${words}`)];
  return [
    isNew ? notice(`Review: ${url} (${words})`) : step(`The review was posted before: ${url} (${words})`),
  ];
}

/** Returns an HTML block with what the review found, and a link to it; `undefined` without a review. */
export function reviewBlock(report: ReviewReport | undefined): string | undefined {
  if (report === undefined) return undefined;
  const { counts, url } = report;
  const name = url === undefined ? 'Review, not posted' : `<a href="${url}">Review</a>`;
  return `<p>\n${name}: ${countWords(counts)}\n</p>`;
}
