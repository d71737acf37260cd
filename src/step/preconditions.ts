import { findMissingPermission, PREPARE } from '../checks/checks.ts';
import { isAboutOwnComment, isSigned, signingKeyOf } from '../comment/comment.ts';
import type { WorkflowEvent } from '../github/event.ts';
import { catchGitHubFailure, GitHubFailure } from '../github/failure.ts';
import { checkPermission } from '../github/permission.ts';
import { readThread } from '../github/review-thread.ts';
import { matchesTokenAccount } from '../github/token-account.ts';
import { setUpProxy } from '../http/proxy.ts';
import { placeholderOf } from '../inputs/command.ts';
import { type Inputs, readInputs } from '../inputs/inputs.ts';
import { inputProblem, WrongInputs } from '../inputs/reader.ts';
import { findMissingSecret } from '../inputs/secret.ts';
import { textAfter } from '../message/command.ts';
import { threadText } from '../message/thread.ts';
import { isOver, noConversation, type Outcome } from '../port/outcome.ts';
import type { Problem } from '../port/problem.ts';
import { prepareReplies, type ToReply } from '../replies/replies.ts';
import { PERMISSION, prepareReview, type ToReview } from '../review/review.ts';
import { asClause } from '../text/safe.ts';
import type { World } from '../world.ts';
import { logBug, type StepContext } from './context.ts';
import { outcomeWithoutConversation, problemFrom } from './settle.ts';

/** Returns the outcome of a step that sends nothing to the agent, for a reason that is not an error. */
export function skippedOutcome(because: string): Outcome {
  return {
    kind: 'skipped',
    status: 'skipped',
    notice: `Skipped: ${because}. Nothing was sent to the agent.`,
  };
}

/** How a fork's pull request is reviewed, as a sentence without a full stop. */
const FORK_ADVICE =
  'To have it reviewed from its diff, by an agent without tools, use the recipe "Review a pull request of a fork" (tools: none, at a comment)';

/**
 * Whether a head in another repository may be reviewed: only by an agent without tools, and only if somebody asks for it. Events about a
 * fork's pull request itself are caused by its author.
 */
function mayReviewFork(
  { hasNoTools, issueNumber }: Pick<Inputs, 'hasNoTools' | 'issueNumber'>,
  { name, isOfOtherRepository }: WorkflowEvent,
): boolean {
  return hasNoTools && !isOfOtherRepository && (name === 'issue_comment' || issueNumber !== undefined);
}

const OWN_COMMENT = skippedOutcome('the event is a comment of this action');

/** Returns the inputs; or the outcome if they or the proxy are invalid, the run has no secrets, or outputs cannot be written. */
export async function prepareInputs(world: World): Promise<Inputs | Outcome> {
  const { runner, workflow, event, validate } = world;
  const { input } = runner;
  // If the outputs cannot be written, nothing is started.
  const unwritten = runner.outputProblem();
  if (unwritten !== undefined) return noConversation(unwritten);
  const missing = findMissingSecret(input);
  if (missing !== undefined && event.whyNoSecrets !== undefined)
    return skippedOutcome(`${event.whyNoSecrets}: ${missing} is empty${adviceFor(input('review'), event)}`);
  try {
    const inputs = await readInputs({
      ...workflow,
      input,
      given: runner.allInputs(),
      validate,
      pullRequest: event.pullRequest,
      comment: event.comment,
      review: event.review,
    });
    const invalidProxy = proxyProblem(inputs, world);
    return invalidProxy === undefined ? inputs : noConversation(invalidProxy);
  } catch (error) {
    if (error instanceof WrongInputs) return noConversation(error.problem);
    logBug(error, world);
    return noConversation(problemFrom(error));
  }
}

/** Returns how a fork's pull request is reviewed, if the step should have reviewed one. */
function adviceFor(review: string, { isOfOtherRepository }: WorkflowEvent): string {
  return isOfOtherRepository && /^true$/i.test(review.trim()) ? `. ${FORK_ADVICE}` : '';
}

