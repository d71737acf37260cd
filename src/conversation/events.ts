import type { ChecksLook } from './checks.ts';
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
export type WaitEvent = { readonly conversation: Conversation } & (
  | ({ readonly kind: 'phase' } & Standing)
  /** It was looked at, or a minute passed without a look. */
  | ({ readonly kind: 'still' } & Standing)
  /** `isCut` if older steps are left out. */
  | { readonly kind: 'steps'; readonly steps: readonly AgentStep[]; readonly isCut: boolean }
  /** The steps cannot be read; told once. */
  | { readonly kind: 'no-steps'; readonly problem: Problem }
  | { readonly kind: 'title'; readonly title: string }
  /** A state that nobody knows, or that has hidden for a minute whether the agent is still at work. */
  | { readonly kind: 'unrecognized' | 'unclear'; readonly phase: string }
  | { readonly kind: 'paused'; readonly phase: string; readonly onPaused: OnPaused }
  | { readonly kind: 'resuming' }
  /** The agent is seen at work, for the first time since it was started or resumed. */
  | { readonly kind: 'at-work' }
  /** The agent has come to its end. */
  | { readonly kind: 'at-rest' }
  /** The end is known, and the last events are waited for. */
  | { readonly kind: 'late' }
  /** There is a budget, and the server does not tell the cost; told once. */
  | { readonly kind: 'no-cost' }
  /** It could not be resumed; the wait goes on. */
  | { readonly kind: 'not-resumed'; readonly problem: Problem }
  /** The stored events could not be read; the wait goes on. */
  | { readonly kind: 'unreadable'; readonly problem: Problem }
  /** The end is known, and the answer could not be read, or there may be a later one. */
  | { readonly kind: 'unread'; readonly because: string }
);

/** What the step has to do with a conversation: it started it, found it by its key, sends it a message, or looks on. */
export type Role = 'started' | 'attached' | 'follow-up' | 'observer';

/** What happens until there is a conversation, and an agent that has its message. */
export type StartEvent =
  /** A conversation of that id is about to be asked for. */
  | { readonly kind: 'asking'; readonly id: string }
  /** The server has refused a start or a message: nothing came of it. */
  | { readonly kind: 'refused' }
  /** It is asked again in a while. */
  | { readonly kind: 'retrying'; readonly problem: Problem; readonly waitMs: number }
  /** The server has accepted a start; `id` was chosen for the conversation, by a key if others may choose it, too. */
  | { readonly kind: 'preparing'; readonly task: string; readonly id: string; readonly isShared: boolean }
  /** How far the start is, in the server's words; told at each look. */
  | { readonly kind: 'start-phase'; readonly phase: string }
  /** There is a conversation of the id that a key means; whose start has made it is not known yet. */
  | { readonly kind: 'linked'; readonly conversation: Conversation }
  /** There is a conversation, before anything is waited for. */
  | { readonly kind: 'found'; readonly conversation: Conversation; readonly role: Role }
  /** The server chose another id than the one that the key means. */
  | { readonly kind: 'key-ignored' }
  /** The sandbox of a duplicate start could not be paused. */
  | { readonly kind: 'duplicate-left'; readonly sandbox: string }
  /** A message is about to be sent. */
  | { readonly kind: 'sending' }
  | { readonly kind: 'delivered' };

/** What happens while the checks of an agent's pull requests are waited for. */
export type ChecksEvent =
  /** The agent is done, and from now on they are watched. */
  | { readonly kind: 'checking' }
  /** They were looked at, or a minute passed without a look. */
  | ({ readonly kind: 'checks' } & Pick<ChecksLook, 'heads' | 'leftOut'>)
  /** They cannot be read now; told once. */
  | { readonly kind: 'unchecked'; readonly problem: Problem };

/** What happens in the life of a conversation. Each event is told once, as it happens. */
export type LifeEvent = StartEvent | WaitEvent | ChecksEvent;
