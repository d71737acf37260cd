import * as v from 'valibot';

import { ApiFailure, type Found, START, type StartAnswer } from '../../conversation/api.ts';
import type { StartRequest } from '../../conversation/assignment.ts';
import { isSameId } from '../../conversation/conversation.ts';
import type { HttpClient } from '../http.ts';
import { eventsAtAgentServer } from '../v1/event-source.ts';
import { messageCursorOf } from '../v1/history.ts';
import { textMessage, Uuid } from '../v1/wire.ts';
import { OTHER_CONVERSATION } from '../wire.ts';
import { CONVERSATIONS, listed } from './wire.ts';

/** The usual ones, by their names: without any, an agent can do nothing. Source: `get_default_tools` in OpenHands/software-agent-sdk. */
const TOOLS = ['terminal', 'file_editor', 'task_tracker'].map((name) => ({ name }));

/**
 * Starts a conversation. A server that knows its id has not taken the message: it answers 200 then, and else 201.
 *
 * @throws {ApiFailure} before anything is asked, if what an agent server needs was not given.
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
    const { status, value } = await http.create(create, body);
    return { kind: status === 200 ? 'existing' : 'created', id: value.id };
  });
}

/**
 * What is there of a start. The server keeps the conversation, and then readies the agent for its message: if that fails,
 * it answers 500, and the conversation idles without one. Source: `_start_conversation` in OpenHands/software-agent-sdk.
 */
export async function foundOf(
  http: HttpClient,
  id: string,
  signal: AbortSignal,
): Promise<Exclude<Found, { readonly kind: 'unreported' | 'pending' | 'failed' | 'unknown' }>> {
  const [found] = await listed(http, [id], signal);
  if (found == null) return { kind: 'not-there' };
  if (found.execution_status !== 'idle') return { kind: 'created', id: found.id };
  const { lastMessage } = await messageCursorOf(eventsAtAgentServer(http, `${CONVERSATIONS}/${id}`), signal);
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
    initial_message: { ...textMessage(message), run: true },
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
