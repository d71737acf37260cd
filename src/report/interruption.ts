import { ApiFailure, SEND } from '../conversation/api.ts';
import type { Interruption } from '../conversation/clock.ts';
import { type Conversation, type Facts, linkTo } from '../conversation/conversation.ts';
import type { ChecksResult, Outcome } from '../conversation/outcome.ts';
import type { FailureKind, Problem } from '../conversation/problem.ts';
import type { StopResult } from '../conversation/stop.ts';
import type { ifExistsOf } from '../inputs/inputs.ts';
import { asPreciseDollars } from '../text/dollars.ts';
import { asClause } from '../text/safe.ts';
import { FINISH, problemIn, USE_ANOTHER_MODEL } from './problem.ts';

const WAIT = 'wait for the end of the conversation';
const WAIT_FOR_CHECKS = 'wait for the checks';
const RUN_AGAIN = 'run the step again';

/** The task that a step could not complete, as in {@link Problem}. `before`: how far it got, such as "before there was a conversation". */
export interface InterruptedTask extends Pick<Problem, 'failedTo'> {
  readonly before: string;
  /** What to check first; absent if the step can just run again. */
  readonly advice?: string;
}

type IfExists = NonNullable<ReturnType<typeof ifExistsOf>>;

/** A wait that was interrupted, and what became of the agent. */
export interface InterruptedWait {
  readonly interruption: Interruption;
  readonly conversation: Conversation;
  readonly stopped: StopResult;
  readonly facts: Facts;
  /** The result of the checks, if the budget was spent after them. */
  readonly checks?: ChecksResult | undefined;
  /** What the step does if the conversation of its key exists; absent without a key, or if the next step would not continue the agent. */
  readonly ifExists?: IfExists | undefined;
  /** Whether the agent may have worked for earlier steps, too. */
  readonly hasEarlierWork?: boolean;
  readonly hasWaitedForChecks?: boolean;
  /** Whether the step has a message that was not sent. */
  readonly isUnsent?: boolean;
}

/** Says why a step ended before it knew of a conversation, and what to do. */
export function problemWithoutConversation(
  interruption: Interruption,
  { failedTo, before, advice }: InterruptedTask,
): Problem {
  const { kind, message, cause } = interruption;
  // With a cause, the message is about a failure, and the words of `before` do not follow from it.
  const link = cause === undefined ? ' ' : '; the step ended ';
  return {
    failedTo,
    because: `${message}${link}${before}${lastFailure(interruption)}`,
    advice: kind === 'cancel' ? (advice ?? RUN_AGAIN) : adviceAtDeadline(advice, interruption),
  };
}

/**
 * Adds the advice of the failure that lasted until the deadline. After a failed start, or a request that may have acted, returns the advice
 * of the failure alone: it says itself what to check first.
 */
function adviceAtDeadline(advice: string | undefined, { cause }: Interruption): string {
  if (!(cause instanceof ApiFailure)) return `${advice ?? RUN_AGAIN}, and give the step more timeout-seconds`;
  const isWhole = advice === undefined || cause.mayHaveActed || cause.problem.stage === 'start';
  return isWhole ? cause.problem.advice : `${advice}; then ${cause.problem.advice}`;
}

/** Says why a step ended during its wait, what its agent does now, and what to do. */
export function problemWithConversation(wait: InterruptedWait, failureKind: FailureKind): Problem {
  const { interruption, conversation, stopped, facts, ifExists, hasEarlierWork = false } = wait;
  const { kind, cause } = interruption;
  const look = `${nextAfter(stopped, kind)}: ${linkTo(conversation)}`;
  const startAgain = ifExists === undefined ? '' : startAgainWords(kind, ifExists, stopped);
  // More time does not resume a paused conversation.
  const isLookEnough = kind === 'cancel' || failureKind === 'paused';
  // A failure that lasted until the deadline has better advice than more time.
  const advice = cause instanceof ApiFailure ? cause.problem.advice : undefined;
  return {
    failedTo: taskOf(wait),
    because: `${interruptionReason(interruption, facts, hasEarlierWork)}, and ${stopWords(stopped)}${lastFailure(interruption)}`,
    advice: isLookEnough ? look : `${advice ?? GIVE_MORE[kind] + startAgain}, or ${look}`,
  };
}

/** Returns what the step was doing: after the end of the agent, it may have waited for the checks. */
function taskOf({ interruption, stopped, isUnsent, hasWaitedForChecks }: InterruptedWait): string {
  if (isUnsent === true) return SEND;
  if (interruption.kind === 'context') return FINISH;
  return hasWaitedForChecks && stopped.kind === 'ended' ? WAIT_FOR_CHECKS : WAIT;
}

