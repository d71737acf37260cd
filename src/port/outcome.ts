import type { Conversation, Ending, Facts, StoredEnd } from './conversation.ts';
import type { FailureKind, Problem } from './problem.ts';

/** How a step ends. `kind` says how far it got, and `status` is the output of that name. */
export type Outcome = Skipped | NoConversation | Running | FailedStart | CutShort | AgentEnded;

/** The agent has ended: by itself, or the step has then failed with its work. */
export type AgentEnded =
  Succeeded | AgentFailed | NotSaved | NotDone | ChecksNotPassed | InvalidOutput | NotPosted;

/** Nothing was sent to the agent, for a reason that is not an error. */
interface Skipped {
  readonly kind: 'skipped';
  readonly status: 'skipped';
  readonly conversation?: undefined;
  readonly notice: string;
}

/** This step knows of no conversation. */
interface NoConversation {
  readonly kind: 'no-conversation';
  readonly status: 'start-failed' | 'cancelled' | 'missing';
  readonly conversation?: undefined;
  readonly problem: Problem;
}

/** What is known of a conversation. */
export interface KnownConversation {
  readonly conversation: Conversation;
  /** As last seen. */
  readonly facts: Facts;
}

/** The conversation is running, and the step does not wait for it. */
interface Running extends KnownConversation {
  readonly kind: 'running';
  readonly status: 'running';
}

/** The conversation exists, but its start has failed, or the message of this step was not delivered. */
interface FailedStart extends KnownConversation {
  readonly kind: 'failed-start';
  readonly status: 'start-failed';
  readonly problem: Problem;
}

/** The wait has failed or was interrupted. The conversation may continue. */
export interface CutShort extends KnownConversation {
  readonly kind: 'cut-short';
  readonly status: 'unreachable' | 'over-budget' | 'timed-out' | 'cancelled' | 'error';
  readonly problem: Problem;
  /** What the agent has said so far. `isFromBefore`: before the message of this step, which was not sent. */
  readonly soFar?: { readonly text: string; readonly isFromBefore: boolean };
  /** The result of the checks, if the budget was spent after them. */
  readonly checks?: ChecksResult;
}

/** What is known of a conversation whose agent has ended. */
interface EndedConversation extends KnownConversation {
  /** The last state, in the server's words. */
  readonly phase: string;
  /** Absent if the stored events could not be read. */
  readonly storedEnd?: StoredEnd;
}

/** What the step has made of the work of an agent that has succeeded. */
interface Results {
  /** The answer as JSON on one line, if it must fit a schema. */
  readonly structured?: string;
  /** The result of the checks of its pull requests, if the step waited for them. `none` if there were no checks. */
  readonly checks?: 'passed' | 'none';
}

/** The agent has ended well. `stopped`: API V0 does not tell the result of an agent that has stopped, which counts as success. */
export interface Succeeded extends EndedConversation, Results {
  readonly kind: 'succeeded';
  readonly status: Extract<Ending, 'finished' | 'stopped'>;
}

/** The agent has ended without success, or is paused. What failed is in the end itself. */
export interface AgentFailed extends EndedConversation {
  readonly kind: 'agent-failed';
  readonly status: Exclude<Ending, Succeeded['status']>;
  /** What failed, if the last state itself says so. */
  readonly failure?: FailureKind;
  /** What is missing from an error: the agent never started on the message, or the deadline passed before the reason was stored. */
  readonly absent?: 'beginning' | 'reason';
  /** Present if the conversation can take no message any more, for good. */
  readonly isArchived?: true;
  /**
   * Present if the end itself does not say all: the step has stopped an agent that it could not see, or post does not know the end of main.
   */
  readonly problem?: Problem;
}

/** The agent has succeeded, but its changes could not be saved. */
interface NotSaved extends EndedConversation, Results {
  readonly kind: 'not-saved';
  readonly status: 'error';
  readonly problem: Problem;
}

/** The agent has succeeded, but it says that it could not do the task, or there is no pull request. */
interface NotDone extends EndedConversation {
  readonly kind: 'not-done';
  readonly status: 'not-done';
  readonly problem: Problem;
}

/** The agent has succeeded, but a check is red (`failed`), or the checks did not settle before the deadline or could not be read. */
export type ChecksNotPassed = EndedConversation & {
  readonly kind: 'checks-not-passed';
  readonly problem: Problem;
} & (
    | { readonly status: 'checks-failed'; readonly checks: 'failed' }
    | { readonly status: 'timed-out' | 'unreachable'; readonly checks: 'pending' }
  );

/** The result of the checks of an agent's pull requests. */
export type ChecksResult = NonNullable<(Results | ChecksNotPassed)['checks']>;

/** The agent has succeeded, but its answer does not fit the schema, or lacks its result. */
export interface InvalidOutput extends EndedConversation, Pick<Results, 'checks'> {
  readonly kind: 'invalid-output';
  readonly status: 'invalid-output';
  readonly problem: Problem;
}

/** The agent has succeeded, but its findings could not be posted as a review. */
interface NotPosted extends EndedConversation, Results {
  readonly kind: 'not-posted';
  readonly status: 'timed-out' | 'unreachable';
  readonly problem: Problem;
}

/**
 * Whether the step is over: it has an outcome in place of what it needs to continue. The type refuses what has a `status` of its own, such
 * as a failure of GitHub.
 */
export function isOver(next: Outcome | (object & { readonly status?: never }) | undefined): next is Outcome {
  return next !== undefined && 'status' in next;
}

/** Returns the outcome of a step that knows of no conversation. */
export function noConversation(
  problem: Problem,
  status: NoConversation['status'] = 'start-failed',
): NoConversation {
  return { kind: 'no-conversation', status, problem };
}

/** Whether the step knows of a conversation. */
export function hasConversation(outcome: Outcome): outcome is Exclude<Outcome, Skipped | NoConversation> {
  return outcome.kind !== 'skipped' && outcome.kind !== 'no-conversation';
}

/** Whether the agent has ended before the step. */
export function hasAgentEnded(outcome: Outcome): outcome is AgentEnded {
  switch (outcome.kind) {
    case 'skipped':
    case 'no-conversation':
    case 'running':
    case 'failed-start':
    case 'cut-short':
      return false;
    default:
      outcome satisfies AgentEnded;
      return true;
  }
}

/** Returns the results that the outputs show, also if the step has then failed. The types tell if a kind without results is missing here. */
export function resultsOf(outcome: Outcome): {
  readonly structured?: string;
  readonly checks?: ChecksResult;
} {
  switch (outcome.kind) {
    case 'skipped':
    case 'no-conversation':
    case 'running':
    case 'failed-start':
    case 'agent-failed':
    case 'not-done':
      return {};
    default:
      return outcome;
  }
}

/** Returns the outcome of an agent that has ended in this way. `more`: what only a failed agent has. */
export function endedOutcome(
  status: Ending,
  ended: EndedConversation,
  more: Pick<AgentFailed, 'failure' | 'absent' | 'isArchived' | 'problem'> = {},
): Succeeded | AgentFailed {
  return status === 'finished' || status === 'stopped'
    ? { ...ended, kind: 'succeeded', status }
    : { ...ended, ...more, kind: 'agent-failed', status };
}
