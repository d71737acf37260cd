import {
  ApiFailure,
  type ConversationApi,
  type Delivery,
  type Errand,
  inTimeOrElse,
  orElse,
  SEND,
} from './api.ts';
import { type Clock, Interruption } from './clock.ts';
import type { Mark, Sighting } from './conversation.ts';
import { wakeUp } from './resume.ts';

/** When to look for a message whose answer was lost: events are stored up to half a minute late. */
const LOOKS_AFTER_MS = [1_000, 3_000, 8_000, 28_000] as const;
const LOOK_MS = 2_000;
/** An agent begins with a message within a second or two; one that was as quick to end shows the same. */
const BEGIN_MS = 10_000;

/** What waiting needs. */
interface Waiting {
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

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
  errand: Errand,
  { clock, signal }: Waiting,
): Promise<Exclude<Delivery, { readonly kind: 'asleep' | 'refused' }>> {
  const { id } = followUp;
  const send = async (told: Errand): Promise<Exclude<Delivery, { readonly kind: 'refused' }>> => {
    const delivery = await sendOrFind(api, followUp, told, { clock, signal });
    if (delivery.kind !== 'refused') return delivery;
    const todo = `see what became of the conversation: ${api.page(id)}`;
    throw new ApiFailure({ failedTo: SEND, because: delivery.reason, todo, kind: 'server' });
  };
  const first = await send(errand);
  if (first.kind !== 'asleep') return first;
  // Woken, an agent may go on with what it was at, whatever becomes of the message.
  errand.onAsk();
  const woken = await wakeUp(api, id, clock, signal);
  if (woken.kind === 'gone') return woken;
  const second = await send({ ...errand, onRefused: () => undefined });
  if (second.kind !== 'asleep') return second;
  throw new ApiFailure({
    failedTo: SEND,
    because: 'the sandbox of the conversation was paused again as soon as it had started',
    todo: `run the step again when the account runs fewer conversations, or see ${api.page(id)}`,
    kind: 'paused',
  });
}

/** Sends a message; where the answer is lost, the stored events tell whether it arrived. */
async function sendOrFind(
  api: ConversationApi,
  followUp: FollowUp,
  errand: Errand,
  waiting: Waiting,
): Promise<Delivery> {
  try {
    return await api.send(followUp.id, followUp.message, errand, waiting.signal);
  } catch (error) {
    if (!(error instanceof ApiFailure) || !error.mayHaveActed) throw error;
    if (await hasArrived(api, followUp, waiting)) return { kind: 'delivered' };
    throw error;
  }
}

async function hasArrived(
  api: ConversationApi,
  { id, mark, message }: FollowUp,
  { clock, signal }: Waiting,
): Promise<boolean> {
  for (const waitMs of LOOKS_AFTER_MS) {
    await clock.sleep(waitMs, signal);
    // A server that cannot be asked now may tell at the next look; after the last, the lost answer is what counts.
    if (await orElse(async () => api.hasArrived(id, message, mark, signal), false)) return true;
  }
  return false;
}

/**
 * Looks at a conversation until the server lists it; `undefined` if it does not.
 *
 * @param first what the first look showed.
 * @param options `ms`: how long that may take; a minute for a new one.
 * @throws {ApiFailure} where that cannot be read; the signal's reason once aborted.
 */
export async function untilListed(
  api: ConversationApi,
  id: string,
  first: Sighting,
  { clock, signal, ms }: Waiting & { readonly ms: number },
): Promise<Sighting | undefined> {
  const since = clock.now();
  let sighting: Sighting | undefined = first;
  while (sighting?.facts === undefined && clock.now() - since < ms) {
    await clock.sleep(LOOK_MS, signal);
    [sighting] = await api.look([id], signal);
  }
  return sighting?.facts && sighting;
}

/**
 * Waits for a moment until an agent shows that it has begun with a message: who looks at the conversation then must not take
 * the end of its earlier work for that of the message. It has the message: that nobody sees it begin, also before the
 * deadline, is no failure.
 *
 * @throws the signal's reason once that is aborted by a cancel.
 */
export async function untilBegun(
  api: ConversationApi,
  id: string,
  { clock, signal }: Waiting,
): Promise<void> {
  const look = async (inTime: AbortSignal): Promise<void> => {
    let [sighting] = await api.look([id], inTime);
    while (sighting?.state.kind === 'ended') {
      await clock.sleep(LOOK_MS, inTime);
      [sighting] = await api.look([id], inTime);
    }
  };
  try {
    await inTimeOrElse(look, undefined, { clock, ms: BEGIN_MS, signal });
  } catch (error) {
    if (!(error instanceof Interruption) || error.kind === 'cancel') throw error;
  }
}
