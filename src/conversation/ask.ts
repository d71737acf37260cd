import { ApiFailure, ATTACH, type ConversationApi, START } from './api.ts';
import type { ChecksReader } from './checks.ts';
import { type Clock, Interruption, withDeadline, withGrace } from './clock.ts';
import type { Snapshot } from './conversation.ts';
import type { Answer, Answers, Question } from './turn.ts';

/** The limit of a request for the agent's steps: nothing waits longer for them. */
const STEPS = { ms: 10_000, failedTo: 'read the steps of the agent' };

/**
 * How long to wait for the answer to a start after a cancel or the deadline: without it, V0's conversation cannot be found.
 * The runner terminates a cancelled step after 7.5 s. The rest of that time is for the stop, the summary and the comment.
 */
const GRACE_MS = 5_500;

/** What a request needs. */
export interface AskContext {
  readonly api: ConversationApi;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Present if the step waits for the checks of pull requests. */
  readonly checks?: ChecksReader;
}

/** The name of a question about a single conversation. */
type QuestionName = Exclude<Question['ask'], 'look'>;
type QuestionOf<N extends QuestionName> = Question & { readonly ask: N };

const ASK: {
  readonly [N in QuestionName]: (
    question: QuestionOf<N>,
    id: string,
    context: AskContext,
  ) => Promise<Answers[N]>;
} = {
  start: async ({ request }, _id, { api, clock, signal }) =>
    withGrace(clock, GRACE_MS, signal, async (late) => api.start(request, late)),
  found: async ({ query, withinMs }, _id, context) =>
    startWithin(withinMs, context, async (soon) => context.api.find(query, soon)),
  progress: async ({ task, withinMs }, _id, context) =>
    startWithin(withinMs, context, async (soon) => context.api.startProgress(task, soon)),
  refusal: async ({ workplace }, _id, { api, signal }) => api.repositoryRefusal(workplace, signal),
  starts: async (_question, id, { api, signal }) => api.starts(id, signal),
  pause: async ({ sandbox }, id, { api, signal }) => done(api.pause(sandbox, id, signal)),

  cursor: async (_question, id, { api, signal }) => api.messageCursor(id, signal),
  send: async ({ message }, id, { api, signal }) => api.send(id, message, signal),
  messages: async (_question, id, { api, signal }) => api.messages(id, signal),
  async checks({ query }, _id, { checks, signal }) {
    if (checks === undefined) throw new Error('there is no reader of checks');
    return checks.look(query, signal);
  },
  snapshot: async ({ withinMs: ms }, id, context) =>
    inTime({ ms, failedTo: ATTACH }, context, async (soon) => lookAt(0, await context.api.look([id], soon))),

  stored: async ({ since }, id, { api, signal }) => api.stored(id, signal, since),
  steps: async ({ since }, id, context) =>
    inTime(STEPS, context, async (soon) => context.api.steps(id, soon, since)),
  result: async ({ since }, id, { api, signal }) => api.result(id, signal, since),
  sandbox: async (_question, id, { api, signal }) => api.sandbox(id, signal),
  resume: async ({ sandbox }, _id, { api, signal }) => done(api.resume(sandbox, signal)),
  run: async ({ hasPendingWork }, id, { api, signal }) => done(api.run(id, signal, hasPendingWork)),
};

/**
 * Asks one question about a conversation. Returns a failure of the API as its answer.
 *
 * @throws the signal's reason once it is aborted.
 */
export async function ask<N extends QuestionName>(
  question: QuestionOf<N>,
  id: string,
  context: AskContext,
): Promise<Answer> {
  const name: N = question.ask;
  return { [name]: await orFailure(async () => ASK[name](question, id, context)) };
}

/** Returns the snapshot of one conversation from a look at several. */
export function lookAt(index: number, looks: readonly Snapshot[]): Snapshot {
  const look = looks[index];
  if (look === undefined) throw new Error('the answer has fewer conversations than were asked for');
  return look;
}

/** Returns the answer, or the failure of the API. */
export async function orFailure<T>(send: () => Promise<T>): Promise<T | ApiFailure> {
  try {
    return await send();
  } catch (error) {
    if (error instanceof ApiFailure) return error;
    throw error;
  }
}

async function done(request: Promise<void>): Promise<'done'> {
  await request;
  return 'done';
}

/**
 * Returns the answer, or `undefined` if the API fails or takes longer than `ms` milliseconds.
 *
 * @throws the signal's reason once it is aborted.
 */
export async function answerWithin<T>(
  ms: number,
  context: Pick<AskContext, 'clock' | 'signal'>,
  request: (signal: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  const answer = await orFailure(async () => inTime({ ms, failedTo: ATTACH }, context, request));
  return answer instanceof ApiFailure ? undefined : answer;
}

/** Sends a request about a start, with a time limit if `ms` is set. */
async function startWithin<T>(
  ms: number | undefined,
  context: AskContext,
  request: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return ms === undefined ? request(context.signal) : inTime({ ms, failedTo: START }, context, request);
}

/** Sends a request with a time limit. Also fails if the server asks for a retry after the deadline. */
async function inTime<T>(
  { ms, failedTo }: { readonly ms: number; readonly failedTo: string },
  { clock, signal }: Pick<AskContext, 'clock' | 'signal'>,
  request: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  try {
    return await withDeadline(clock, ms, signal, request);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof Interruption)) throw error;
    throw new ApiFailure({
      failedTo,
      because: `no complete answer within ${ms / 1000} s`,
      todo: 'watch the agent in the conversation',
      kind: 'network',
    });
  }
}
