/** What a workflow can decide by if a step fails: a value of the output `failure-kind`. */
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
  | 'checks'
  | 'unknown';

/** What people need to know of a failure. */
export interface Problem {
  /** What failed, as "VERB NOUN": "start the conversation". */
  readonly failedTo: string;
  /** Why, in the words of whoever refused it. */
  readonly because: string;
  /** Each of them, if there may be several reasons. */
  readonly reasons?: readonly string[];
  /** What to do next: a sentence without its full stop. */
  readonly todo: string;
  /** Absent if nobody knows it. */
  readonly kind?: FailureKind;
}
