import { ApiFailure, type ConversationApi, type Stop } from './api.ts';
import { type Clock, Interruption, withDeadline } from './clock.ts';

/** What became of an agent whose step ended before it did. */
export type StopResult =
  | { readonly kind: 'goes-on' }
  /** It was not asked for anything yet. */
  | { readonly kind: 'unsent' }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'not-running' }
  /** It is paused; somebody may resume it. */
  | { readonly kind: 'paused' }
  /** It was not seen well enough to tell. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'not-stopped'; readonly because: string };

/** After each look the next is so much later. */
const LOOK_MS = 1_000;

/** Of the time there is, so much for each way to stop an agent: a look, who shares its sandbox, the pause, the interrupt. */
const WAYS = 4;

/** How an agent is stopped. */
export interface StopOptions {
  readonly clock: Clock;
  /** How long that may take, in milliseconds. */
  readonly limitMs: number;
  /** Ends it earlier. */
  readonly signal: AbortSignal;
  /** Whether a message or a resume may be on its way to the agent. */
  readonly called?: boolean | undefined;
}

/**
 * Stops the agent of a conversation, and says what became of it; throws nothing of the API's. What fails is tried again
 * until the time is over: a server that refuses now may agree in a second.
 */
export async function stopAgent(
  api: ConversationApi,
  id: string,
  { clock, limitMs, signal: outer, called = false }: StopOptions,
): Promise<StopResult> {
  let last = notStopped('the server did not answer in time');
  try {
    return await withDeadline(clock, limitMs, outer, async (signal) => {
      for (let waitMs = LOOK_MS; ; waitMs += LOOK_MS) {
        last = await tried(async () => api.stop(id, signal, called, limitMs / WAYS), signal);
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

/** What came of one attempt. */
async function tried(stop: () => Promise<Stop>, signal: AbortSignal): Promise<StopResult> {
  try {
    const kind = await stop();
    switch (kind) {
      case 'not-listed':
        return notStopped('the server does not list it');
      case 'not-begun':
        return notStopped('it had not begun yet');
      default:
        return { kind };
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ApiFailure) return notStopped(error.problem.because);
    // The server wants to be asked again after the deadline of the step, which does not bound this.
    if (error instanceof Interruption) return notStopped(error.message);
    throw error;
  }
}
