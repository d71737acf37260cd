import * as v from 'valibot';

import type { Snapshot } from '../../conversation/conversation.ts';
import type { HttpClient } from '../../http/client.ts';
import { inBatches, listRequest } from '../listing.ts';
import { agentState } from '../v1/states.ts';
import { Stats, usageInStats } from '../v1/usage.ts';
import { Uuid } from '../v1/wire.ts';
import { createdAtIn, NOT_LISTED } from '../wire.ts';

export const CONVERSATIONS = '/api/conversations';
/** Source: `batch_get_conversations` in OpenHands/software-agent-sdk. */
const IDS_PER_REQUEST = 99;

/** Source: `ConversationInfo` in OpenHands/software-agent-sdk. */
export const Conversation = v.looseObject({
  id: Uuid,
  execution_status: v.string(),
  title: v.fallback(v.nullish(v.string()), null),
  created_at: v.fallback(v.nullish(v.string()), null),
  updated_at: v.fallback(v.nullish(v.string()), null),
  stats: v.fallback(v.nullish(Stats), null),
});
export type Conversation = v.InferOutput<typeof Conversation>;

/** Converts a conversation to a snapshot. Stored events need not be consulted: the status is the agent's own. */
export function snapshotOf(conversation: Conversation | null): Snapshot {
  if (conversation === null) return { ...NOT_LISTED, consult: 'never' };
  const { execution_status: status, title, updated_at: updated, created_at: created, stats } = conversation;
  const usage = stats == null ? {} : usageInStats(stats);
  return {
    ...agentState(status),
    consult: 'never',
    facts: { pullRequests: [], ...(title != null && { title }), ...usage, ...createdAtIn(created) },
    revision: JSON.stringify([updated, usage]),
  };
}

/**
 * Reads the conversations with these ids, in the same order; null for one that the server does not know.
 *
 * @param timeoutMs the timeout of one attempt in milliseconds. If it is given, there is no second attempt.
 */
export async function conversationsById(
  http: HttpClient,
  ids: readonly string[],
  signal: AbortSignal,
  timeoutMs?: number,
): Promise<readonly (Conversation | null)[]> {
  return inBatches(ids, IDS_PER_REQUEST, async (asked) => {
    const request = listRequest(CONVERSATIONS, Conversation, asked, signal);
    return timeoutMs === undefined ? http.read(request) : http.readOnce({ ...request, timeoutMs });
  });
}
