import {
  type ApiVersion,
  type Conversation,
  type Facts,
  NO_FACTS,
  type State,
} from './conversation/conversation.ts';
import type { LifeEvent, Role } from './conversation/events.ts';
import type { Outcome } from './conversation/outcome.ts';
import type { Inputs } from './inputs.ts';

/** What happens in a step. Each event is told once, as it happens, to the record and then to every sink. */
export type StepEvent =
  /** The inputs are right, and whoever triggered the workflow may start an agent. */
  | { readonly kind: 'begun'; readonly inputs: Inputs; readonly hasComment: boolean }
  /** What happens to the conversation, and which API it speaks. */
  | { readonly kind: 'life'; readonly event: LifeEvent; readonly version: ApiVersion }
  /** The step was cancelled, or its deadline has passed, and the agent is stopped. */
  | { readonly kind: 'stopping' }
  | { readonly kind: 'trajectory-saved'; readonly path: string }
  | { readonly kind: 'trajectory-missing'; readonly because: string }
  /** How the step ends; `left` if the agent could not be stopped and `post` is to try again, and why main ended. */
  | { readonly kind: 'ended'; readonly outcome: Outcome; readonly left?: Interrupted }
  /** The comment says how the step ended. */
  | { readonly kind: 'commented' };

export type Interrupted = 'cancel' | 'deadline';

/** A state of things, and when it began: the time since the start of the step, in milliseconds. */
export interface Moment {
  readonly sinceMs: number;
  readonly phase: string;
}

/** An agent as it was seen last: at work, paused, at its end, or not well enough to tell. */
export type AgentSeen = 'at-work' | 'paused' | 'at-rest' | 'unknown';

/** Where the step is: the one answer to that. */
export interface StepRecord {
  /** Since the start of the step, in milliseconds, at the last event. */
  readonly elapsedMs: number;
  /** Absent before the inputs were read. */
  readonly inputs?: Inputs;
  readonly hasComment: boolean;
  readonly conversation?: Conversation;
  readonly role?: Role;
  readonly agent: AgentSeen;
  /** As last seen. */
  readonly facts: Facts;
  /** The agent's last step. */
  readonly step?: string;
  readonly timeline: readonly Moment[];
  readonly leftover: Leftover;
  readonly outcome?: Outcome;
}
