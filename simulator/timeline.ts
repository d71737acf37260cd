/**
 * The words in which scenarios are told. V1 and V0 name the same things differently; `vocabulary.ts` is the one
 * place that knows both names.
 */

/** Where the start of a conversation is. Only V1 shows more of it than that it has begun. */
export type StartPhase =
  | 'accepted'
  | 'waiting-for-sandbox'
  | 'preparing-repository'
  | 'running-setup-script'
  | 'starting-conversation'
  | 'ready'
  | 'failed';

/**
 * The machine that the agent works on. `unregistered` is the moment before the server knows of it; `emptied`, that
 * another one, without the conversation, is in its place.
 */
export type Box =
  | 'unregistered'
  | 'starting'
  | 'running'
  | 'emptied'
  | 'paused'
  | 'stopped'
  | 'failed'
  | 'missing'
  | 'archived'
  | 'unknown';

/** What the agent does. `answered` is the end with a plain message instead of the finish tool. */
export type Agent =
  | 'idle'
  | 'working'
  | 'finished'
  | 'answered'
  | 'paused'
  | 'asks-input'
  | 'asks-confirmation'
  | 'failed'
  | 'stuck'
  | 'rejected'
  | 'rate-limited'
  | 'deleting'
  | 'stopped'
  | 'unknown';

/** Something that is kept in the conversation's list of events. */
export type Happening =
  | { readonly kind: 'user-message'; readonly text: string }
  | { readonly kind: 'command'; readonly summary: string; readonly command: string }
  | { readonly kind: 'command-result'; readonly command: string; readonly text: string }
  | { readonly kind: 'edit'; readonly summary: string; readonly path: string; readonly text: string }
  | { readonly kind: 'agent-message'; readonly text: string }
  | { readonly kind: 'finish'; readonly text: string }
  | {
      readonly kind: 'error';
      readonly code: string;
      readonly detail: string;
      /** How newer servers classify it: a `FailureKind` of theirs. */
      readonly classified?: string;
    }
  | { readonly kind: 'agent-state'; readonly agent: Agent; readonly reason?: string }
  /** US dollars used so far. V1 alone has events of that. */
  | { readonly kind: 'cost'; readonly dollars: number };

/** What changes at one moment, `at` seconds after the turn began. */
export interface Change {
  readonly at: number;
  readonly start?: StartPhase;
  /** Why the start failed. */
  readonly detail?: string;
  /** Whether the API answers with the conversation (`shown`) or with null (`hidden`). */
  readonly presence?: 'shown' | 'hidden';
  readonly box?: Box;
  readonly agent?: Agent;
  /** Why the agent is in its state, if the server says so. */
  readonly reason?: string;
  readonly happening?: Happening;
  readonly title?: string;
  /** US dollars used so far, since the turn began. */
  readonly cost?: number;
  readonly pullRequest?: number;
  /** Whether the events that wait in the sandbox are sent to the server with this change, and not up to 30 s later. */
  readonly sendsAll?: boolean;
  /** From here nothing more happens until somebody resumes the sandbox (`box`) or sets the agent going (`agent`). */
  readonly hold?: 'box' | 'agent';
}

/** A story: `start` runs once, `work` for the first message and for every later one. */
export interface Scenario {
  /** One line for people. */
  readonly about: string;
  /** How a V0 server refuses it at once. If it is not set, V0 accepts. */
  readonly refusal?: { readonly message: string; readonly id: string };
  readonly start: readonly Change[];
  /** Seconds count from the moment the agent gets the message. */
  readonly work: readonly Change[];
}
