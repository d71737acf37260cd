import * as v from 'valibot';

import { ApiFailure, type Delivery, SEND } from '../../conversation/api.ts';
import type { HttpClient } from '../../http/client.ts';
import { statusOf } from '../../http/failure.ts';
import { CONVERSATIONS, textMessage } from './wire.ts';

const Sent = v.looseObject({ success: v.boolean(), message: v.nullish(v.string()) });

/** Sends a message to the agent, which starts to work on it even if it had finished or was paused. */
export async function sendMessage(
  http: HttpClient,
  id: string,
  message: string,
  signal: AbortSignal,
): Promise<Delivery> {
  const request = { to: SEND, path: `${CONVERSATIONS}/${id}/send-message`, answer: Sent, signal };
  const body = { ...textMessage(message), run: true };
  try {
    return await http.orDeferred(async () => deliveryIn(await http.sendOnce(request, body)));
  } catch (error) {
    const status = statusOf(error);
    if (status === 409) return { kind: 'paused' };
    const isGone = error instanceof ApiFailure && (status === 404 || status === 410);
    if (isGone) return { kind: 'unavailable', reason: error.problem.because };
    throw error;
  }
}

function deliveryIn({ success, message: reason }: v.InferOutput<typeof Sent>): Delivery {
  return success
    ? { kind: 'delivered' }
    : { kind: 'refused', reason: reason ?? 'the server gives no reason' };
}
