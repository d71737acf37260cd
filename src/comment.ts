import type { Conversation } from './conversation/conversation.ts';
import type { Outcome } from './conversation/outcome.ts';
import { type ConversationComment, type EditLimit, keepComment } from './github/comment.ts';
import { type CommentPlace, sealKeyOf } from './github/marker.ts';
import type { GitHub } from './github/octokit.ts';
import type { Connection } from './inputs/connection.ts';
import type { CommentInputs } from './inputs/github.ts';
import type { Sink } from './record.ts';
import { newestSteps } from './report/agent-steps.ts';
import { type CommentFrame, commentOf, type CommentStage, lastCommentOf } from './report/comment.ts';
import type { SummaryContext } from './report/summary.ts';
import type { World } from './world.ts';

/** Of the agent's steps, so many are shown while it works. */
const MOST_STEPS = 5;

/** What a comment needs of the world. */
export interface CommentWorld extends Pick<World, 'runner' | 'clock' | 'event'> {
  readonly github: GitHub;
}

/** The comment that a conversation has on an issue or pull request. Nothing of it throws. */
export interface Comment {
  readonly sink: Sink;
  /** Writes how the step has ended, and says whether nothing is left to do. To be called however it ends. */
  readonly close: (outcome: Outcome, context: SummaryContext, limit?: EditLimit) => Promise<boolean>;
}

/** The comment of the step; `undefined` if none is wished, or there is no place for it, which is warned of. */
export function commentFor(inputs: Connection & CommentInputs, world: CommentWorld): Comment | undefined {
  const place = placeOf(inputs, world);
  return place && commentAt(place, inputs, world);
}

function placeOf(
  { comment, issueNumber }: CommentInputs,
  { runner, event }: Pick<CommentWorld, 'runner' | 'event'>,
): CommentPlace | undefined {
  if (!comment) {
    // What goes wrong with a comment fails nothing; and a workflow may well decide about the comment alone.
    if (issueNumber !== undefined)
      runner.warning(
        'issue-number is where the comment goes, and there is none: set comment: true, or leave it out',
      );
    return undefined;
  }
  const issue = issueNumber ?? event.issue;
  if (issue === undefined)
    runner.warning(
      `The event ${event.name} has no issue or pull request to comment on: name one in issue-number, or leave comment out`,
    );
  return issue === undefined ? undefined : { repository: event.repository, issue };
}

/** Keeps the comment up to date as things happen; asks GitHub nothing before there is a conversation. */
export function commentAt(place: CommentPlace, connection: Connection, world: CommentWorld): Comment {
  const { runner, clock, github, event } = world;
  const { redact, redactOwn } = runner.secrets;
  const warn = (text: string): void => {
    runner.warning(text);
  };
  const sealKey = sealKeyOf(connection);
  let kept: ConversationComment | undefined;
  const commentOn = ({ id }: Conversation): ConversationComment =>
    (kept ??= keepComment({ conversation: id, github, clock, place, sealKey, redact: redactOwn, warn }));
  const frameOf = (conversation: Conversation): CommentFrame => ({ conversation, runUrl: event.runUrl });
  return {
    sink(told, { conversation, agent, steps, elapsedMs: sinceMs }, before) {
      if (conversation === undefined) return;
      const show = (stage: CommentStage): void => {
        commentOn(conversation).show(commentOf(stage, frameOf(conversation)));
      };
      if (before.conversation === undefined) show({ kind: 'started' });
      if (told.kind !== 'phase' && told.kind !== 'steps') return;
      const newest = newestSteps(steps, MOST_STEPS);
      // Once more: some secrets come to be known only after they were read.
      const shown = newest.map(({ kind, text }) => ({ kind, text: redact(text) }));
      show({ kind: agent === 'paused' ? 'paused' : 'at-work', sinceMs, steps: shown });
    },
    async close(outcome, context, limit) {
      const { conversation } = outcome;
      if (conversation === undefined) return false;
      return commentOn(conversation).finish(
        await lastCommentOf(outcome, context, frameOf(conversation)),
        limit,
      );
    },
  };
}
