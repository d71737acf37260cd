import { LAG_MS } from './answer.ts';
import { ApiFailure, type ConversationApi, type Stop } from './api.ts';
import { type Clock, Interruption, withDeadline } from './clock.ts';
import { answerWithin } from './session.ts';

/** What happened to an agent whose step was interrupted. */
export type StopResult =
  | { readonly kind: 'continues' }
  /** The step had not sent its message yet. */
  | { readonly kind: 'unsent' }
  /** `stopped-early`: before the server had stored all of the cost. `interrupted`: its sandbox is left to post. */
  | { readonly kind: 'stopped' | 'stopped-early' | 'interrupted' }
  | { readonly kind: 'not-running' }
  /** The agent is paused. Somebody may resume it. */
  | { readonly kind: 'paused' }
  /** The last look did not show whether the agent is running. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'not-stopped'; readonly because: string };

/** How long to try to stop the agent of a server that is gone. */
export const GONE_STOP_MS = 10_000;
const STORED_LOOK_MS = 3_000;
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
  /** Present if the cost must be known later: whether to wait until it is stored, or to leave that to post. */
  readonly cost?: 'awaited' | 'left-to-post' | undefined;
}

/** Stops the agent of a conversation and returns what happened to it; throws no failure of the API. */
export async function stopAgent(api: ConversationApi, id: string, options: StopOptions): Promise<StopResult> {
  const { signal, hasPendingWork = false, cost } = options;
  // An interrupt that fails leaves time for the pause.
  const limits = { ...options, limitMs: options.limitMs / (cost ? 2 : 1) };
  const { limitMs } = limits;
  let handle: string | undefined;
  try {
    handle = cost && (await answerWithin(limitMs, limits, async (soon) => api.interrupt?.(id, soon)));
    const stop = async (soon: AbortSignal): Promise<Stop> => {
      if (handle === undefined) return api.stop(id, soon, hasPendingWork, limitMs / REQUESTS);
      await api.pause(handle, id, soon);
      return 'stopped';
    };
    if (handle === undefined) return await untilStopped(stop, limits);
    if (cost === 'left-to-post') return { kind: 'interrupted' };
    const isStored = await untilStored(api, id, options);
    const stopped = await untilStopped(stop, limits);
    return stopped.kind === 'stopped' && !isStored ? { kind: 'stopped-early' } : stopped;
  } catch (error) {
    if (!signal.aborted) throw error;
    return handle === undefined ? notStopped('the step had no more time') : { kind: 'interrupted' };
  }
}

/** Waits until the server has stored an interrupted agent's last events, and with them the cost. Returns whether it has in time. */
async function untilStored(api: ConversationApi, id: string, options: StopOptions): Promise<boolean> {
  const { clock, signal } = options;
  for (const by = clock.now() + LAG_MS; ;) {
    const stored = await answerWithin(by - clock.now(), options, async (soon) => api.stored(id, soon));
    if (stored?.state?.state.kind === 'paused') return true;
    if (clock.now() >= by) return false;
    await clock.sleep(STORED_LOOK_MS, signal);
  }
}

/** Retries a failed attempt until the time is over: a server that refuses now may accept in a second. */
async function untilStopped(
  stop: (signal: AbortSignal) => Promise<Stop>,
  { clock, limitMs, signal: outer }: StopOptions,
): Promise<StopResult> {
  let last = notStopped('the server did not answer in time');
  try {
    return await withDeadline(clock, limitMs, outer, async (signal) => {
      for (let waitMs = BACKOFF_MS; ; waitMs += BACKOFF_MS) {
        last = await attempt(async () => stop(signal), signal);
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
