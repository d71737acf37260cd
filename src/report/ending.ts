import type { Ended, Ending } from '../conversation/conversation.ts';
import type { Problem } from '../conversation/problem.ts';
import type { Part } from './journal.ts';

type BadEnding = Exclude<Ending, 'finished' | 'stopped'>;

/**
 * The problem behind a bad ending, or `undefined` where the ending is a good one.
 *
 * @param part what the step had to do with the conversation, where that is known.
 */
export function problemOf(
  { status, phase, findings, conversation }: Ended,
  part?: Part,
): Problem | undefined {
  if (status === 'finished' || status === 'stopped') return undefined;
  const reason = findings?.reason;
  return {
    failedTo: 'get the work done',
    because: reason === undefined ? `${BECAUSE[status]} (${phase})` : `${BECAUSE[status]}: ${reason}`,
    todo: `${adviceOn(status, phase, part)}: ${conversation.url}`,
  };
}

const BECAUSE: Readonly<Record<BadEnding, string>> = {
  'needs-input': 'the agent waits for a person',
  error: 'the agent or its sandbox ran into an error',
  stuck: 'the agent is stuck: it repeats itself without progress',
  paused: 'the conversation was paused before the agent was done',
  missing: 'the conversation or its sandbox is gone',
};

function adviceOn(status: BadEnding, phase: string, part: Part | undefined): string {
  switch (status) {
    case 'needs-input':
      return adviceOnWaiting(phase);
    case 'error':
      return 'see what happened in the conversation';
    case 'stuck':
      return 'see where in the conversation, and ask for less or say more';
    case 'paused':
      return 'resume it there, and have it waited for by a step with its conversation-id';
    case 'missing':
      return adviceOnMissing(part);
  }
}

/** The phase is the server's state in words: V1's `waiting_for_confirmation`, V0's `awaiting_user_…`. */
function adviceOnWaiting(phase: string): string {
  if (/\bconfirmation$/.test(phase))
    return 'confirm or reject the command in the conversation, or turn off the confirmation mode of the account';
  return (
    'answer it in the conversation, or say more in the message, so that it need not ask ' +
    '(API V0 shows the same for a question and for a last message: it may be done)'
  );
}

function adviceOnMissing(part: Part | undefined): string {
  switch (part) {
    case 'onlooker':
      return 'check conversation-id, and that api-key is of the account that has it, or see what is left of it';
    case 'guest':
      return 'to start anew, use another idempotency-key, after a look at what is left of the conversation';
    default:
      return 'run the step again, with another idempotency-key if it has one, after a look at what is left of the conversation';
  }
}
