import * as v from 'valibot';

import type { Snapshot } from '../../conversation/conversation.ts';
import type { HttpClient } from '../../http/client.ts';
import { listed } from '../listing.ts';
import { agentState } from '../v1/states.ts';
import { Stats, usageInStats } from '../v1/usage.ts';
import { Uuid } from '../v1/wire.ts';
import { createdAtIn, NOT_LISTED } from '../wire.ts';

export const CONVERSATIONS = '/api/conversations';

/** Source: `ConversationInfo` in OpenHands/software-agent-sdk. */
const Conversation = v.looseObject({
  id: Uuid,
  execution_status: v.string(),
  title: v.fallback(v.nullish(v.string()), null),
  created_at: v.fallback(v.nullish(v.string()), null),
  updated_at: v.fallback(v.nullish(v.string()), null),
  stats: v.fallback(v.nullish(Stats), null),
});
type Conversation = v.InferOutput<typeof Conversation>;

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

/** Reads the conversations with these ids, in the same order; null for one that the server does not know. */
export async function conversationsById(
  http: HttpClient,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<readonly (Conversation | null)[]> {
  return listed(http, CONVERSATIONS, Conversation, ids, signal);
}
