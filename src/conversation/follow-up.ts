import { ApiFailure, type ConversationApi, type Delivery, orElse, SEND } from './api.ts';
import type { Clock } from './clock.ts';
import { hasFollowed, type Mark } from './conversation.ts';
import { wakeUp } from './resume.ts';

/** When to look for a message whose answer was lost: events are stored up to half a minute late. */
const LOOKS_AFTER_MS = [1_000, 3_000, 8_000, 28_000] as const;

/** A message for the agent of an existing conversation. */
export interface FollowUp {
  readonly id: string;
  readonly message: string;
  /** The place in front of the message. */
  readonly mark: Mark;
}

/**
 * Sends a message to an agent, whose sandbox is woken first where it was paused. The message is never sent again where it
 * may have arrived.
 *
 * @throws {ApiFailure} where it is refused, or nobody can tell whether it arrived; the signal's reason once aborted.
 */
export async function deliver(
  api: ConversationApi,
  followUp: FollowUp,
  clock: Clock,
  signal: AbortSignal,
): Promise<Exclude<Delivery, { readonly kind: 'asleep' }>> {
  const { id, message } = followUp;
  const send = async (): Promise<Delivery> => {
    try {
      return await api.send(id, message, signal);
    } catch (error) {
      if (!(error instanceof ApiFailure) || !error.mayHaveActed) throw error;
      if (await hasArrived(api, followUp, clock, signal)) return { kind: 'delivered' };
      throw error;
    }
  };
  const first = await send();
  if (first.kind !== 'asleep') return first;
  const woken = await wakeUp(api, id, clock, signal);
  if (woken.kind === 'gone') return woken;
  const second = await send();
  if (second.kind !== 'asleep') return second;
  throw new ApiFailure({
    failedTo: SEND,
    because: 'the sandbox of the conversation was paused again as soon as it had started',
    todo: `run the step again when the account runs fewer conversations, or see ${api.page(id)}`,
  });
}

async function hasArrived(
  api: ConversationApi,
  { id, mark }: FollowUp,
  clock: Clock,
  signal: AbortSignal,
): Promise<boolean> {
  for (const waitMs of LOOKS_AFTER_MS) {
    await clock.sleep(waitMs, signal);
    // A server that cannot be asked now may tell at the next look; after the last, the lost answer is what counts.
    const newest = await orElse(async () => api.mark(id, signal), {});
    if (hasFollowed(mark, newest)) return true;
  }
  return false;
}
