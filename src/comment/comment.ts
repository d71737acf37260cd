import type { Conversation } from '../conversation/conversation.ts';
import type { Outcome } from '../conversation/outcome.ts';
import type { GitHub } from '../github/octokit.ts';
import type { Connection } from '../inputs/connection.ts';
import type { CommentInputs } from '../inputs/github.ts';
import type { Sink } from '../record.ts';
import { newestSteps } from '../report/agent-steps.ts';
import { type CommentFrame, commentOf, type CommentStage, lastCommentOf } from '../report/comment.ts';
import type { PageContext } from '../report/page.ts';
import { toError } from '../text/to-error.ts';
import type { World } from '../world.ts';
import { type CommentPlace, provisional, signingKeyOf } from './marker.ts';
import { reactTo } from './reaction.ts';
import { type EditLimit, keepComment } from './updates.ts';

/** How many of the agent's newest steps the comment shows while it works. */
const MAX_STEPS = 5;

/** What a comment needs from the environment. */
export interface CommentWorld extends Pick<World, 'runner' | 'clock' | 'event'> {
  readonly github: GitHub;
}

/** The step's comment on an issue or pull request. Its methods never throw. */
export interface Comment {
  readonly sink: Sink;
  /** Writes how the step has ended, and returns whether that worked. Must be called however the step ends. */
  readonly close: (outcome: Outcome, context: PageContext, limit?: EditLimit) => Promise<boolean>;
}

/** Returns why the inputs and the event do not fit; `undefined` if they do. This is a warning: a comment never fails the step. */
export function commentProblem(
  { comment, issueNumber }: CommentInputs,
  { name, issue }: CommentWorld['event'],
): string | undefined {
  // A workflow may switch `comment` alone on and off.
  if (!comment)
    return issueNumber === undefined
      ? undefined
      : 'issue-number needs comment: true: set it, or leave issue-number out';
  return issueNumber === undefined && issue === undefined
    ? `The event ${name} has no issue or pull request to comment on: name one in issue-number, or leave comment out`
    : undefined;
}

/**
 * Returns the comment of the step; `undefined` if the inputs ask for none, or if there is no place for it.
 *
 * @param id the id in the comment's marker until the conversation has an id.
 */
export function commentFor(
  inputs: Connection & CommentInputs,
  world: CommentWorld,
  id: string,
): Comment | undefined {
  const { repository } = world.event;
  const issue = inputs.issueNumber ?? world.event.issue;
  return inputs.comment && issue !== undefined
    ? commentAt({ repository, issue }, id, inputs, world)
    : undefined;
}

/**
 * Returns a comment that adds a 👀 to the event and updates itself with the events of the step. It sends GitHub no request before
 * the permission check has passed, and blocks nothing before the step ends.
 */
export function commentAt(
  place: CommentPlace,
  id: string,
  connection: Connection,
  world: CommentWorld,
): Comment {
  const { runner, clock, github, event } = world;
  const warn = (text: string): void => {
    runner.warning(text);
  };
  const comment = keepComment({
    id,
    github,
    clock,
    place,
    signingKey: signingKeyOf(connection),
    redact: runner.secrets.redact,
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
    sink(stepEvent, { inputs, conversation, agent, steps }, before) {
      const show = (stage: CommentStage, isUrgent = false): void => {
        const text = commentOf(stage, frameOf(conversation));
        comment.show(conversation === undefined ? provisional(text) : text, isUrgent);
      };
      if (stepEvent.kind === 'begun') reaction = react(place, world, over.signal);
      if (stepEvent.kind === 'chosen') {
        comment.identify(stepEvent.id);
        show({ kind: 'starting' });
      }
      // A step that does not wait edits the comment only once, at its end.
      if (conversation === undefined || inputs?.poll !== true) return;
      if (before.conversation === undefined) {
        comment.identify(conversation.id);
        show({ kind: 'started' }, true);
      }
      if (stepEvent.kind === 'checking') show({ kind: 'checking' });
      if (stepEvent.kind !== 'phase' && stepEvent.kind !== 'steps') return;
      const newest = newestSteps(steps, MAX_STEPS);
      show({ kind: agent === 'paused' ? 'paused' : 'at-work', steps: newest });
    },
    async close(outcome, context, limit) {
      const { conversation } = outcome;
      if (conversation !== undefined) comment.identify(conversation.id);
      const body = await lastCommentOf(outcome, context, frameOf(conversation));
      const isWritten = await comment.finish(conversation === undefined ? provisional(body) : body, limit);
      over.abort(new Error('no answer in time'));
      await reaction;
      return isWritten;
    },
  };
}

/** Adds a 👀 to what triggered the run. A failure is only logged, because nobody has to act on it. */
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
