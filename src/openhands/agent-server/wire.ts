import * as v from 'valibot';

import { ApiFailure, START, type StartAnswer } from '../../conversation/api.ts';
import type { StartRequest } from '../../conversation/assignment.ts';
import { isSameId, type Snapshot } from '../../conversation/conversation.ts';
import { type Found } from '../../conversation/start-progress.ts';
import type { HttpClient } from '../../http/client.ts';
import { eventsAtAgentServer, messageCursorOf } from '../v1/history.ts';
import { agentState, Stats, usageInStats } from '../v1/states.ts';
import { messageToRun, Uuid } from '../v1/wire.ts';
import { byId, createdAtIn, NOT_LISTED, OTHER_CONVERSATION } from '../wire.ts';

export const CONVERSATIONS = '/api/conversations';

/** Source: `ConversationInfo` in OpenHands/software-agent-sdk. */
const Conversation = v.looseObject({
  id: Uuid,
  execution_status: v.string(),
  title: v.fallback(v.nullish(v.string()), null),
  created_at: v.fallback(v.nullish(v.string()), null),
  stats: v.fallback(v.nullish(Stats), null),
});
type Conversation = v.InferOutput<typeof Conversation>;

/** Converts a conversation to a snapshot. Stored events need not be consulted: the status is the agent's own. */
export function snapshotOf(conversation: Conversation | null): Snapshot {
  if (conversation === null) return { ...NOT_LISTED, consult: 'never' };
  const { execution_status: status, title, created_at: created, stats } = conversation;
  const usage = stats == null ? {} : usageInStats(stats);
  return {
    ...agentState(status),
    consult: 'never',
    ...(mayLackMessage(status) && { mayLackMessage: true }),
    facts: { pullRequests: [], ...(title != null && { title }), ...usage, ...createdAtIn(created) },
  };
}

/** Whether an agent with this status may have no message yet: one that idles, or was paused then. */
function mayLackMessage(status: string): boolean {
  return status === 'idle' || status === 'paused';
}

/** Reads the conversations with these ids, in the same order; null for one that the server does not know. */
export const conversationsById = byId(CONVERSATIONS, Conversation);

/** The default tools. They must be named, or the agent has none. Source: `get_default_tools` in OpenHands/software-agent-sdk. */
const TOOLS = ['terminal', 'file_editor', 'task_tracker'].map((name) => ({ name }));

/**
 * Starts a conversation. The server answers 201; or 200 if the id exists already: then it has ignored the message.
 *
 * @throws {ApiFailure} before any request, if an input is missing that an agent server needs.
 */
export async function start(
  http: HttpClient,
  request: StartRequest,
  signal: AbortSignal,
): Promise<StartAnswer> {
  const body = bodyOf(request);
  const Known = v.looseObject({
    id: v.pipe(
      Uuid,
      v.check((id) => isSameId(id, request.id), OTHER_CONVERSATION),
    ),
  });
  const create = { to: START, path: CONVERSATIONS, answer: Known, signal };
  return http.orDeferred(async () => {
    const { status, value } = await http.sendOnce(create, body);
    return { kind: status === 200 ? 'existing' : 'created', id: value.id };
  });
}

/**
 * Looks for the conversation of a start. The server stores it first, and then prepares the agent for the message. If that
 * fails, it answers 500, and the conversation idles without a message.
 * Source: `_start_conversation` in OpenHands/software-agent-sdk.
 */
export async function foundOf(
  http: HttpClient,
  id: string,
  signal: AbortSignal,
): Promise<Exclude<Found, { readonly kind: 'unreported' | 'pending' | 'failed' | 'unknown' }>> {
  const [found] = await conversationsById(http, [id], signal);
  if (found == null) return { kind: 'not-there' };
  if (!mayLackMessage(found.execution_status)) return { kind: 'created', id: found.id };
  const { lastMessage } = await messageCursorOf(eventsAtAgentServer(http, `${CONVERSATIONS}/${id}`, signal));
  return { kind: lastMessage === undefined ? 'no-message' : 'created', id: found.id };
}

function bodyOf({ id, message, model, agentServer = {} }: StartRequest): Record<string, unknown> {
  const { workingDirectory, llmApiKey, llmBaseUrl } = agentServer;
  if (model === undefined) throw lacking('model', 'the model that the agent works with');
  if (workingDirectory === undefined)
    throw lacking('working-directory', "the folder on the server's machine that the agent works in");
  return {
    conversation_id: id,
    workspace: { working_dir: workingDirectory },
    agent_settings: {
      llm: {
        model,
        ...(llmApiKey !== undefined && { api_key: llmApiKey }),
        ...(llmBaseUrl !== undefined && { base_url: llmBaseUrl }),
      },
      tools: TOOLS,
    },
    initial_message: messageToRun(message),
  };
}

function lacking(input: string, meaning: string): ApiFailure {
  return new ApiFailure({
    failedTo: START,
    because: `the server is an agent server, which needs ${input}, but that is empty`,
    todo: `set ${input} to ${meaning}`,
    kind: 'input',
  });
}
