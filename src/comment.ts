import type { Conversation } from './conversation/conversation.ts';
import type { Outcome } from './conversation/outcome.ts';
import { type EditLimit, keepComment } from './github/comment.ts';
import { type CommentPlace, sealKeyOf, vague } from './github/marker.ts';
import type { GitHub } from './github/octokit.ts';
import { reactTo } from './github/reaction.ts';
import type { Connection } from './inputs/connection.ts';
import type { CommentInputs } from './inputs/github.ts';
import type { Sink } from './record.ts';
import { newestSteps } from './report/agent-steps.ts';
import { type CommentFrame, commentOf, type CommentStage, lastCommentOf } from './report/comment.ts';
import type { PageContext } from './report/page.ts';
import { toError } from './text/to-error.ts';
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
  readonly close: (outcome: Outcome, context: PageContext, limit?: EditLimit) => Promise<boolean>;
}

/**
 * The comment of the step; `undefined` if none is wished, or there is no place for it, which is warned of.
 *
 * @param name what it is known by until more is.
 */
export function commentFor(
  inputs: Connection & CommentInputs,
  world: CommentWorld,
  name: string,
): Comment | undefined {
  const place = placeOf(inputs, world);
  return place && commentAt(place, name, inputs, world);
}

function placeOf(
  { comment, issueNumber }: CommentInputs,
  { runner, event }: Pick<CommentWorld, 'runner' | 'event'>,
): CommentPlace | undefined {
  if (!comment) {
    // What goes wrong with a comment fails nothing; and a workflow may well decide about the comment alone.
    if (issueNumber !== undefined)
      runner.warning('issue-number needs comment: true: set it, or leave issue-number out');
    return undefined;
  }
  const issue = issueNumber ?? event.issue;
  if (issue === undefined)
    runner.warning(
      `The event ${event.name} has no issue or pull request to comment on: name one in issue-number, or leave comment out`,
    );
  return issue === undefined ? undefined : { repository: event.repository, issue };
}

/**
 * Gives the event a 👀 and keeps the comment up to date as things happen. It asks GitHub nothing before whoever triggered the
 * event was found to be allowed to, and nobody waits for it before the step ends.
 */
export function commentAt(
  place: CommentPlace,
  name: string,
  connection: Connection,
  world: CommentWorld,
): Comment {
  const { runner, clock, github, event } = world;
  const { redact, redactOwn } = runner.secrets;
  const warn = (text: string): void => {
    runner.warning(text);
  };
  const comment = keepComment({
    name,
    github,
    clock,
    place,
    sealKey: sealKeyOf(connection),
    redact: redactOwn,
    warn,
    info: (text) => {
      runner.info(text);
    },
  });
  const frameOf = (conversation: Conversation | undefined): CommentFrame => ({
    conversation,
    runUrl: event.runUrl,
  });
  const over = new AbortController();
  let reaction: Promise<void> | undefined;
  return {
    sink(told, { inputs, conversation, agent, steps, elapsedMs: sinceMs }, before) {
      const show = (stage: CommentStage, isUrgent = false): void => {
        const text = commentOf(stage, frameOf(conversation));
        comment.show(conversation === undefined ? vague(text) : text, isUrgent);
      };
      if (told.kind === 'begun') reaction = react(place, world, over.signal);
      if (told.kind === 'chosen') {
        comment.identify(told.id);
        show({ kind: 'starting' });
      }
      // Who does not wait edits it once, at the end.
      if (conversation === undefined || inputs?.poll !== true) return;
      if (before.conversation === undefined) {
        comment.identify(conversation.id);
        show({ kind: 'started' }, true);
      }
      if (told.kind === 'checking') show({ kind: 'checking' });
      if (told.kind !== 'phase' && told.kind !== 'steps') return;
      const newest = newestSteps(steps, MOST_STEPS);
      // Once more: some secrets come to be known only after they were read.
      const shown = newest.map(({ kind, text }) => ({ kind, text: redact(text) }));
      show({ kind: agent === 'paused' ? 'paused' : 'at-work', sinceMs, steps: shown });
    },
    async close(outcome, context, limit) {
      const { conversation } = outcome;
      if (conversation !== undefined) comment.identify(conversation.id);
      const body = await lastCommentOf(outcome, context, frameOf(conversation));
      const isWritten = await comment.finish(conversation === undefined ? vague(body) : body, limit);
      over.abort(new Error('no answer in time'));
      await reaction;
      return isWritten;
    },
  };
}

/** The first sign of life: it needs no text. That there is none fails nothing, and nobody has to do anything about it. */
async function react(
  { issue }: CommentPlace,
  { runner, github, event }: CommentWorld,
  signal: AbortSignal,
): Promise<void> {
  const { trigger, repository } = event;
  if (trigger === undefined || issue !== event.issue) return;
  try {
    await reactTo(trigger, repository, github, signal);
  } catch (error) {
    runner.info(`No 👀 on what triggered the run: ${toError(error).message}`);
  }
}
