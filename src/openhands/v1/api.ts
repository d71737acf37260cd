import { type ConversationApi, PATCH, type Reader, TRAJECTORY } from '../../conversation/api.ts';
import { ZIP } from '../../http/answer.ts';
import type { HttpClient } from '../../http/client.ts';
import { pagesOf } from '../wire.ts';
import { requireAgentServer } from './agent.ts';
import { controllerOf } from './control.ts';
import {
  eventsAtAppServer,
  readAnswers,
  readLastStatus,
  readMessageCursor,
  readMessages,
  readNewestSteps,
  readResult,
} from './history.ts';
import { createEvents } from './live.ts';
import { readPatch } from './patch.ts';
import { starterOf } from './start.ts';
import { agentStateOf } from './states.ts';
import { CONVERSATIONS, conversationsById, pageIn, snapshotOf } from './wire.ts';

/** Creates a client of the V1 API: `/api/v1/app-conversations` and related paths. */
export function v1Api(http: HttpClient): ConversationApi {
  const pages = pagesOf(http.baseUrl);
  /** The pages that the server has named, by the id of the conversation. */
  const named = new Map<string, string>();
  return {
    version: 'v1',
    choosesIds: false,
    worksInFolder: false,
    ...pages,
    conversation(id) {
      const known = pages.conversation(id);
      return { ...known, url: named.get(known.id) ?? known.url };
    },
    ...starterOf(http),
    ...readerOf(http, (id, page) => named.set(pages.conversation(id).id, page)),
    ...controllerOf(http),
  };
}

function readerOf(http: HttpClient, onPage: (id: string, page: string) => void): Reader {
  const events = createEvents(http);
  return {
    async look(ids, signal) {
      const found = await conversationsById(http, ids, signal);
      ids.forEach((id, index) => {
        const conversation = found[index] ?? null;
        events.rememberServer(id, conversation);
        const page = conversation === null ? undefined : pageIn(conversation, http.baseUrl);
        if (page !== undefined) onPage(id, page);
      });
      return found.map(snapshotOf);
    },

    async readStored(id, signal, { messageCursor } = {}) {
      // From the app server: the stored state is only needed if the agent server cannot be reached.
      const status = await readLastStatus(eventsAtAppServer(http, id, signal), messageCursor);
      return status === undefined ? undefined : agentStateOf(status);
    },

    readSteps: async (id, signal, since) =>
      events.read(id, signal, async (source) => readNewestSteps(source, since)),
    readResult: async (id, signal, since) =>
      events.read(id, signal, async (source) => readResult(source, since)),
    subscribe: events.subscribe,
    readMessageCursor: async (id, signal) => events.read(id, signal, readMessageCursor),
    readAnswers: async (id, signal) => events.read(id, signal, readAnswers),
    readMessages: async (id, signal) => events.read(id, signal, readMessages),

    async downloadTrajectory(id, save, signal) {
      const path = `${CONVERSATIONS}/${id}/download`;
      await http.download({ goal: TRAJECTORY, path, shape: ZIP, signal }, save);
    },

    // A busy 1.11.0 can lose the repository of a conversation for good. Source: its `on_conversation_update`.
    async readPatch(id, isCloned, signal) {
      const [found] = await conversationsById(http, [id], signal);
      if (!isCloned && found?.selected_repository === null) return undefined;
      const branch = found?.selected_branch ?? 'HEAD';
      return readPatch(requireAgentServer(http, found, PATCH), { branch }, signal);
    },
  };
}
