/**
 * The vocabulary of scenarios. V1 and V0 name the same things differently; only `vocabulary.ts` has the names of both.
 */

/** The phase of a conversation's start. V0 does not show the phases. */
export type StartPhase =
  'accepted' | 'waiting-for-sandbox' | 'preparing-repository' | 'starting-conversation' | 'ready' | 'failed';

/**
 * The state of the agent's sandbox. `unregistered`: the server does not know the sandbox yet; `emptied`: another sandbox,
 * without the conversation, has replaced it; `restarting`: the agent server in it is down, and comes back.
 */
export type Box =
  | 'unregistered'
  | 'starting'
  | 'running'
  | 'restarting'
  | 'emptied'
  | 'paused'
  | 'stopped'
  | 'failed'
  | 'missing'
  | 'archived'
  | 'unknown';

/** The state of the agent. `answered`: it ended with a plain message instead of the finish tool. */
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

/** A tool of an agent: its class, and the name that the model calls it by. */
export interface Tool {
  readonly kind: string;
  readonly title: string;
}

/** A task of an agent's plan. */
export interface PlannedTask {
  readonly title: string;
  readonly status: 'todo' | 'in_progress' | 'done';
}

/** The content of a stored event. */
export type Happening =
  | { readonly kind: 'user-message'; readonly text: string }
  /** What the model is told before the first message. Only a standalone agent server has this event here. */
  | { readonly kind: 'system-prompt'; readonly tools: readonly Tool[] }
  | { readonly kind: 'command'; readonly summary: string; readonly command: string }
  | { readonly kind: 'command-result'; readonly command: string; readonly text: string }
  | {
      readonly kind: 'edit';
      readonly summary: string;
      /** `/workspace/` stands for the agent's folder. */
      readonly path: string;
      /** The text that git tracks, if the file is not new. */
      readonly before?: string;
      readonly text: string;
    }
  | { readonly kind: 'agent-message'; readonly text: string }
  | { readonly kind: 'finish'; readonly text: string }
  | {
      readonly kind: 'error';
      readonly code: string;
      readonly detail: string;
      /** The server's own `FailureKind`, by which newer servers classify the error. */
      readonly classified?: string;
    }
  /** The agent writes its plan, and the tool has taken it. Only V1 has such events here. */
  | { readonly kind: 'plan'; readonly tasks: readonly PlannedTask[] }
  | { readonly kind: 'plan-result'; readonly tasks: readonly PlannedTask[] }
  /** A tool has failed, or was interrupted. */
  | { readonly kind: 'tool-error'; readonly text: string }
  /** The agent was paused between two steps, or interrupted at once. V0 has no such events. */
  | { readonly kind: 'pause' | 'interrupt' }
  | { readonly kind: 'agent-state'; readonly agent: Agent; readonly reason?: string }
  /** The server has shortened the prompt, and has forgotten the newest message, its last summary, or nothing. Only V1 has such events here. */
  | { readonly kind: 'condensation'; readonly forgets: 'message' | 'summary' | 'nothing' }
  /** The cost so far in US dollars. Only V1 has events about it. */
  | { readonly kind: 'cost'; readonly dollars: number };

/** A change, `at` seconds after the start of its timeline. */
export interface Change {
  readonly at: number;
  readonly start?: StartPhase;
  /** Why the start failed. */
  readonly detail?: string;
  /** Whether the API returns the conversation (`shown`) or null (`hidden`). */
  readonly presence?: 'shown' | 'hidden';
  readonly box?: Box;
  readonly agent?: Agent;
  /** The reason for the agent's state, if the server reports one. */
  readonly reason?: string;
  readonly happening?: Happening;
  readonly title?: string;
  /** The cost in US dollars since the start of the timeline. */
  readonly cost?: number;
  readonly pullRequest?: number;
  /** Whether the sandbox sends its waiting events with this change instead of up to 30 s later. */
  readonly sendsAll?: boolean;
  /** Pauses the timeline until somebody resumes the sandbox (`box`) or runs the agent, which was paused (`agent`) or interrupted. */
  readonly hold?: 'box' | 'agent' | 'interrupt';
}

/** A scenario: `start` runs once, `work` for each message. */
export interface Scenario {
  /** A one-line description. */
  readonly about: string;
  /** The refusal of a V0 server; without it V0 accepts the start. */
  readonly refusal?: { readonly message: string; readonly id: string };
  readonly start: readonly Change[];
  /** Seconds count from the time at which the agent gets the message. */
  readonly work: readonly Change[];
}
