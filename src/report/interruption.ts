import { ApiFailure, SEND, START } from '../conversation/api.ts';
import { dollars } from '../conversation/budget.ts';
import { Interruption } from '../conversation/clock.ts';
import { type Conversation, type Facts, linkTo } from '../conversation/conversation.ts';
import type { Outcome } from '../conversation/outcome.ts';
import type { FailureKind, Problem } from '../conversation/problem.ts';
import type { StopResult } from '../conversation/stop.ts';
import { toError } from '../text/to-error.ts';

const WAIT = 'wait for the end of the conversation';

/** The task that a step could not complete, as in {@link Problem}. `before`: "before there was a conversation". */
export interface InterruptedTask extends Pick<Problem, 'failedTo' | 'todo'> {
  readonly before: string;
}

/** Returns the outcome of a step that an error or an interruption ended before it knew of a conversation. */
export function outcomeWithoutConversation(
  error: unknown,
  { failedTo, before, todo }: InterruptedTask,
): Outcome {
  if (!(error instanceof Interruption)) return { status: 'start-failed', problem: problemFrom(error) };
  // If the server had deferred a request, the message ends with a clause that says when to retry.
  const link = error.cause === undefined ? ' ' : '; the step ended ';
  const isCancel = error.kind === 'cancel';
  const problem = {
    failedTo,
    because: `${error.message}${link}${before}${lastFailure(error)}`,
    todo: isCancel ? todo : adviceAtDeadline(todo, error),
    kind: kindOf(error),
  };
  return { status: isCancel ? 'cancelled' : 'start-failed', problem };
}

/** Adds to the advice that of the failure that lasted until the deadline. That of a start says itself if it must be looked for. */
function adviceAtDeadline(todo: string, { cause }: Interruption): string {
  if (!(cause instanceof ApiFailure)) return `${todo}, and give the step more timeout-seconds`;
  return cause.problem.failedTo === START ? cause.problem.todo : `${todo}; then ${cause.problem.todo}`;
}

/** Returns the outcome of a step that was interrupted during its wait. `isKept`: the next step with its key finds the conversation. */
export function interruptedOutcome(
  interruption: Interruption,
  conversation: Conversation,
  stopResult: StopResult,
  facts: Facts,
  isKept = false,
): Outcome & { readonly conversation: Conversation; readonly problem: Problem } {
  const { kind, kept } = interruption;
  // A step with this limit resumes nothing.
  const look = `${kind === 'budget' ? SEE_OR_RESUME : RESULTS[stopResult.kind][1]}: ${linkTo(conversation)}`;
  const startAgain = isKept && kind === 'budget' ? START_AGAIN : '';
  // More time does not resume it.
  const isFoundPaused = kind === 'deadline' && stopResult.kind === 'paused';
  const isLookEnough = kind === 'cancel' || isFoundPaused;
  const problem = {
    failedTo: stopResult.kind === 'unsent' ? SEND : WAIT,
    because: `${reasonOf(interruption, facts)}, and ${stopWords(stopResult)}${lastFailure(interruption)}`,
    todo: (isLookEnough ? '' : adviceBefore(interruption, GIVE_MORE[kind] + startAgain)) + look,
    kind: isFoundPaused ? 'paused' : kindOf(interruption),
  };
  return { status: STATUS_OF[kind], conversation, problem, ...kept, facts };
}

/** Returns why the step was interrupted. */
function reasonOf({ kind, message }: Interruption, { costUsd }: Facts): string {
  if (kind !== 'budget' || costUsd === undefined) return message;
  return `the conversation has cost ${dollars(costUsd)} (${message})`;
}

/** Returns the failure that lasted until the deadline, unless the message has it already. */
function lastFailure({ message, cause }: Interruption): string {
  if (!(cause instanceof ApiFailure) || message.includes(cause.message)) return '';
  return `; the last failure: ${cause.message}`;
}

/** A failure that lasted until the deadline has better advice than more time. */
function adviceBefore({ cause }: Interruption, advice: string): string {
  return `${cause instanceof ApiFailure ? cause.problem.todo : advice}, or `;
}

const STATUS_OF = { cancel: 'cancelled', deadline: 'timed-out', budget: 'over-budget' } as const;
const START_AGAIN =
  ', or start again with if-exists: restart or another idempotency-key (for a schedule, put the period or the run into it)';
const GIVE_MORE = { deadline: 'give the step more timeout-seconds', budget: 'raise max-cost-usd' } as const;

/** If the deadline passed because the server kept deferring a request, the kind is that of the server's refusal. */
function kindOf({ kind, cause }: Interruption): FailureKind {
  if (kind !== 'deadline') return kind === 'cancel' ? 'cancelled' : kind;
  return (cause instanceof ApiFailure ? cause.problem.kind : undefined) ?? 'timeout';
}

const SEE_OR_RESUME = 'see how far it got, or resume it';

const NOT_RUNNING = ['the agent was no longer running', SEE_OR_RESUME] as const;

/** For each result of a stop: what happened to the agent, for the middle of a sentence, and what to do. */
const RESULTS: Readonly<Record<StopResult['kind'], readonly [happened: string, todo: string]>> = {
  'at-work': ['the agent continues', 'watch the agent'],
  stopped: ['the agent was paused', SEE_OR_RESUME],
  'stopped-early': ['the agent was paused (the server may not have stored all of the cost)', SEE_OR_RESUME],
  interrupted: ['the agent was paused; the post step pauses its sandbox', SEE_OR_RESUME],
  ended: NOT_RUNNING,
  'not-running': NOT_RUNNING,
  paused: ['the conversation is paused', 'see how far it got, and resume it there or with on-paused: resume'],
  unknown: ['it is unknown whether the agent continues', 'check whether the agent is still working'],
  unsent: ['the message was not sent', 'send it in the conversation'],
  'not-stopped': ['the agent could not be paused', 'watch the agent'],
};

/** Describes what happened to the agent, for the middle of a sentence. */
export function stopWords(result: StopResult): string {
  const [happened] = RESULTS[result.kind];
  if (result.kind !== 'not-stopped') return happened;
  return result.isInterrupted
    ? `the agent was paused, but its sandbox could not be (${result.because})`
    : `${happened} (${result.because}) and may continue`;
}

/** Returns the problem behind a thrown error. Any error other than a failure of the API is a bug in the action. */
export function problemFrom(error: unknown): Problem {
  if (error instanceof ApiFailure) return error.problem;
  return {
    failedTo: 'run the step',
    because: toError(error).message,
    todo: 'report this as a bug in the action, with the log of a run with debug logging',
  };
}
