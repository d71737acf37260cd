import { ApiFailure, SEND, START } from '../port/api.ts';
import type { Conversation, Facts } from '../port/conversation.ts';
import { type Interruption, type InterruptionKind, INTERRUPTIONS } from '../port/interruption.ts';
import type { ChecksResult, Outcome } from '../port/outcome.ts';
import { CHECK_REPOSITORY, type FailureKind, type Problem } from '../port/problem.ts';
import type { StopResult } from '../session/stop.ts';
import { asPreciseDollars } from '../text/dollars.ts';
import { asClause } from '../text/safe.ts';
import { MORE_TIME } from './advice.ts';
import { FINISH, problemIn, USE_ANOTHER_MODEL } from './problem.ts';

const WAIT_FOR_CHECKS = 'wait for the checks';
const GIVE_NO_TOOLS =
  'use an agent server that tells which tools its agents have, and gives them none by itself, such as by plugins in ~/.agents/plugins';

/** The task that a step could not complete, as in {@link Problem}. `before`: how far it got, such as "before there was a conversation". */
export interface InterruptedTask extends Pick<Problem, 'failedTo'> {
  readonly before: string;
  /** What to check first; absent if the job can just run again. */
  readonly advice?: string;
}

/** A wait that was interrupted, and what became of the agent. */
export interface InterruptedWait {
  readonly interruption: Interruption;
  readonly conversation: Conversation;
  readonly stopped: StopResult;
  readonly facts: Facts;
  /** The result of the checks, if the budget was spent after them. */
  readonly checks?: ChecksResult | undefined;
  /** Whether the agent may have worked for earlier steps, too. */
  readonly hasEarlierWork?: boolean;
  readonly hasWaitedForChecks?: boolean;
  /** Whether the step has a message that was not sent. */
  readonly hasMessageToSend?: boolean;
}

/** Says why a step ended before it knew of a conversation, and what to do. */
export function problemWithoutConversation(
  interruption: Interruption,
  { failedTo, before, advice = '' }: InterruptedTask,
): Problem {
  const { kind, message, cause } = interruption;
  // With a cause, the message is about a failure, and the words of `before` do not follow from it.
  const link = cause === undefined ? ' ' : '; the step ended ';
  return {
    failedTo,
    because: `${message}${link}${before}${lastFailure(interruption)}`,
    ...(kind === 'cancel'
      ? { advice, next: advice === '' ? 'again' : 'find' }
      : adviceAtDeadline(advice, interruption)),
  };
}

/** Returns the advice of the failure that lasted until the deadline, which says itself what to check first; without one, more time. */
function adviceAtDeadline(advice: string, { cause }: Interruption): Pick<Problem, 'advice' | 'next'> {
  if (cause instanceof ApiFailure) return adviceIn(cause.problem);
  return advice === '' ? { advice: MORE_TIME, next: 'new-agent' } : { advice, next: 'find' };
}

function adviceIn({ advice, next }: Problem): Pick<Problem, 'advice' | 'next'> {
  return { advice, ...(next && { next }) };
}

/** Says why a step ended during its wait, what its agent does now, and what to do. */
export function problemWithConversation(wait: InterruptedWait, failureKind: FailureKind): Problem {
  const { interruption, stopped, facts, hasEarlierWork = false } = wait;
  const why = `${interruptionReason(interruption, facts, hasEarlierWork)}, and ${stopWords(stopped)}`;
  return {
    failedTo: taskOf(wait),
    because: `${why}${lastFailure(interruption, why)}`,
    ...wayOn(wait, failureKind),
  };
}

/** Returns what to put right before the agent continues, and how it does. */
function wayOn(
  { interruption, stopped, hasMessageToSend }: InterruptedWait,
  failureKind: FailureKind,
): Pick<Problem, 'advice' | 'next'> {
  const { kind, cause } = interruption;
  const way = WAY_ON[kind];
  if (way !== undefined) return way;
  if (UNCLEAR.includes(stopped.kind))
    return { advice: 'check whether the agent is still working', next: 'find' };
  // A step that waits does not resume an agent that somebody else has paused.
  if (failureKind === 'paused' && hasMessageToSend !== true) return { advice: '', next: 'go-on' };
  // The failure that lasted until the deadline.
  return { advice: cause instanceof ApiFailure ? cause.problem.advice : '', next: 'again' };
}

