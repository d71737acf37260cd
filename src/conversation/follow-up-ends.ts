import { ATTACH, SEND } from './api.ts';
import { linkTo, NO_FACTS } from './conversation.ts';
import type { FollowUp } from './follow-up-stages.ts';
import type { Outcome } from './outcome.ts';
import type { Problem } from './problem.ts';
import type { LastTurn } from './turn.ts';

/** Returns the outcome of a step that does not wait for the agent. */
export function running({ plan, id }: FollowUp): Outcome {
  return { status: 'running', conversation: plan.links.conversation(id), facts: NO_FACTS };
}

/** Ends a follow-up without an event. */
export function end(next: Outcome): LastTurn {
  return { events: [], next };
}

/** Ends a follow-up whose message was not sent. */
export function notSent({ plan, id, facts }: FollowUp, problem: Problem): LastTurn {
  return end({ status: 'start-failed', conversation: plan.links.conversation(id), facts, problem });
}

/** Ends a follow-up to a conversation that has no agent any more. */
export function unavailable({ plan, id, facts }: FollowUp, phase: string): LastTurn {
  return end({ status: 'missing', conversation: plan.links.conversation(id), phase, facts });
}

/** Returns why a message was not answered, from the outcome: it was not sent, or there is no agent any more. */
export function whyUnanswered(outcome: Outcome): string {
  return 'problem' in outcome ? outcome.problem.because : 'its sandbox is gone';
}

/** Returns the problem of a sandbox that was paused again right after the resume. */
export function pausedAgain(page: string): Problem {
  return {
    failedTo: SEND,
    because: 'the sandbox of the conversation was paused again as soon as it had started',
    todo: `run the step again when the account runs fewer conversations, or see ${page}`,
    kind: 'paused',
  };
}

/** Returns where people can see the conversation, as the end of a sentence. */
export function linkOf({ plan, id }: FollowUp): string {
  return linkTo(plan.links.conversation(id));
}

/** Returns the problem of a conversation, named by a key or `conversation-id`, that the server does not list. */
export function notThere(id: string, isKeyed: boolean): Problem {
  return {
    failedTo: ATTACH,
    because: `the server does not list the conversation ${id}`,
    todo: isKeyed
      ? 'use another idempotency-key to start again'
      : 'check conversation-id and base-url, and that api-key belongs to the account of the conversation',
    kind: 'not-found',
  };
}

/** Returns the problem of a key whose conversation has no message. */
export function leftWithoutMessage(url: string): Problem {
  return {
    failedTo: ATTACH,
    because: 'its agent got no message within a minute: the start that created it may have failed',
    todo: `see the server's log and ${url}; to send it the message, use if-exists: send`,
    kind: 'server',
  };
}
