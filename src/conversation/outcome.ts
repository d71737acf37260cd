import type { Conversation, Ended, Facts } from './conversation.ts';
import type { Problem } from './problem.ts';

/** How a step ends. `status` is the output of that name. `facts` are as last seen. */
export type Outcome =
  /** The conversation is running, and the step does not wait for it. */
  | { readonly status: 'running'; readonly conversation: Conversation; readonly facts: Facts }
  /** The step has waited until the conversation ended. */
  | Ended
  /** The agent has finished, but its answer does not fit the schema, or lacks its result. */
  | InvalidAnswerEnd
  /** The agent has finished, but it says that it could not do the task, or there is no pull request. */
  | (Omit<Ended, 'status'> & { readonly status: 'not-done'; readonly problem: Problem })
  /** The agent has finished, but its changes could not be saved, or its findings could not be posted as a review in time. */
  | (Omit<Ended, 'status'> & {
      readonly status: 'error' | 'unreachable' | 'missing' | 'timed-out';
      readonly problem: Problem;
    })
  /** The agent has finished, but a check is red, the checks did not settle before the deadline, or they could not be read. */
  | ChecksNotPassed
  /** The step has ended before its agent. */
  | CutShort
  /** Nothing was sent to the agent, for a reason that is not an error. */
  | { readonly status: 'skipped'; readonly conversation?: undefined; readonly notice: string }
  /** This step knows of no conversation. */
  | {
      readonly status: 'start-failed' | 'cancelled' | 'missing';
      readonly conversation?: undefined;
      readonly problem: Problem;
    };

/** A message was not delivered, or the wait failed or was interrupted. The conversation exists and may continue. */
export interface CutShort {
  readonly status: 'start-failed' | 'unreachable' | 'over-budget' | 'timed-out' | 'cancelled' | 'error';
  readonly conversation: Conversation;
  readonly facts: Facts;
  readonly problem: Problem;
  /** What the agent has said so far. */
  readonly soFar?: string;
  /** Present if it said that before the message of this step, which was not sent. */
  readonly isFromBefore?: true;
  /** The result of the checks, if the budget was spent after them. */
  readonly checks?: ChecksResult;
}

/** The result of the checks of an agent's pull requests. */
export type ChecksResult = NonNullable<(Ended | ChecksNotPassed)['checks']>;

/** The end of an agent whose answer does not fit the schema, or lacks its result. */
export interface InvalidAnswerEnd extends Omit<Ended, 'status' | 'structured'> {
  readonly status: 'invalid-output';
  readonly problem: Problem;
}

/** The end of an agent whose pull requests are not green. */
export interface ChecksNotPassed extends Omit<Ended, 'status' | 'checks'> {
  readonly status: 'checks-failed' | 'timed-out' | 'unreachable';
  readonly checks: 'failed' | 'pending';
  readonly problem: Problem;
}
