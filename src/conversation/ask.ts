import { ApiFailure, type ConversationApi } from './api.ts';
import { type Clock, Interruption, withDeadline } from './clock.ts';
import type { Question, Seen } from './turn.ts';

/** Nothing waits longer for the steps of an agent. */
const STEPS_MS = 10_000;

/** What asking needs. */
export interface Asking {
  readonly api: ConversationApi;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Asks one question about a conversation. That the API fails is an answer, too.
 *
 * @throws the signal's reason once that is aborted.
 */
export async function ask(
  question: Exclude<Question, { readonly ask: 'look' }>,
  id: string,
  { api, clock, signal }: Asking,
): Promise<Seen> {
  switch (question.ask) {
    case 'stored':
      return { stored: await orFailure(async () => api.recall(id, signal, question.since)) };
    case 'steps':
      return {
        steps: await orFailure(async () =>
          inTime(clock, signal, async (soon) => api.steps(id, soon, question.since)),
        ),
      };
    case 'result':
      return { result: await orFailure(async () => api.findings(id, signal, question.since)) };
    case 'sandbox':
      return { sandbox: await orFailure(async () => api.sandbox(id, signal)) };
    case 'resume':
      return { resume: await orFailure(done(async () => api.wake(question.sandbox, signal))) };
    case 'run':
      return { run: await orFailure(done(async () => api.goOn(id, signal, question.called))) };
  }
}

/** What is asked, or why there is no answer. */
export async function orFailure<T>(asked: () => Promise<T>): Promise<T | ApiFailure> {
  try {
    return await asked();
  } catch (error) {
    if (error instanceof ApiFailure) return error;
    throw error;
  }
}

function done(asked: () => Promise<void>): () => Promise<'done'> {
  return async () => {
    await asked();
    return 'done';
  };
}

async function inTime<T>(
  clock: Clock,
  signal: AbortSignal,
  asked: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  try {
    return await withDeadline(clock, STEPS_MS, signal, asked);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof Interruption)) throw error;
    throw new ApiFailure({
      failedTo: 'read the steps of the agent',
      because: `no complete answer within ${STEPS_MS / 1000} s`,
      todo: 'watch the agent in the conversation',
      kind: 'network',
    });
  }
}
