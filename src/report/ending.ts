import type { Ended, Ending } from '../conversation/conversation.ts';
import type { Problem } from '../conversation/problem.ts';

type BadEnding = Exclude<Ending, 'finished' | 'stopped'>;

/** The problem behind a bad ending, or `undefined` where the ending is a good one. */
export function problemOf({ status, phase, findings, conversation }: Ended): Problem | undefined {
  if (status === 'finished' || status === 'stopped') return undefined;
  const { because, todo } = ADVICE[status];
  const reason = findings?.reason;
  return {
    failedTo: 'get the work done',
    because: reason === undefined ? `${because} (${phase})` : `${because}: ${reason}`,
    todo: `${todo}: ${conversation.url}`,
  };
}

const ADVICE: Readonly<Record<BadEnding, { readonly because: string; readonly todo: string }>> = {
  'needs-input': {
    because: 'the agent waits for a person',
    todo: 'answer it in the conversation, or say more in the message, so that it need not ask',
  },
  error: {
    because: 'the agent or its sandbox ran into an error',
    todo: 'see what happened in the conversation',
  },
  stuck: {
    because: 'the agent is stuck: it repeats itself without progress',
    todo: 'see where in the conversation, and ask for less or say more',
  },
  paused: {
    because: 'the conversation was paused before the agent was done',
    todo: 'resume it there, and have it waited for by a step with its conversation-id',
  },
  missing: {
    because: 'the conversation or its sandbox is gone',
    todo: 'run the step again, after a look at what is left of the conversation',
  },
};
