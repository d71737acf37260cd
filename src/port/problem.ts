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
  /** Start the step again. If it has a conversation, the same agent continues: it is paused, or may be at work. */
  | 'again'
  /** The same, but the server may have acted on a request without an answer: without a key, the advice is to look. */
  | 'find'
  /** Tell the same agent something: only a message makes it go on. The advice says what. */
  | 'tell'
  /** The same, and there is nothing to tell it but to go on. */
  | 'go-on'
  /** Start the step again with the higher limit that the advice asks for: the same agent continues. */
  | 'raised'
  /** Start a new run, which reads the corrected file. With the same key, it finds what this one has left undone. */
  | 'new-run'
  /** Start the step with another agent: there is none, or this one can only fail again. */
  | 'new-agent';

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
  /** How to get on after that; absent if the advice is the one thing to do. */
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

/** What to do about a key that can have no conversation any more. A key that names the run is another one in each run. */
export const OTHER_KEY = {
  advice: 'change the key in the workflow, if all its runs have the same',
  next: 'new-agent',
} as const;

/** What to do if the server could not clone the repository. */
export const CHECK_REPOSITORY =
  'check repository and branch, and that the account of the API key may read them';

/** Returns what to do first after a start whose result is unknown, as a clause. `list` is the page of all conversations. */
export function adviceToCheckStart({ list }: { readonly list: string }): string {
  return `make sure at ${list} that the conversation was not started anyway`;
}
