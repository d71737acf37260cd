import { ApiFailure, type ConversationApi, type Stop } from './api.ts';
import { type Clock, Interruption, withDeadline } from './clock.ts';

/** What became of an agent whose step ended before it did. */
export type Aftermath =
  | { readonly kind: 'goes-on' }
  /** It was not asked for anything yet. */
  | { readonly kind: 'unsent' }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'not-running' }
  /** It is paused; somebody may set it going again. */
  | { readonly kind: 'asleep' }
  /** It was not seen well enough to tell. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'not-stopped'; readonly because: string };

/** After each look the next is so much later. */
const LOOK_MS = 1_000;

/** Why the time was not enough, by what was seen last. */
const LIMIT = {
  'not-listed': 'the server does not list it',
  'not-begun': 'it had not begun yet',
  'no-answer': 'the server did not answer in time',
} as const;

/**
 * Stops the agent of a conversation, and says what became of it; throws nothing of the API's.
 *
 * @param limitMs how long that may take, in milliseconds.
 * @param called whether a message or a resume may be on its way to the agent.
 */
export async function stopAgent(
  api: ConversationApi,
  id: string,
  clock: Clock,
  limitMs: number,
  called = false,
): Promise<Aftermath> {
  let last: Exclude<Stop, 'stopped' | 'not-running'> | undefined;
  try {
    const never = new AbortController().signal;
    const kind = await withDeadline(clock, limitMs, never, async (signal) => {
      for (let waitMs = LOOK_MS; ; waitMs += LOOK_MS) {
        const stop = await api.stop(id, signal, called);
        if (stop === 'stopped' || stop === 'not-running') return stop;
        last = stop;
        await clock.sleep(waitMs, signal);
      }
    });
    return { kind };
  } catch (error) {
    if (error instanceof ApiFailure) return { kind: 'not-stopped', because: error.problem.because };
    if (!(error instanceof Interruption)) throw error;
    if (last === 'asleep') return { kind: last };
    return { kind: 'not-stopped', because: LIMIT[last ?? 'no-answer'] };
  }
}
