import { isOutOfReach } from '../github/failure.ts';
import type { Clock } from '../port/clock.ts';
import {
  CommentGone,
  type CommentThread,
  createComment,
  deleteComment,
  editComment,
  findComment,
  type FoundComment,
} from './thread.ts';

/** If the end comes this long after the comment, it is posted anew: GitHub notifies people of a new comment, but not of an edit. */
const NOTIFY_AFTER_MS = 60_000;

interface OwnCommentOptions {
  readonly thread: CommentThread;
  readonly clock: Clock;
  /** Whether it may be there already: in a later attempt of the run, and in post. */
  readonly mayExist: boolean;
  /** Returns the comment with this text, which shows the end or does not, and stands in a thread or does not. */
  readonly bodyOf: (text: string, isEnd: boolean, isReply: boolean) => string;
}

/** The one comment of a step. All methods throw {@link GitHubFailure}, or the signal's reason. */
export interface OwnComment {
  /** Writes a text while the step works. */
  readonly write: (text: string) => Promise<void>;
  /** Writes the text of the end. `mustNotify`: as a new comment, unless the one before is less than a minute old. */
  readonly end: (text: string, mustNotify: boolean) => Promise<void>;
  /** Whether there is a comment, as far as is known: not if GitHub has refused to create it. */
  readonly mayBeThere: () => boolean;
}

/**
 * Returns the comment of a step, which the first write creates. The first write looks for it only if it may exist. After a lost answer, the
 * next write looks for it, too.
 */
export function ownComment({ thread, clock, mayExist, bodyOf }: OwnCommentOptions): OwnComment {
  let known: FoundComment | undefined;
  let mustLook = mayExist;
  /** When the comment was first written; `undefined` before the first write. */
  let firstWrittenAt: number | undefined;

  const post = async (text: string, isEnd: boolean): Promise<void> => {
    try {
      known = { ...(await createComment(thread, (isReply) => bodyOf(text, isEnd, isReply))), isEnd };
    } catch (error) {
      // If only the answer is lost, the comment may be there.
      mustLook = !isOutOfReach(error);
      throw error;
    }
  };

  const write = async (text: string, isEnd: boolean): Promise<void> => {
    if (mustLook) known = await findComment(thread);
    mustLook = false;
    // One that the first write finds is of an earlier attempt: old enough to be replaced.
    firstWrittenAt ??= known === undefined ? clock.now() : Number.NEGATIVE_INFINITY;
    if (known === undefined) return post(text, isEnd);
    try {
      await editComment(thread, known, bodyOf(text, isEnd, known.isReply));
      known = { ...known, isEnd };
    } catch (error) {
      // The next write looks for it: perhaps the token could not see it for a moment.
      if (error instanceof CommentGone) {
        known = undefined;
        mustLook = true;
      }
      throw error;
    }
  };

  /** Posts the end as a new comment, and deletes the old one after that. If one of these fails, edits the old one. */
  const replace = async (old: FoundComment, text: string): Promise<void> => {
    try {
      await post(text, true);
    } catch {
      return write(text, true);
    }
    await deleteComment(thread, old).catch(async () =>
      editComment(thread, old, bodyOf(text, true, old.isReply)),
    );
  };

  return {
    write: async (text) => write(text, false),
    end: async (text, mustNotify) => {
      const isOld = firstWrittenAt !== undefined && clock.now() - firstWrittenAt >= NOTIFY_AFTER_MS;
      try {
        await (mustNotify && isOld && known?.isEnd === false ? replace(known, text) : write(text, true));
      } catch (error) {
        if (!(error instanceof CommentGone)) throw error;
        // Writes a new one.
        await write(text, true);
      }
    },
    mayBeThere: () => mustLook || known !== undefined,
  };
}
