import { ApiFailure, type ConversationApi, type Stop } from './api.ts';
import { type Clock, Interruption, withDeadline } from './clock.ts';

/** What became of an agent whose step ended before it did. */
export type Aftermath =
  | { readonly kind: 'goes-on' }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'not-running' }
  | { readonly kind: 'not-stopped'; readonly because: string };

const LOOK_MS = 1_000;

/**
 * Stops the agent of a conversation, and says what became of it; throws nothing of the API's.
 *
 * @param limitMs how long that may take, in milliseconds.
 */
export async function stopAgent(
  api: ConversationApi,
  id: string,
  clock: Clock,
  limitMs: number,
): Promise<Aftermath> {
  let last: Stop | undefined;
  try {
    const never = new AbortController().signal;
    const kind = await withDeadline(clock, limitMs, never, async (signal) => {
      for (;;) {
        last = await api.stop(id, signal);
        if (last !== 'not-listed') return last;
        await clock.sleep(LOOK_MS, signal);
      }
    });
    return { kind };
  } catch (error) {
    if (error instanceof ApiFailure) return { kind: 'not-stopped', because: error.problem.because };
    if (!(error instanceof Interruption)) throw error;
    const because =
      last === 'not-listed' ? 'the server does not list it' : 'the server did not answer in time';
    return { kind: 'not-stopped', because };
  }
}
