import type { Conversation } from './conversation/conversation.ts';
import type { Outcome } from './conversation/outcome.ts';
import { type CommentOptions, type Haste, keepComment } from './github/comment.ts';
import { type CommentFrame, commentOf, lastCommentOf } from './report/comment.ts';
import type { SummaryContext } from './report/summary.ts';

/** What telling of a conversation needs. */
export interface TellingOptions extends Omit<CommentOptions, 'conversation'> {
  readonly conversation: Conversation;
  readonly runUrl: string | undefined;
}

/** Tells people on an issue or pull request how things stand with a conversation. Nothing of it throws. */
export interface Telling {
  started(): void;
  /**
   * @param sinceMs the time from the start of the step to the phase.
   * @param step the last line of progress.
   */
  atWork(phase: string, sinceMs: number, step?: string): void;
  /**
   * To be called however the step ends, and after it nothing else. Says whether nothing is left to tell.
   */
  ended(outcome: Outcome, context: SummaryContext, haste?: Haste): Promise<boolean>;
}

/** Begins to tell, in the one comment that the conversation has at that place; asks GitHub nothing yet. */
export function tellOf({ conversation, runUrl, ...options }: TellingOptions): Telling {
  const comment = keepComment({ ...options, conversation: conversation.id });
  const frame: CommentFrame = { conversation, runUrl };
  return {
    started() {
      comment.show(commentOf({ kind: 'started' }, frame));
    },
    atWork(phase, sinceMs, step) {
      comment.show(
        commentOf({ kind: 'at-work', phase, sinceMs, ...(step !== undefined && { step }) }, frame),
      );
    },
    ended: async (outcome, context, haste) =>
      comment.finish(await lastCommentOf(outcome, context, frame), haste),
  };
}
