import { SEND, TAKE_UP } from './api.ts';
import { NO_FACTS, placeOf } from './conversation.ts';
import type { FollowUp } from './follow-up-stages.ts';
import type { Outcome } from './outcome.ts';
import type { Problem } from './problem.ts';
import type { LastTurn } from './turn.ts';

/** The outcome of a step that does not wait for what the agent makes of its message. */
export function running({ plan, id }: FollowUp): Outcome {
  return { status: 'running', conversation: plan.places.conversation(id), facts: NO_FACTS };
}

/** The last turn, of which nothing is told. */
export function end(next: Outcome): LastTurn {
  return { events: [], next };
}

/** The conversation goes on without the message. */
export function notSent({ plan, id, facts }: FollowUp, problem: Problem): LastTurn {
  return end({ status: 'start-failed', conversation: plan.places.conversation(id), facts, problem });
}

/** There is no agent any more that could read it. */
export function unavailable({ plan, id, facts }: FollowUp, phase: string): LastTurn {
  return end({ status: 'missing', conversation: plan.places.conversation(id), phase, facts });
}

/** Why nothing came of a message, by how it has ended: that it was not taken, or there is no agent any more. */
export function whyUnanswered(outcome: Outcome): string {
  return 'problem' in outcome ? outcome.problem.because : 'its sandbox is gone';
}

/** Why the message was not taken although the sandbox was resumed for it. */
export function pausedAgain(page: string): Problem {
  return {
    failedTo: SEND,
    because: 'the sandbox of the conversation was paused again as soon as it had started',
    todo: `run the step again when the account runs fewer conversations, or see ${page}`,
    kind: 'paused',
  };
}

/** Where people see the conversation: the end of a sentence. */
export function pageOf({ plan, id }: FollowUp): string {
  return placeOf(plan.places.conversation(id));
}

/** Why there is no conversation of that id, which a key or `conversation-id` names. */
export function notThere(id: string, isKeyed: boolean): Problem {
  return {
    failedTo: TAKE_UP,
    because: `the server does not list the conversation ${id}`,
    todo: isKeyed
      ? 'use another idempotency-key to start again'
      : 'check conversation-id and base-url, and that api-key belongs to the account of the conversation',
    kind: 'not-found',
  };
}

/** A conversation that a key led to, and that nobody has said anything in. */
export function leftWithoutMessage(url: string): Problem {
  return {
    failedTo: TAKE_UP,
    because: 'its agent got no message within a minute: the start that created it may have failed',
    todo: `see the server's log and ${url}; to send it the message, use if-exists: send`,
    kind: 'server',
  };
}
