import type { WorkflowEvent } from '../github/event.ts';
import type { GitHubClient } from '../github/octokit.ts';
import type { Runner } from '../github/runner.ts';
import type { Inputs } from '../inputs/inputs.ts';
import type { Clock } from '../port/clock.ts';
import type { StepRecord } from '../record/record.ts';
import type { Sink } from '../record/recorder.ts';
import type { StepEvent } from '../record/step-event.ts';
import { toError } from '../text/to-error.ts';
import { signingKeyOf } from './marker.ts';
import { sendReaction } from './thread.ts';
import { type EditLimit, startUpdating } from './updates.ts';

export { isAboutOwnComment, isSigned, markerOf, signingKeyOf } from './marker.ts';

/** The inputs that ask for the comment, and those that decide how it is signed. */
export type CommentOptions = Pick<Inputs, 'comment' | 'issueNumber' | 'review' | 'apiKey' | 'baseUrl'>;

interface CommentWorld {
  readonly runner: Runner;
  readonly clock: Clock;
  readonly event: WorkflowEvent;
  readonly github: GitHubClient;
}

/** Returns the text of the comment after an event; `undefined` if it stays the same. `runUrl`: the page of the workflow run. */
type TextAfter = (
  event: StepEvent,
  record: StepRecord,
  before: StepRecord,
  runUrl: string | undefined,
) => string | undefined;

/** The step's comment on an issue or pull request. Nothing here throws. */
export interface Comment {
  readonly sink: Sink;
  /**
   * Writes the text of the end. Returns whether nothing is left to do: it was written, or GitHub has refused to create the comment. Must
   * be called: until then a timer may keep the process alive. `mustNotify`: so that people are notified, unless the comment is less than a minute old.
   */
  readonly close: (last: string, mustNotify: boolean, limit?: EditLimit) => Promise<boolean>;
}

/** Returns a warning if the inputs do not match the event; `undefined` if they do. A comment never fails the step. */
export function commentProblem(
  { comment, issueNumber, review }: CommentOptions,
  { name, issue }: CommentWorld['event'],
): string | undefined {
  const hasNumber = issueNumber !== undefined;
  if (hasNumber && !comment && review === undefined)
    return 'issue-number needs comment: true or review: true: set one, or leave issue-number out';
  if (comment && !hasNumber && issue === undefined)
    return `The event ${name} has no issue or pull request to comment on: name one in issue-number, or leave comment out`;
  return undefined;
}

/**
 * Returns the comment of the step; `undefined` if the inputs ask for none, or if there is no issue or pull request for it. It adds a 👀 to
 * the event and updates itself with the events of the step. It sends GitHub no request before the permission check has passed, and
 * blocks nothing before the step ends.
 *
 * @param marker the id in the comment's marker, and whether a comment with it may be there already.
 */
export function commentFor(
  options: CommentOptions,
  world: CommentWorld,
  marker: { readonly id: string; readonly mayExist: boolean },
  textAfter: TextAfter,
): Comment | undefined {
  const { event } = world;
  const issue = options.issueNumber ?? event.issue;
  if (!options.comment || issue === undefined) return undefined;
  const thread = options.issueNumber === undefined ? event.thread?.id : undefined;
  const place = { repository: event.repository, issue, ...(thread !== undefined && { thread }) };
  const comment = startUpdating({ ...world, ...marker, place, signingKey: signingKeyOf(options) });
  const over = new AbortController();
  let reaction: Promise<void> | undefined;
  return {
    sink(stepEvent, record, before) {
      if (stepEvent.kind === 'begun' && issue === event.issue) reaction = addReaction(world, over.signal);
      const text = textAfter(stepEvent, record, before, event.runUrl);
      // Shows the link to the conversation at once.
      const isUrgent = record.conversation !== undefined && before.conversation === undefined;
      if (text !== undefined) comment.show(text, isUrgent);
    },
    async close(last, mustNotify, limit) {
      const isDone = await comment.finish(last, mustNotify, limit);
      // The step does not wait any longer for the 👀.
      over.abort(new Error('no answer in time'));
      await reaction;
      return isDone;
    },
  };
}

/** Adds a 👀 to what triggered the run. A failure is only logged, because nobody has to act. */
async function addReaction({ runner, github, event }: CommentWorld, signal: AbortSignal): Promise<void> {
  const { trigger, repository } = event;
  try {
    if (trigger !== undefined) await sendReaction(trigger, repository, github.during(signal));
  } catch (error) {
    runner.info(`Failed to add 👀 to what triggered the run: ${toError(error).message}`);
  }
}
