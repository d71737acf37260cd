import { memberOf, parseJson } from '../text/data.ts';
import { lastBlockIn } from '../text/last-block.ts';
import { type Line, notice, step, warning } from '../text/lines.ts';
import { asClause, inertHtmlOf } from '../text/safe.ts';

/** What to do if the token may not read or post. */
export const RIGHT = 'give the job the permission pull-requests: write';

/** What has become of the agent's replies in the threads of a review. */
export interface RepliesEvent {
  readonly kind: 'replied';
  /** How many replies are in their threads, posted by this step or before. */
  readonly posted: number;
  /** How many GitHub has refused, because their threads are gone or locked. */
  readonly refused: number;
  /** How many were for no thread of the review. */
  readonly unknown: number;
  /** How many are not posted for another reason: too long together, or the problem. */
  readonly left: number;
  /** Why there are no replies, or not all were posted; absent if nothing prevented it. */
  readonly problem?: { readonly because: string; readonly lacksRight: boolean };
  /** The address of the review. */
  readonly url: string;
}

/** Says how many replies were posted, and what has become of the others. */
export function countReplies({ posted, refused, unknown, left }: Omit<RepliesEvent, 'kind'>): string {
  const words = [
    ...(posted > 0 ? [`${posted} posted`] : []),
    ...(left > 0 ? [`${left} not posted`] : []),
    ...(refused > 0 ? [`${refused} refused by GitHub`] : []),
    ...(unknown > 0 ? [`${unknown} for no thread of the review`] : []),
  ];
  return words.join(', ') || 'none';
}

/** Returns why not all replies were posted, and what to do; empty if nothing prevented it. */
function reasonOf({ problem }: RepliesEvent): string {
  if (problem === undefined) return '';
  return `${asClause(problem.because)}${problem.lacksRight ? `; ${RIGHT}` : ''}`;
}

export function lineOfReplies(event: RepliesEvent): Line {
  const reason = reasonOf(event);
  const why = reason === '' ? '' : ` (${reason})`;
  const text = `Replies in the threads of the review: ${countReplies(event)}${why}`;
  if (event.problem?.lacksRight === true || event.left > 0) return warning(text);
  return event.posted > 0 ? notice(text) : step(text);
}

/** Returns an HTML block that says what has become of the replies. */
export function repliesBlock(event: RepliesEvent): string {
  const reason = inertHtmlOf(reasonOf(event));
  const why = reason === '' ? '' : ` (${reason})`;
  return `<p>\nReplies in the threads of <a href="${event.url}">the review</a>: ${countReplies(event)}${why}\n</p>`;
}

/** Whether people can read all replies in their threads. */
export function areAllPosted({ posted, refused, left }: RepliesEvent): boolean {
  return posted > 0 && refused + left === 0;
}

/** Returns an answer without the replies that a program reads. The whole answer may be them: then it is empty. */
export function withoutReplies(answer: string): string {
  if (isReplies(answer)) return '';
  const block = lastBlockIn(answer);
  if (block === undefined || !isReplies(block.content)) return answer;
  return [block.before.trimEnd(), block.after.trim()].filter((part) => part !== '').join('\n\n');
}

/** Whether an answer begins with the replies, so that people can read nothing else in it. */
export function hasOnlyReplies(answer: string): boolean {
  const block = lastBlockIn(answer);
  return isReplies(answer) || (block !== undefined && isReplies(block.content) && block.before.trim() === '');
}

function isReplies(json: string): boolean {
  return Array.isArray(memberOf(parseJson(json)?.value, 'replies'));
}