/** Sets up the proxy. Returns the problem if it is invalid; warns if it cannot be used. */
function proxyProblem(inputs: Inputs, world: World): Problem | undefined {
  const proxy = setUpProxy(inputs.baseUrl, world.useProxy, world.runner.secrets.add);
  if (proxy.kind === 'invalid') {
    const { variable } = proxy;
    return inputProblem([`${variable} is not the address of a proxy`], `correct ${variable}, or unset it`);
  }
  if (proxy.kind === 'not-supported')
    world.runner.warning(
      "A proxy is set, but this runner's Node cannot use it: update the runner, or unset HTTPS_PROXY",
    );
  return undefined;
}

/** Returns the outcome if the event alone shows that the step must be skipped. Sends no request. */
export function skipByEvent({ inputs, world: { event } }: StepContext): Outcome | undefined {
  // `up-to-author` needs a request: {@link skipOwnComment} asks.
  if (isAboutOwnComment(event, signingKeyOf(inputs)) === true) return OWN_COMMENT;
  if (event.name === 'workflow_run' && event.isOfOtherRepository)
    return skippedOutcome('the workflow before this one ran for another repository, such as a fork');
  return inputs.command === undefined ? undefined : skipWithoutTask(inputs.command, event, inputs);
}

/** Returns the outcome if the event is about a comment that sets no task with the command. For a review, the command is enough. */
function skipWithoutTask(
  command: string,
  { comment }: WorkflowEvent,
  { review }: Pick<Inputs, 'review'>,
): Outcome | undefined {
  if (comment === undefined) return undefined;
  const task = textAfter(command, comment.body);
  if (task === undefined) return skippedOutcome(`the comment does not begin with ${command}`);
  return task === '' && review === undefined
    ? skippedOutcome(`nothing follows ${command} in the comment`)
    : undefined;
}

/** Asks GitHub if the step may run. Returns the outcome if it may not, or if that cannot be found out. */
export async function checkPermissions(context: StepContext): Promise<Outcome | undefined> {
  const aboutActor = {
    failedTo: 'check who triggered the event',
    asked: 'their permission',
    hint: `check that github-token can read ${context.world.event.repository}`,
  };
  const aboutToken = { failedTo: PREPARE, asked: 'what github-token may read', hint: 'check github-token' };
  return (
    (await outcomeOnError(context, aboutActor, skipOwnComment)) ??
    (await outcomeOnError(context, aboutActor, checkActors)) ??
    (await outcomeOnError(context, aboutToken, checkTokenRights))
  );
}

/** Reads what the message needs of a pull request: for a review, for a task in a thread, or for replies in threads. Returns the outcome if that cannot be done. */
export async function readAsked(
  context: StepContext,
): Promise<Pick<StepContext, 'review' | 'thread' | 'replies'> | Outcome> {
  const review = await readReview(context);
  if (isOver(review)) return review;
  const replies = await readThreadsToReply(context);
  if (isOver(replies)) return replies;
  const thread = await readThreadOfTask(context);
  if (isOver(thread)) return thread;
  return {
    ...(review && { review }),
    ...(replies && { replies }),
    ...(thread !== undefined && { thread: thread.told }),
  };
}

/**
 * Reads the pull request to review, and its threads of earlier reviews; `undefined` if the inputs ask for no review. Returns the outcome if
 * it cannot be reviewed.
 */
async function readReview(context: StepContext): Promise<ToReview | Outcome | undefined> {
  const { inputs, world, github } = context;
  if (inputs.review === undefined) return undefined;
  const pull = { github, repository: world.event.repository, number: inputs.review };
  const aboutHead = {
    failedTo: 'read the pull request to review',
    asked: 'its head',
    hint: `${PERMISSION}, and that #${pull.number} is a pull request of ${pull.repository}`,
  };
  const place = { repository: pull.repository, issue: pull.number };
  const isSignedText = (text: string): boolean | undefined => isSigned(text, place, signingKeyOf(inputs));
  const fork = `the head of pull request #${pull.number} is in another repository, such as a fork. ${FORK_ADVICE}`;
  const reading = { isFromDiff: inputs.hasNoTools, isForkAllowed: mayReviewFork(inputs, world.event) };
  return outcomeOnError(
    context,
    aboutHead,
    async () => (await prepareReview(pull, isSignedText, world.runner, reading)) ?? skippedOutcome(fork),
  );
}

