import type { AgentStep, Conversation, Facts, MessageCursor, OnPaused, State } from './conversation.ts';
import type { Problem } from './problem.ts';

/** The state of a conversation as last seen. */
export interface CurrentState {
  readonly conversation: Conversation;
  readonly phase: string;
  /** Absent before the first look. */
  readonly state?: State['kind'];
  /** Present if a Stop hook of the repository may be why the agent cannot be reached: the step then waits longer. */
  readonly mayRunHook?: true;
  readonly facts: Facts;
}

/** An event during the wait for a conversation. */
export type WaitEvent = { readonly conversation: Conversation } & (
  | ({ readonly kind: 'phase' } & CurrentState)
  /** The state as last seen. Emitted after each look, and after a minute without one. */
  | ({ readonly kind: 'current-state' } & CurrentState)
  /** `isCut` if older steps are left out. */
  | { readonly kind: 'steps'; readonly steps: readonly AgentStep[]; readonly isCut: boolean }
  /** The steps cannot be read. Emitted once. */
  | { readonly kind: 'steps-unreadable'; readonly problem: Problem }
  | { readonly kind: 'title'; readonly title: string }
  /** An unrecognized state, or one that has not shown for a minute whether the agent is still at work. */
  | { readonly kind: 'unrecognized' | 'unclear'; readonly phase: string }
  | { readonly kind: 'paused'; readonly phase: string; readonly onPaused: OnPaused }
  /** `at-work`: as seen for the first time since it was started or resumed. `events-late`: the agent has ended. */
  | { readonly kind: 'resuming' | 'at-work' | 'agent-ended' | 'events-late' }
  /** Answers of the agent were read, newest first. They may be known already. */
  | { readonly kind: 'answers'; readonly answers: readonly string[] }
  /** The server does not report the cost, although there is a budget. Emitted once. */
  | { readonly kind: 'cost-unknown' }
  /** The conversation could not be resumed, or its stored events not be read. The wait continues. */
  | { readonly kind: 'not-resumed' | 'events-unreadable'; readonly problem: Problem }
  /** The agent has ended, but its answer could not be read, or there may be a later answer. */
  | { readonly kind: 'answer-incomplete'; readonly because: string }
);

/** What the step does with a conversation: it started it, found it by its key, sends it a message, or only observes it. */
export type Role = 'started' | 'attached' | 'follow-up' | 'observer';

/** An event before the agent of a conversation has its message. */
export type StartEvent =
  /** The step has chosen the id of the conversation that it will ask for. */
  | { readonly kind: 'chosen'; readonly id: string }
  /** The step is about to ask the server for a conversation with this id. `at`: when, in milliseconds since 1970. */
  | { readonly kind: 'asking'; readonly id: string; readonly at: number }
  /** The server has refused a start or a message. The request had no effect. */
  | { readonly kind: 'refused' }
  /** The request is retried after a wait. */
  | { readonly kind: 'retrying'; readonly problem: Problem; readonly waitMs: number }
  /**
   * The server has accepted a start. `id` was chosen for the conversation. `isShared`: it comes from a key, so that other
   * runs may ask for it, too.
   */
  | { readonly kind: 'preparing'; readonly task: string; readonly id: string; readonly isShared: boolean }
  /** The progress of the start, in the server's words. Emitted at each look. */
  | { readonly kind: 'start-phase'; readonly phase: string }
  /** The step looks for a conversation that is not there yet, at most so long. `problem`: what is known so far. */
  | { readonly kind: 'searching'; readonly problem: Problem; readonly limitMs: number }
  /** The conversation of a key exists. Which run has started it is not known yet. */
  | { readonly kind: 'linked'; readonly conversation: Conversation }
  /** The conversation exists. Emitted before any wait for its end. */
  | { readonly kind: 'found'; readonly conversation: Conversation; readonly role: Role }
  /** The server hides the conversation of a start. `isPaused`: its sandbox was paused. */
  | { readonly kind: 'hidden'; readonly isPaused: boolean; readonly problem: Problem }
  /** The server chose another id than that of the key. */
  | { readonly kind: 'key-ignored' }
  /** The sandbox of a duplicate start could not be paused. */
  | { readonly kind: 'duplicate-not-paused'; readonly sandbox: string }
  /** The step is about to send a message. */
  | { readonly kind: 'sending' }
  | { readonly kind: 'delivered'; readonly cursor: MessageCursor };

/** An event of a conversation. Each is emitted once, as it happens. */
export type ConversationEvent = StartEvent | WaitEvent;
