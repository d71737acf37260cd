import * as v from 'valibot';

import { type Delivery, RESUME, type Sandbox, SEND } from '../../conversation/api.ts';
import type { HttpClient } from '../../http/client.ts';
import { inWords } from '../wire.ts';
import { currentStateIn } from './events.ts';
import { about, addEvent, CONVERSATIONS, infoOf, newestEvents } from './wire.ts';

/** `conversation_status` is the status before the stop. */
const Stopped = v.looseObject({ status: v.literal('ok'), conversation_status: v.nullish(v.string()) });

/** Sends a message to the agent, if the conversation runs. */
export async function send(
  http: HttpClient,
  id: string,
  message: string,
  signal: AbortSignal,
): Promise<Delivery> {
  const sandbox = await sandboxOf(http, id, signal);
  if (sandbox.kind === 'unavailable') return sandbox;
  if (sandbox.kind !== 'running') return { kind: 'paused' };
  const event = { action: 'message', args: { content: message } };
  return http.orDeferred(async () => {
    await addEvent(http, id, { to: SEND, event }, signal);
    return { kind: 'delivered' };
  });
}

/** Restarts a stopped conversation. */
export async function restart(http: HttpClient, id: string, signal: AbortSignal): Promise<void> {
  const request = {
    to: RESUME,
    path: `${CONVERSATIONS}/${id}/start`,
    answer: v.pipe(v.unknown(), about(id)),
    signal,
  };
  await http.send(request, { providers_set: null });
}

/** Resumes the agent if it is paused. */
export async function resumeAgent(http: HttpClient, id: string, signal: AbortSignal): Promise<void> {
  if (currentStateIn(await newestEvents(http, id, signal))?.state.kind !== 'paused') return;
  // Source: `ChangeAgentStateAction` in All-Hands-AI/OpenHands, openhands/events/action/agent.py.
  const event = { action: 'change_agent_state', args: { agent_state: 'running' } };
  await addEvent(http, id, { to: RESUME, event }, signal);
}

/** Stops a conversation, and returns its status before that. */
export async function stop(
  http: HttpClient,
  id: string,
  signal: AbortSignal,
): Promise<string | null | undefined> {
  const answer = v.pipe(Stopped, about(id));
  const request = { to: 'stop the agent', path: `${CONVERSATIONS}/${id}/stop`, answer, signal };
  return (await http.send(request, {})).conversation_status;
}

/** Returns the sandbox of a conversation. In V0 its handle is the conversation's id. */
export async function sandboxOf(http: HttpClient, id: string, signal: AbortSignal): Promise<Sandbox> {
  const info = await infoOf(http, id, signal);
  if (info === null) return { kind: 'unavailable', reason: 'the server does not know the conversation' };
  const status = info.status ?? 'STOPPED';
  switch (status) {
    case 'RUNNING':
      return { kind: 'running', handle: id };
    case 'STOPPED':
      return { kind: 'paused', handle: id };
    case 'ARCHIVED':
    case 'ERROR':
      return { kind: 'unavailable', reason: `the conversation is ${inWords(status)}` };
    default:
      return { kind: 'starting', handle: id };
  }
}
