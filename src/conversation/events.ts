import type { AgentStep, Conversation, Facts, OnPaused, State } from './conversation.ts';
import type { Problem } from './problem.ts';

/** How things stand with a conversation. */
export interface Standing {
  readonly conversation: Conversation;
  readonly phase: string;
  /** Absent before it was seen. */
  readonly state?: State['kind'];
  readonly facts: Facts;
}

/** What happens while a conversation is waited for. */
export type WaitEvent =
  | ({ readonly kind: 'phase' } & Standing)
  /** It was looked at, or a minute passed without a look. */
  | ({ readonly kind: 'still' } & Standing)
  | {
      readonly kind: 'steps';
      readonly conversation: Conversation;
      readonly steps: readonly AgentStep[];
      /** Whether older steps are left out. */
      readonly isCut: boolean;
    }
  /** The steps cannot be read; told once. */
  | { readonly kind: 'no-steps'; readonly conversation: Conversation; readonly problem: Problem }
  | { readonly kind: 'title'; readonly conversation: Conversation; readonly title: string }
  /** A state that nobody knows, or that has hidden for a minute whether the agent is still at work. */
  | { readonly kind: 'unrecognized' | 'unclear'; readonly conversation: Conversation; readonly phase: string }
  | {
      readonly kind: 'paused';
      readonly conversation: Conversation;
      readonly phase: string;
      readonly onPaused: OnPaused;
    }
  | { readonly kind: 'resuming'; readonly conversation: Conversation }
  /** The agent is seen at work, for the first time since it was started or resumed. */
  | { readonly kind: 'at-work'; readonly conversation: Conversation }
  /** The agent has come to its end. */
  | { readonly kind: 'at-rest'; readonly conversation: Conversation }
  /** The end is known, and the last events are waited for. */
  | { readonly kind: 'late'; readonly conversation: Conversation }
  /** It could not be resumed; the wait goes on. */
  | { readonly kind: 'not-resumed'; readonly conversation: Conversation; readonly problem: Problem }
  /** The stored events could not be read; the wait goes on. */
  | { readonly kind: 'unreadable'; readonly conversation: Conversation; readonly problem: Problem }
  /** The end is known, and the answer could not be read, or there may be a later one. */
  | { readonly kind: 'unread'; readonly conversation: Conversation; readonly because: string };
