import { ApiFailure, type ConversationApi, type PendingWork, type StopAnswer } from '../port/api.ts';
import { withDeadline } from '../port/clock.ts';
import { Interruption } from '../port/interruption.ts';
import type { FailureKind } from '../port/problem.ts';
import { countKeyRefusals } from './ask.ts';
import type { Access } from './session.ts';

/**
 * What happened to an agent whose step was interrupted. If the step did not try to stop it: its state as last seen, or `unsent` if
 * the message was not sent yet. `unanswered`: it has ended, and may start on a message or a request to run that had no answer. `paused`: it
 * may be resumed. `failure`: the kind of that of the last request.
 */
export type StopResult =
  | { readonly kind: 'at-work' | 'ended' | 'unknown' | 'unsent' }
  | { readonly kind: 'stopped' | 'not-running' | 'unanswered' | 'paused' }
  | { readonly kind: 'not-stopped'; readonly because: string; readonly failure?: FailureKind | undefined };

/** The agent of a conversation whose starter is not known: it is left alone. */
export const MAY_BE_OTHERS: StopResult = {
  kind: 'not-stopped',
  because: 'another run with the same idempotency-key may have started it',
};

/** The agent of another run's conversation: it is left alone, too. */
export const IS_OTHERS: StopResult = {
  kind: 'not-stopped',
  because: 'another run with the same idempotency-key owns the conversation',
};

/** How long to try to stop an agent, if nothing else limits it. */
export const MAX_STOP_MS = 30_000;
/** How long to try to stop the agent if the server does not answer. */
export const MAX_STOP_WHEN_GONE_MS = 10_000;
/** How much longer the wait gets after each attempt. */
const BACKOFF_MS = 1_000;

/** An attempt has up to four requests: a look, a check for other users of the sandbox, the pause, the interrupt. */
const MAX_REQUESTS = 4;

/** The limits of a stop. `signal` ends it early. */
export interface StopOptions extends Pick<Access, 'clock' | 'signal'> {
  /** How long the stop may take, in milliseconds. */
  readonly limitMs: number;
  readonly pendingWork: PendingWork | undefined;
  /** As in the port. */
  readonly spares?: 'sandbox' | undefined;
}

/**
 * Stops the agent of a conversation, and returns what happened to it. Tries until the time is over: a server that refuses now may
 * accept in a second. Only a key that is refused twice in a row is final. Throws no failure of the API.
 */
export async function stopAgent(
  api: ConversationApi,
  id: string,
  { clock, limitMs, signal: outer, pendingWork, spares }: StopOptions,
): Promise<StopResult> {
  let last = notStopped('the server did not answer in time');
  try {
    return await withDeadline(clock, limitMs, outer, async (signal) => {
      const isKeyRefused = countKeyRefusals();
      for (let waitMs = BACKOFF_MS; ; waitMs += BACKOFF_MS) {
        const stop = async (): Promise<StopAnswer> =>
          api.stop(id, signal, { pendingWork, timeoutMs: limitMs / MAX_REQUESTS, spares });
        const { result, isFinal, failure } = await tryToStop(signal, stop);
        if (isFinal) return result;
        last = result;
        if (isKeyRefused(failure)) return last;
        await clock.sleep(waitMs, signal);
      }
    });
  } catch (error) {
    if (!(error instanceof Interruption)) throw error;
    return last;
  }
}

/** What an attempt says of the agent. `isFinal`: another attempt would say the same. `failure`: why it failed. */
interface Attempt {
  readonly result: StopResult;
  readonly isFinal: boolean;
  readonly failure?: ApiFailure;
}

const notStopped = (because: string, failure?: FailureKind): StopResult => ({
  kind: 'not-stopped',
  because,
  ...(failure && { failure }),
});

/** What each answer to a stop means. */
const ON_ANSWER: Readonly<Record<StopAnswer, Attempt>> = {
  stopped: { result: { kind: 'stopped' }, isFinal: true },
  'not-running': { result: { kind: 'not-running' }, isFinal: true },
  // A message or a resume may be on its way, and the agent works again once it arrives.
  paused: { result: { kind: 'paused' }, isFinal: false },
  ended: { result: { kind: 'unanswered' }, isFinal: false },
  // Its message is on its way.
  'not-begun': { result: notStopped('the conversation had not started yet'), isFinal: false },
  // Servers list a new conversation late.
  'not-listed': { result: notStopped('the server does not list the conversation'), isFinal: false },
  // The other conversations may end or move.
  shared: { result: notStopped('the sandbox has other conversations'), isFinal: false },
};

/** Makes one attempt to stop the agent. */
async function tryToStop(signal: AbortSignal, stop: () => Promise<StopAnswer>): Promise<Attempt> {
  try {
    return ON_ANSWER[await stop()];
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ApiFailure)
      return { result: notStopped(error.message, error.problem.kind), isFinal: false, failure: error };
    if (!(error instanceof Interruption)) throw error;
    // The server asks for a retry after the step's deadline, but that does not limit a stop.
    return { result: notStopped(error.message), isFinal: false };
  }
}
