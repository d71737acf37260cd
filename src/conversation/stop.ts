import { ApiFailure, type ConversationApi } from './api.ts';
import { type Clock, Interruption, withDeadline } from './clock.ts';

/** What became of an agent whose step ended before it did. */
export type Aftermath =
  | { readonly kind: 'goes-on' }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'not-running' }
  | { readonly kind: 'not-stopped'; readonly because: string };

/** The runner ends a cancelled step 7.5 s after it asked it to end by itself; reports must have their time, too. */
const STOP_MS = 4_000;

/** Stops the agent of a conversation within four seconds, and says what became of it; throws nothing of the API's. */
export async function stopAgent(api: ConversationApi, id: string, clock: Clock): Promise<Aftermath> {
  try {
    const never = new AbortController().signal;
    return { kind: await withDeadline(clock, STOP_MS, never, async (signal) => api.stop(id, signal)) };
  } catch (error) {
    if (error instanceof ApiFailure) return { kind: 'not-stopped', because: error.problem.because };
    if (error instanceof Interruption)
      return { kind: 'not-stopped', because: 'the server did not answer in time' };
    throw error;
  }
}
