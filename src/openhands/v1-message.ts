import * as v from 'valibot';

import { ApiFailure, type Delivery, SEND } from '../conversation/api.ts';
import { statusOf } from './failure.ts';
import type { HttpClient } from './http.ts';
import { CONVERSATIONS, textMessage } from './v1-wire.ts';

const Sent = v.looseObject({ success: v.boolean(), message: v.nullish(v.string()) });

/** Sends a message to the agent, which goes to work on it, also where it has finished or was paused. */
export async function sendMessage(
  http: HttpClient,
  id: string,
  message: string,
  signal: AbortSignal,
): Promise<Delivery> {
  const request = { to: SEND, path: `${CONVERSATIONS}/${id}/send-message`, answer: Sent, signal };
  try {
    const { success, message: reason } = await http.send(request, { ...textMessage(message), run: true });
    if (success) return { kind: 'delivered' };
    throw new ApiFailure({
      failedTo: SEND,
      because: reason ?? 'the server gives no reason',
      todo: `see what became of the conversation: ${http.baseUrl}/conversations/${id}`,
    });
  } catch (error) {
    switch (statusOf(error)) {
      case 409:
        return { kind: 'asleep' };
      case 404:
      case 410:
        return { kind: 'gone', reason: reasonIn(error) };
      default:
        throw error;
    }
  }
}

function reasonIn(error: unknown): string {
  return error instanceof ApiFailure ? error.problem.because : 'unknown reason';
}
