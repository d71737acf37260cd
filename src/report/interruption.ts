import { ApiFailure, START } from '../conversation/api.ts';
import { Interruption } from '../conversation/clock.ts';
import type { Conversation } from '../conversation/conversation.ts';
import type { Outcome } from '../conversation/outcome.ts';
import type { Problem } from '../conversation/problem.ts';
import { thrown } from '../text/thrown.ts';

const WAIT = 'wait for the end of the conversation';

/** The outcome of a step that something thrown ended before there was a conversation. */
export function withoutConversation(error: unknown, baseUrl: string): Outcome {
  const look = `see at ${baseUrl}/conversations whether the conversation was started all the same`;
  if (!(error instanceof Interruption)) return { status: 'start-failed', problem: problemBehind(error) };
  const because = `${error.message} before there was a conversation`;
  return error.kind === 'cancel'
    ? { status: 'cancelled', problem: { failedTo: START, because, todo: look } }
    : {
        status: 'start-failed',
        problem: { failedTo: START, because, todo: `${look}, and give the step more timeout-seconds` },
      };
}

/** The outcome of a step that something thrown ended while it waited for a conversation. */
export function withConversation(error: unknown, conversation: Conversation): Outcome {
  const { url } = conversation;
  if (!(error instanceof Interruption)) {
    const { failedTo, because, todo } = problemBehind(error);
    const problem = {
      failedTo,
      because,
      todo: `see whether the agent is still at work: ${url}; then ${todo}`,
    };
    return { status: 'unreachable', conversation, problem };
  }
  const because = `${error.message}, and the agent goes on`;
  return error.kind === 'cancel'
    ? {
        status: 'cancelled',
        conversation,
        problem: { failedTo: WAIT, because, todo: `see what the agent does: ${url}` },
      }
    : {
        status: 'timed-out',
        conversation,
        problem: {
          failedTo: WAIT,
          because,
          todo: `give the step more timeout-seconds, or watch the agent: ${url}`,
        },
      };
}

/** What something thrown means for people. What is no failure of the API is a bug of the action. */
export function problemBehind(error: unknown): Problem {
  if (error instanceof ApiFailure) return error.problem;
  return {
    failedTo: 'do the step',
    because: thrown(error).message,
    todo: 'report this as a bug of the action, with the log of a run with debug logging',
  };
}
