import { type Facts, type MessageCursor, NO_FACTS } from './conversation.ts';
import type { Role } from './events.ts';
import type { Mark } from './mark.ts';
import type { Plan } from './plan.ts';
import type { Problem } from './problem.ts';
import { resumeQuestion, type Resuming } from './resuming.ts';
import type { Question } from './turn.ts';

/** A conversation that exists, and what is wanted of it: to say something, or to look on. */
export interface FollowUp {
  readonly kind: 'follow-up';
  readonly id: string;
  readonly plan: Plan;
  /** Present if a key led to it. */
  readonly keyed?: Keyed;
  /** Of the conversation, as last seen. */
  readonly facts: Facts;
  readonly stage: FollowUpStage;
}

/** What the step has to do with a conversation that it sends a message to: it may have started it, for a message of another's. */
export type SenderRole = Role & ('follow-up' | 'started');

/** A conversation that a key led to. */
interface Keyed {
  /** What the message ends in, if that is to be found again. */
  readonly mark?: Mark;
  /** Absent if the mark tells: who finds its message in the conversation has started it. */
  readonly role?: SenderRole;
}

/**
 * What is asked next, and for what: `at` a time, `by` a time if the pace of polling is slower, or at once. Times are the
 * clock's milliseconds.
 */
export type FollowUpStage =
  /** A new one may not be listed yet; `message` is absent for who looks on. */
  | { readonly kind: 'listing'; readonly at: number; readonly since?: number; readonly message?: string }
  /** An earlier attempt of the run may have sent it. */
  | {
      readonly kind: 'seeking';
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
  /** The answer did not come: the stored events tell whether the message arrived. */
  | {
      readonly kind: 'searching';
      readonly at: number;
      readonly looks: number;
      readonly lost: Problem;
      readonly sending: Sending;
    }
  | { readonly kind: 'resuming'; readonly resuming: Resuming; readonly sending: Sending }
  /** The agent has the message: who looks at the conversation then must not take the end of its earlier work for the end. */
  | { readonly kind: 'beginning'; readonly at: number; readonly until: number };

/** A message, and where to look for it and for what comes after it. */
export interface Sending {
  readonly message: string;
  /** The place in front of the message. */
  readonly cursor: MessageCursor;
}

/** Begins with an existing conversation. */
export function followUpTo(id: string, message: string | undefined, plan: Plan, keyed?: Keyed): FollowUp {
  return {
    kind: 'follow-up',
    id,
    plan,
    ...(keyed && { keyed }),
    facts: NO_FACTS,
    stage: { kind: 'listing', at: 0, ...(message !== undefined && { message }) },
  };
}

/** Begins with a message to a conversation that is known, and at rest. */
export function followUpBehind(id: string, message: string, facts: Facts, plan: Plan): FollowUp {
  return { kind: 'follow-up', id, plan, facts, stage: { kind: 'reading-cursor', message } };
}

/** What is asked next. */
export function followUpQuestion({ stage }: FollowUp): Question {
  switch (stage.kind) {
    case 'listing':
      return { ask: 'look' };
    case 'seeking':
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
