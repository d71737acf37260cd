import { asClause } from '../text/safe.ts';

/** The kinds of failure that a workflow can tell apart: the values of the output `failure-kind`. */
export type FailureKind =
  | 'input'
  | 'auth'
  | 'not-found'
  | 'rate-limit'
  | 'concurrency-limit'
  | 'daily-limit'
  | 'quota'
  | 'model'
  | 'agent'
  | 'sandbox'
  | 'network'
  | 'server'
  | 'github'
  | 'timeout'
  | 'cancelled'
  | 'needs-input'
  | 'paused'
  | 'budget'
  | 'output'
  | 'result'
  | 'checks'
  | 'unknown';

/** How people get on after a failure. */
export type Next =
  /** Run the job again. */
  | 'again'
  /** Let the agent of this conversation continue: it is paused, or may be at work. */
  | 'continue'
  /** The same, but the agent has ended: with a key, the workflow decides if another one starts. */
  | 'continue-ended'
  /** The same, at its limit of steps: only a message makes it go on. */
  | 'go-on'
  /** Let the agent of this conversation continue with a higher budget. */
  | 'raise'
  /** Start a new run: the agent has failed, or is blocked. */
  | 'new-run'
  /** The same, and with another agent: this one keeps its model, or its sandbox. */
  | 'new-agent'
  /** Start a new run: the agent has finished, and has given no right answer. */
  | 'new-answer'
  /** Start a new run with another agent, although this one has not ended. */
  | 'start-over'
  /** Start a new run with another key, because this one can have no conversation. */
  | 'new-key';

/** A failure, as people need to know it. */
export interface Problem {
  /** What failed, as "VERB NOUN": "start the conversation". */
  readonly failedTo: string;
  /** Why it failed, in the server's words if it gave a reason. */
  readonly because: string;
  /** All reasons, if there may be several. */
  readonly reasons?: readonly string[];
  /** What to put right, as a clause; empty if there is nothing, or `because` says what would be right. */
  readonly advice: string;
  /** How to get on after that; absent if the advice says it, or if nothing can be done in the workflow. */
  readonly next?: Next;
  /** Absent if unknown. */
  readonly kind?: FailureKind;
  /** Present if there is no model, perhaps because the run has no secrets. */
  readonly isWithoutModel?: true;
  /** Present if the failed request was to start a conversation, or to send a message. */
  readonly stage?: 'start' | 'send';
  /** Present if the server has refused the key (HTTP 401). */
  readonly isKeyRefused?: true;
  /** Present if the server, or a proxy before it, has refused the request for its size (HTTP 413). */
  readonly isTooLarge?: true;
  /** Present if the server hides the conversation of a start, and no agent works in it. */
  readonly isHidden?: true;
}

/** Says what failed and why, in one clause. */
export function failureClause({ failedTo, because }: Problem): string {
  return `Failed to ${failedTo}: ${asClause(because)}`;
}

/** Returns what to do first after a start whose result is unknown, as a clause. `list` is the page of all conversations. */
export function adviceToCheckStart({ list }: { readonly list: string }): string {
  return `make sure at ${list} that the conversation was not started anyway`;
}
