import * as v from 'valibot';

import type { HttpClient, Requests } from '../../http/client.ts';
import { type ConversationController, RESUME, SEND } from '../../port/api.ts';
import { readWhatFits } from '../history.ts';
import { inWords } from '../wire.ts';
import { currentStateIn } from './events.ts';
import { CONVERSATIONS, eventReader, namesConversation, readInfo, STATE_EVENTS } from './wire.ts';

/** Source: `add_event` in All-Hands-AI/OpenHands, openhands/server/routes/conversation.py. */
const Added = v.looseObject({ success: v.literal(true) });
/** `conversation_status`: the status before the stop. */
const Stopped = v.looseObject({ status: v.literal('ok'), conversation_status: v.nullish(v.string()) });

/** Returns the controller of V0, where the handle of a sandbox is the conversation's id. */
export function controllerOf(client: HttpClient): ConversationController {
  const readSandbox: ConversationController['readSandbox'] = async (id, signal) => {
    const info = await readInfo(client.during(signal), id);
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
  };
  return {
    readSandbox,

    async send(id, message, signal) {
      const found = await readSandbox(id, signal);
      if (found.kind === 'unavailable') return found;
      // Also while it starts: then the caller resumes it, which waits for the start.
      if (found.kind !== 'running') return { kind: 'sandbox-paused' };
      const http = client.during(signal);
      return http.runOnce(async () => {
        await addEvent(http, id, SEND, { action: 'message', args: { content: message.text } });
        return { kind: 'delivered' };
      });
    },

    async resume(id, signal) {
      const path = `${CONVERSATIONS}/${id}/start`;
      const shape = v.pipe(v.unknown(), namesConversation(id));
      // The server requires a body, but it need not name a Git provider.
      await client.during(signal).send({ goal: RESUME, path, shape }, { providers_set: null });
    },

    async run(id, signal) {
      const http = client.during(signal);
      const newest = await readWhatFits(eventReader(http, id), STATE_EVENTS);
      if (currentStateIn(newest)?.state.kind !== 'paused') return;
      // Source: `ChangeAgentStateAction` in All-Hands-AI/OpenHands, openhands/events/action/agent.py.
      const event = { action: 'change_agent_state', args: { agent_state: 'running' } };
      await addEvent(http, id, RESUME, event);
    },

    async pause(_, id, signal) {
      await stop(client.during(signal), id);
    },

    async stop(id, signal, { pendingWork } = {}) {
      const statusBefore = await stop(client.during(signal), id);
      if (statusBefore !== 'STOPPED') return 'stopped';
      // The server also answers STOPPED, and does nothing, before the runtime is registered.
      // Source: `stop_conversation` in All-Hands-AI/OpenHands, openhands/server/routes/manage_conversations.py.
      return pendingWork === undefined ? 'not-running' : 'not-begun';
    },
  };
}

/** Adds an event, without retries: a message, or a change of the agent's state. */
async function addEvent(http: Requests, id: string, goal: string, event: object): Promise<void> {
  await http.sendOnce({ goal, path: `${CONVERSATIONS}/${id}/events`, shape: Added }, event);
}

/** Stops a conversation, and returns the status that it had. */
async function stop(http: Requests, id: string): Promise<string | null | undefined> {
  const path = `${CONVERSATIONS}/${id}/stop`;
  const request = { goal: 'stop the agent', path, shape: v.pipe(Stopped, namesConversation(id)) };
  return (await http.send(request, {})).conversation_status;
}
