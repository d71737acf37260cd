import { firstWithin } from '../text/first-within.ts';
import { lastBytesOf, shorten, stripInvisible } from '../text/safe.ts';
import { withoutHidden } from '../text/without-hidden.ts';
import { fence, tagFor } from './fence.ts';

/** The thread of a review in which a task was set. */
interface TaskThread {
  /** The id of the comment with the task. */
  readonly comment: number;
  readonly place: {
    readonly path: string;
    readonly startLine: number | undefined;
    /** Undefined for a whole file. */
    readonly line: number | undefined;
    readonly side: string;
    readonly isOutdated: boolean;
  };
  readonly diff: string;
}

interface ThreadComment {
  readonly id: number;
  readonly body: string;
  readonly user?: { readonly login: string } | null | undefined;
}

const MAX_COMMENTS = 20;
const MAX_TEXT_CHARACTERS = 4_000;
/** The size of the part of the diff: what is nearest to the lines. */
const MAX_DIFF_BYTES = 8 * 1024;
/** The size of all that the agent is told of a thread, with its diff. */
const MAX_TOLD_BYTES = 32 * 1024;

const ABOUT = `The task was set in a thread of a review, which the text below shows as JSON: where the thread is, the end of the diff up to there, and the
comments before the task, oldest first. Lines are those of the file after the change; with "side": "LEFT", before it; with "outdated": true, in an
earlier commit. Without lines, the thread is about the whole file. Your answer is shown in that thread: post no reply yourself.`;

/**
 * Returns what the agent is told of the thread in which its task was set. All of it is untrusted: anybody may have written a comment, and
 * whoever opened the pull request chose the names of its files.
 *
 * @param earlier the comments of the thread, newest first.
 */
export function threadText(thread: TaskThread, earlier: readonly ThreadComment[]): string {
  const { path, startLine, line, side, isOutdated } = thread.place;
  const place = {
    path: stripInvisible(path),
    ...(startLine !== undefined && { start_line: startLine }),
    ...(line !== undefined && { line }),
    ...(side === 'LEFT' && { side }),
    ...(isOutdated && { outdated: true }),
  };
  // In JSON, a control character takes six times its size.
  const diff = lastBytesOf(stripInvisible(thread.diff), MAX_DIFF_BYTES);
  const newest = earlier
    .filter(({ id }) => id < thread.comment)
    .slice(0, MAX_COMMENTS)
    .map(({ user, body }) => ({ by: user?.login, text: shorten(withoutHidden(body), MAX_TEXT_CHARACTERS) }));
  const room = MAX_TOLD_BYTES - Buffer.byteLength(JSON.stringify(diff));
  const comments = firstWithin(room, newest).toReversed();
  const text = [place, ...(diff === '' ? [] : [{ diff }]), ...comments]
    .map((each) => JSON.stringify(each))
    .join('\n');
  return `${ABOUT}\n${fence('the thread of the task', text, tagFor([text]))}`;
}