/**
 * Reads the threads of the review to reply in; `undefined` if there are none, they cannot be read, or the inputs ask for no replies. Returns
 * the outcome of an interruption.
 */
async function readThreadsToReply(context: StepContext): Promise<ToReply | Outcome | undefined> {
  const { inputs, world, github } = context;
  const { feedback } = inputs;
  if (feedback === undefined) return undefined;
  const pull = { github, repository: world.event.repository, number: feedback.pullRequest };
  const aboutThreads = { failedTo: 'read the threads of the review', asked: 'them', hint: PERMISSION };
  return outcomeOnError(context, aboutThreads, async () => prepareReplies(pull, feedback.id, world.runner));
}

/**
 * Returns what the agent is told of the thread in which its task was set; `undefined` if the message has no comment of a thread. Only if the
 * comment is not the first one there does that need a request. If it fails, warns: the agent can do its task without.
 */
async function readThreadOfTask(
  context: StepContext,
): Promise<{ readonly told: string } | Outcome | undefined> {
  const { inputs, world, github } = context;
  const { thread, comment, repository } = world.event;
  if (thread === undefined || comment === undefined) return undefined;
  if (!inputs.inserted.some(({ name }) => name === placeholderOf(comment))) return undefined;
  if (thread.id === thread.comment) return { told: threadText(thread, []) };
  const pull = { github, repository, number: thread.pullRequest };
  const aboutThread = { failedTo: 'read the thread of the task', asked: 'it', hint: PERMISSION };
  return outcomeOnError(context, aboutThread, async () => {
    const read = await catchGitHubFailure(readThread(pull, 'read the thread of the task on', thread.id));
    if (!(read instanceof GitHubFailure)) return { told: threadText(thread, read) };
    const because = asClause(read.message);
    world.runner.warning(
      `The earlier comments of the thread could not be read, so the agent does not get them: ${because}`,
    );
    return { told: threadText(thread, []) };
  });
}

/** The words for the problem of a check that throws. */
interface CheckWords extends Pick<Problem, 'failedTo'> {
  /** What GitHub was asked for. */
  readonly asked: string;
  /** What to check if GitHub refuses a request. */
  readonly hint: string;
}

/** Returns what a check returns or, if it throws, the outcome. */
async function outcomeOnError<T = never>(
  context: StepContext,
  { failedTo, asked, hint }: CheckWords,
  check: (context: StepContext) => Promise<T | Outcome | undefined>,
): Promise<T | Outcome | undefined> {
  try {
    return await check(context);
  } catch (error) {
    if (error instanceof GitHubFailure)
      return noConversation({
        failedTo: error.failedTo,
        because: error.message,
        advice: hint,
        next: 'again',
        kind: 'github',
      });
    logBug(error, context.world);
    const before = `before GitHub reported ${asked} (nothing was sent to the agent)`;
    return outcomeWithoutConversation(error, { failedTo, before });
  }
}

/** Returns the outcome if the event is about a comment whose signature cannot be checked, and whose author is the account of the token. */
async function skipOwnComment({
  inputs,
  world: { event },
  github,
}: StepContext): Promise<Outcome | undefined> {
  if (isAboutOwnComment(event, signingKeyOf(inputs)) !== 'up-to-author') return undefined;
  return (await matchesTokenAccount(event.comment?.author ?? '', github)) ? OWN_COMMENT : undefined;
}

/** Returns the outcome if those who triggered the event may not start an agent, or if that cannot be checked. */
async function checkActors({ inputs, world: { event }, github }: StepContext): Promise<Outcome | undefined> {
  const refusal = await checkPermission(event, inputs.permission, github);
  if (refusal === undefined) return undefined;
  return refusal.kind === 'unknown' ? noConversation(refusal.problem) : skippedOutcome(refusal.because);
}

/** Returns the outcome if the token lacks a permission that the wait for checks needs. Warns if it lacks an optional one. */
async function checkTokenRights({
  inputs: { checks, namesOtherRepository: isOther },
  world: { runner },
  github,
}: StepContext): Promise<Outcome | undefined> {
  if (checks === undefined) return undefined;
  const problem = await findMissingPermission({ ...checks, isOther, github, runner });
  return problem && noConversation(problem);
}
