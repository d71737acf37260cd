import { ApiFailure, type ConversationApi, type Stop } from './api.ts';
import { type Clock, Interruption, withDeadline } from './clock.ts';

/** What happened to an agent whose step was interrupted. */
export type StopResult =
  | { readonly kind: 'continues' }
  /** The step had not sent its message yet. */
  | { readonly kind: 'unsent' }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'not-running' }
  /** The agent is paused. Somebody may resume it. */
  | { readonly kind: 'paused' }
  /** The last look did not show whether the agent is running. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'not-stopped'; readonly because: string };

/** How long to try to stop the agent of a server that is gone. */
export const GONE_STOP_MS = 10_000;
/** How much longer the wait gets after each attempt. */
const BACKOFF_MS = 1_000;

/**
 * The time limit is divided by the number of requests to stop an agent: a look, a check for other users of the sandbox, the
 * pause, the interrupt.
 */
const REQUESTS = 4;

/** The limits of an attempt to stop an agent. */
export interface StopOptions {
  readonly clock: Clock;
  /** How long the stop may take, in milliseconds. */
  readonly limitMs: number;
  /** Ends the attempts early. */
  readonly signal: AbortSignal;
  /** Whether a message or a resume may be on its way to the agent. */
  readonly hasPendingWork?: boolean | undefined;
}

/**
 * Stops the agent of a conversation and returns what happened to it; throws no failure of the API. A failed attempt is retried
 * until the time is over: a server that refuses now may accept in a second.
 */
export async function stopAgent(
  api: ConversationApi,
  id: string,
  { clock, limitMs, signal: outer, hasPendingWork = false }: StopOptions,
): Promise<StopResult> {
  let last = notStopped('the server did not answer in time');
  try {
    return await withDeadline(clock, limitMs, outer, async (signal) => {
      for (let waitMs = BACKOFF_MS; ; waitMs += BACKOFF_MS) {
        last = await attempt(async () => api.stop(id, signal, hasPendingWork, limitMs / REQUESTS), signal);
        if (last.kind === 'stopped' || last.kind === 'not-running') return last;
        await clock.sleep(waitMs, signal);
      }
    });
  } catch (error) {
    if (!(error instanceof Interruption)) throw error;
    return last;
  }
}

const notStopped = (because: string): StopResult => ({ kind: 'not-stopped', because });

/** Returns the result of one attempt. */
async function attempt(stop: () => Promise<Stop>, signal: AbortSignal): Promise<StopResult> {
  try {
    const kind = await stop();
    switch (kind) {
      case 'not-listed':
        return notStopped('the server does not list it');
      case 'not-begun':
        return notStopped('it had not started yet');
      default:
        return { kind };
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ApiFailure) return notStopped(error.problem.because);
    // The server asks for a retry after the step's deadline. That deadline does not limit the attempts to stop.
    if (error instanceof Interruption) return notStopped(error.message);
    throw error;
  }
}