/** Says what the problem of an end is, and what became of its agent; `undefined` if there is no problem. */
export function problemAfterStop(end: Outcome, stopped: StopResult): Problem | undefined {
  const problem = problemIn(end, !MAY_WORK.includes(stopped.kind));
  return problem && { ...problem, because: `${asClause(problem.because)}, and ${stopWords(stopped)}` };
}

const MAY_WORK: readonly StopResult['kind'][] = ['at-work', 'unknown', 'not-stopped'];

/** Says why the wait ended: at a spent budget, with the cost. */
function interruptionReason(
  { kind, message }: Interruption,
  { costUsd }: Facts,
  hasEarlierWork: boolean,
): string {
  if (kind !== 'budget' || costUsd === undefined) return message;
  return `the conversation${hasEarlierWork ? ' as a whole' : ''} has cost ${asPreciseDollars(costUsd)} (${message})`;
}

/** Returns the failure that lasted until the deadline, unless the message names it already. */
function lastFailure({ message, cause }: Interruption): string {
  const isNew = cause instanceof ApiFailure && !message.includes(asClause(cause.message));
  return isNew ? `; the last failure: ${cause.message}` : '';
}

const RAISED = ' and trigger the workflow again, which continues the agent';
const RAISED_OR_ANOTHER = `${RAISED} (with the same limit, another agent starts, with a budget of its own)`;
/** How to start again, if the next step with the same key finds the conversation. */
const START_AGAIN_OVER_BUDGET: Readonly<Record<IfExists, string>> = {
  attach:
    ', or start again with if-exists: restart or another idempotency-key (for a schedule, one that names the period or the run)',
  send: ' and ask again (a re-run has the same limit), or start another conversation with another idempotency-key',
  restart: RAISED_OR_ANOTHER,
  'restart-failed': RAISED_OR_ANOTHER,
  // With the same limit, another agent starts only if no pull request is open.
  'restart-merged': RAISED,
};

/** Says, after the advice to give more, how the next step with the same key gets on with the work. */
function startAgainWords(kind: Interruption['kind'], ifExists: IfExists, stopped: StopResult): string {
  if (kind === 'budget') return START_AGAIN_OVER_BUDGET[ifExists];
  // The conversation of the key is paused, so it has not ended: a step with the key continues it.
  if (kind === 'context') return ', with another idempotency-key';
  return stopped.kind === 'ended' ? '' : CONTINUE_BY_KEY;
}

/** At a deadline: a step with the key resumes an agent that an earlier one has paused. */
const CONTINUE_BY_KEY = ' and run it again with the same idempotency-key, which continues the agent';
const GIVE_MORE = {
  deadline: 'give the step more timeout-seconds',
  budget: 'raise max-cost-usd',
  context: USE_ANOTHER_MODEL,
} as const;

const SEE = 'see how far the agent got';
const SEE_OR_RESUME = `${SEE}, or resume it`;

/** For each result of a stop: what happened to the agent, for the middle of a sentence, and what to do. */
const RESULTS: Readonly<Record<StopResult['kind'], readonly [happened: string, advice?: string]>> = {
  'at-work': ['the agent continues', 'watch the agent'],
  stopped: ['the agent was paused'],
  'stopped-early': ['the agent was paused (the server may not have stored all of the cost)'],
  interrupted: ['the agent was paused; the post step pauses its sandbox'],
  ended: ['the agent was no longer running', SEE],
  'not-running': ['the agent was no longer running'],
  paused: ['the conversation is paused', `${SEE}, and resume it there or with on-paused: resume`],
  unknown: ['it is unknown whether the agent continues', 'check whether the agent is still working'],
  unsent: ['the message was not sent', 'send it in the conversation'],
  'not-stopped': ['the agent could not be paused', 'watch the agent'],
};

function nextAfter({ kind }: StopResult, interruption: Interruption['kind']): string {
  const [, next = SEE_OR_RESUME] = RESULTS[kind];
  // A resumed agent would spend more without a limit, or until the next step pauses it again.
  const isInVain = interruption === 'budget' || interruption === 'context';
  return isInVain && !MAY_WORK.includes(kind) ? SEE : next;
}

/** Says what happened to the agent, for the middle of a sentence. */
export function stopWords(result: StopResult): string {
  const [happened] = RESULTS[result.kind];
  if (result.kind !== 'not-stopped') return happened;
  return result.isInterrupted
    ? `the agent was paused, but pausing its sandbox failed (${result.because})`
    : `${happened} (${result.because}), so it may continue`;
}