const CHECK_CLONE = `${CHECK_REPOSITORY} (a repository without a commit needs a first one, or repository: none)`;

/** What to put right after an interruption; `undefined` if that depends on what became of the agent. */
const WAY_ON: Readonly<Record<InterruptionKind, Pick<Problem, 'advice' | 'next'> | undefined>> = {
  cancel: undefined,
  deadline: undefined,
  budget: { advice: 'raise max-cost-usd in the workflow', next: 'raised' },
  context: { advice: USE_ANOTHER_MODEL, next: 'new-agent' },
  clone: { advice: CHECK_CLONE, next: 'new-agent' },
  tools: { advice: GIVE_NO_TOOLS, next: 'new-agent' },
};

/** Returns what the step was doing: after the end of the agent, it may have waited for the checks. */
function taskOf({ interruption, stopped, hasMessageToSend, hasWaitedForChecks }: InterruptedWait): string {
  if (INTERRUPTIONS[interruption.kind].status === 'start-failed') return START;
  if (hasMessageToSend === true) return SEND;
  if (hasWaitedForChecks && stopped.kind === 'ended') return WAIT_FOR_CHECKS;
  return FINISH + WITHIN[interruption.kind];
}

/** What limits the work, as people read it first. */
const WITHIN: Readonly<Record<InterruptionKind, string>> = {
  cancel: '',
  deadline: ' in time',
  budget: ' within the cost limit',
  context: '',
  clone: '',
  tools: '',
};

/** Says what the problem of an end is, and what became of its agent; `undefined` if there is no problem. */
export function problemAfterStop(end: Outcome, stopped: StopResult): Problem | undefined {
  const problem = problemIn(end, !MAY_WORK.includes(stopped.kind));
  return problem && { ...problem, because: `${asClause(problem.because)}, and ${stopWords(stopped)}` };
}

/** The results after which the agent may be at work, and nobody knows if it is. */
const UNCLEAR: readonly StopResult['kind'][] = ['unknown', 'not-stopped', 'unanswered'];
const MAY_WORK: readonly StopResult['kind'][] = ['at-work', ...UNCLEAR];

/** Says why the wait ended: at a spent budget, with the cost. */
function interruptionReason(
  { kind, message }: Interruption,
  { costUsd }: Facts,
  hasEarlierWork: boolean,
): string {
  if (kind !== 'budget' || costUsd === undefined) return message;
  return `the conversation${hasEarlierWork ? ' as a whole' : ''} has cost ${asPreciseDollars(costUsd)} (${message})`;
}

/** Returns the failure that lasted until the deadline, unless what was said before names it already. */
function lastFailure({ message, cause }: Interruption, said = message): string {
  const isNew = cause instanceof ApiFailure && !said.includes(asClause(cause.message));
  return isNew ? `; the last failure: ${cause.message}` : '';
}

/** For each result of a stop: what happened to the agent, for the middle of a sentence. */
const RESULTS: Readonly<Record<StopResult['kind'], string>> = {
  'at-work': 'the agent continues',
  stopped: 'the agent was paused',
  ended: 'the agent was no longer running',
  'not-running': 'the agent was no longer running',
  unanswered:
    'the agent was not running, but may run if the last request to it, which had no answer, still arrives',
  paused: 'the conversation is paused',
  unknown: 'it is unknown whether the agent continues',
  unsent: 'the message was not sent',
  'not-stopped': 'the agent could not be paused',
};

/** Says what happened to the agent, for the middle of a sentence. */
export function stopWords(result: StopResult): string {
  const happened = RESULTS[result.kind];
  return result.kind === 'not-stopped' ? `${happened} (${result.because}), so it may continue` : happened;
}
