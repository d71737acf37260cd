import { ApiFailure, type ConversationApi, type Found, START, TAKE_UP } from './api.ts';
import { type Clock, Interruption, withDeadline, withGrace } from './clock.ts';
import type { Snapshot, Steps } from './conversation.ts';
import type { Question, Seen } from './turn.ts';

/** Nothing waits longer for the steps of an agent. */
const STEPS = { ms: 10_000, failedTo: 'read the steps of the agent' };

/**
 * So long the answer to a start is waited for after a cancel or the deadline: without it V0's conversation cannot be found.
 * The runner ends a cancelled step 7.5 s after it asked it to; the rest is for the stop, and for summary and comment.
 */
const GRACE_MS = 5_500;

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
  asking: Asking,
): Promise<Seen> {
  switch (question.ask) {
    case 'start':
    case 'found':
    case 'progress':
    case 'refusal':
    case 'starts':
    case 'pause':
      return askOfStart(question, id, asking);
    case 'cursor':
    case 'send':
    case 'arrived':
    case 'snapshot':
      return askOfMessage(question, id, asking);
    default:
      return askOfAgent(question, id, asking);
  }
}

type About<Name extends Question['ask']> = Question & { readonly ask: Name };

async function askOfStart(
  question: About<'start' | 'found' | 'progress' | 'refusal' | 'starts' | 'pause'>,
  id: string,
  asking: Asking,
): Promise<Seen> {
  const { api, clock, signal } = asking;
  switch (question.ask) {
    case 'start':
      return {
        start: await orFailure(async () =>
          withGrace(clock, GRACE_MS, signal, async (late) => api.start(question.request, late)),
        ),
      };
    case 'found': {
      const { sought, withinMs: ms } = question;
      const find = async (soon: AbortSignal): Promise<Found> => api.find(sought, soon);
      return {
        found: await orFailure(async () =>
          ms === undefined ? find(signal) : inTime({ ms, failedTo: START }, asking, find),
        ),
      };
    }
    case 'progress':
      return { progress: await orFailure(async () => api.startProgress(question.task, signal)) };
    case 'refusal':
      return { refusal: await orFailure(async () => api.repositoryRefusal(question.workplace, signal)) };
    case 'starts':
      return { starts: await orFailure(async () => api.starts(id, signal)) };
    case 'pause':
      return { pause: await orFailure(done(async () => api.pause(question.sandbox, id, signal))) };
  }
}

async function askOfMessage(
  question: About<'cursor' | 'send' | 'arrived' | 'snapshot'>,
  id: string,
  asking: Asking,
): Promise<Seen> {
  const { api, signal } = asking;
  switch (question.ask) {
    case 'cursor':
      return { cursor: await orFailure(async () => api.messageCursor(id, signal)) };
    case 'send':
      return { send: await orFailure(async () => api.send(id, question.message, signal)) };
    case 'arrived': {
      const { message, cursor } = question;
      return { arrived: await orFailure(async () => api.hasArrived(id, message, cursor, signal)) };
    }
    case 'snapshot': {
      const limit = { ms: question.withinMs, failedTo: TAKE_UP };
      const look = async (soon: AbortSignal): Promise<Snapshot> => onlyOf(await api.look([id], soon));
      return { snapshot: await orFailure(async () => inTime(limit, asking, look)) };
    }
  }
}

async function askOfAgent(
  question: About<'stored' | 'steps' | 'result' | 'sandbox' | 'resume' | 'run'>,
  id: string,
  asking: Asking,
): Promise<Seen> {
  const { api, signal } = asking;
  switch (question.ask) {
    case 'stored':
      return { stored: await orFailure(async () => api.stored(id, signal, question.since)) };
    case 'steps': {
      const read = async (soon: AbortSignal): Promise<Steps> => api.steps(id, soon, question.since);
      return { steps: await orFailure(async () => inTime(STEPS, asking, read)) };
    }
    case 'result':
      return { result: await orFailure(async () => api.result(id, signal, question.since)) };
    case 'sandbox':
      return { sandbox: await orFailure(async () => api.sandbox(id, signal)) };
    case 'resume':
      return { resume: await orFailure(done(async () => api.resume(question.sandbox, signal))) };
    case 'run':
      return { run: await orFailure(done(async () => api.run(id, signal, question.called))) };
  }
}

/** The look at one conversation. */
function onlyOf(looks: readonly Snapshot[]): Snapshot {
  const [look] = looks;
  if (look === undefined) throw new Error('a look at one conversation showed none');
  return look;
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

/** What is not worth more time. A wait that the server asks for, and that ends after the deadline, is too long as well. */
async function inTime<T>(
  { ms, failedTo }: { readonly ms: number; readonly failedTo: string },
  { clock, signal }: Pick<Asking, 'clock' | 'signal'>,
  asked: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  try {
    return await withDeadline(clock, ms, signal, asked);
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
