import { type Facts, type MessageCursor, NO_FACTS } from './conversation.ts';
import type { Role } from './events.ts';
import type { Mark } from './mark.ts';
import type { Plan } from './plan.ts';
import type { Problem } from './problem.ts';
import { resumeQuestion, type Resuming } from './resuming.ts';
import type { Question } from './turn.ts';

/** An existing conversation that the step sends a message to, or only observes. */
export interface FollowUp {
  readonly kind: 'follow-up';
  readonly id: string;
  readonly plan: Plan;
  /** Present if a key led to the conversation. */
  readonly keyed?: Keyed;
  /** The conversation's facts, as last seen. */
  readonly facts: Facts;
  readonly stage: FollowUpStage;
}

/** The role of a step that sends a message. `started`: its own start made the conversation, but without this step's message. */
export type SenderRole = Role & ('follow-up' | 'started');

/** A conversation that a key led to. */
interface Keyed {
  /** The mark at the end of the message, if the message may have to be found again. */
  readonly mark?: Mark;
  /** Absent if only the mark can show it: a step that finds its own message in the conversation has started it. */
  readonly role?: SenderRole;
}

/**
 * The stage of a follow-up. The next question is due at `at`, or at once. Times are the clock's milliseconds.
 */
export type FollowUpStage =
  /** Looks for the conversation: a new one may not be listed yet. `message` is absent if the step only observes. */
  | { readonly kind: 'looking-up'; readonly at: number; readonly since?: number; readonly message?: string }
  /** Looks for the message: an earlier attempt of the run may have sent it. */
  | {
      readonly kind: 'checking-earlier-attempt';
      readonly at: number;
      readonly looks: number;
      readonly message: string;
      readonly mark: Mark;
    }
  | { readonly kind: 'reading-cursor'; readonly message: string }
  | {
      readonly kind: 'sending';
      readonly at: number;
      readonly isResumed: boolean;
      readonly sending: Sending;
    }
  /** Looks in the stored events for a message whose answer was lost. */
  | {
      readonly kind: 'searching';
      readonly at: number;
      readonly looks: number;
      readonly lost: Problem;
      readonly sending: Sending;
    }
  | { readonly kind: 'resuming'; readonly resuming: Resuming; readonly sending: Sending }
  /** Waits until the agent starts on the message, so that a later look does not take the end of earlier work for its end. */
  | { readonly kind: 'beginning'; readonly at: number; readonly until: number };

/** A message, and where to look for it and for later events. */
export interface Sending {
  readonly message: string;
  /** The place before the message. */
  readonly cursor: MessageCursor;
}

/** Begins with an existing conversation, by a look at it. */
export function followUpTo(id: string, message: string | undefined, plan: Plan, keyed?: Keyed): FollowUp {
  return {
    kind: 'follow-up',
    id,
    plan,
    ...(keyed && { keyed }),
    facts: NO_FACTS,
    stage: { kind: 'looking-up', at: 0, ...(message !== undefined && { message }) },
  };
}

/** Begins with a message to a conversation whose agent has just ended. */
export function followUpAfterEnd(id: string, message: string, facts: Facts, plan: Plan): FollowUp {
  return { kind: 'follow-up', id, plan, facts, stage: { kind: 'reading-cursor', message } };
}

/** Returns the next question to the API. */
export function followUpQuestion({ stage }: FollowUp): Question {
  switch (stage.kind) {
    case 'looking-up':
      return { ask: 'look' };
    case 'checking-earlier-attempt':
      return { ask: 'messages' };
    case 'reading-cursor':
      return { ask: 'cursor' };
    case 'sending':
      return { ask: 'send', message: stage.sending.message };
    case 'searching':
      return { ask: 'messages' };
    case 'resuming':
      return resumeQuestion(stage.resuming);
    case 'beginning':
      return { ask: 'snapshot', withinMs: stage.until - stage.at };
  }
}
