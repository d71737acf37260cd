import * as v from 'valibot';

import { ZIP } from '../../http/answer.ts';
import type { HttpClient } from '../../http/client.ts';
import {
  type ConversationApi,
  type ConversationReader,
  type Links,
  PATCH,
  TRAJECTORY,
} from '../../port/api.ts';
import { reasonLine } from '../../text/safe.ts';
import { readLastStatus } from '../sdk/history.ts';
import { type AgentFolder, isInRepository, readAgentFolder, readPatch } from '../sdk/patch.ts';
import { agentStateOf } from '../sdk/states.ts';
import { pagesOf } from '../wire.ts';
import { controllerOf } from './control.ts';
import { createEvents, type Events, eventsAtAppServer } from './live.ts';
import { requireAgentServer } from './sandbox-server.ts';
import { starterOf } from './start.ts';
import { CONVERSATIONS, conversationsById, pageIn, SANDBOXES, snapshotOf } from './wire.ts';

const CLONE = 'see whether the repository was cloned';
/** The timeout of each request about that: there are two, and time for another try. */
const CLONE_TIMEOUT_MS = 5_000;

const SandboxInfo = v.looseObject({ status_detail: v.fallback(v.nullish(v.string()), null) });

/** Creates a client of the V1 API: `/api/v1/app-conversations` and related paths. */
export function v1Api(client: HttpClient): ConversationApi {
  const events = createEvents(client);
  return {
    version: 'v1',
    choosesIds: false,
    takesPictures: true,
    worksInFolder: false,
    list: client.baseUrl,
    ...starterOf(client),
    ...readerOf(client, events),
    ...controllerOf(client, events),
  };
}

function readerOf(
  client: HttpClient,
  { rememberServer, serverOf, ...events }: Events,
): ConversationReader & Pick<Links, 'conversation'> {
  const pages = pagesOf(client.baseUrl);
  /** The pages that the server has named, by the id of the conversation. */
  const named = new Map<string, string>();
  /** The sandboxes that looks have shown, by the id of the conversation. */
  const sandboxes = new Map<string, string>();
  /** The folders of agents, once they are read, and the conversations whose repository was seen there. */
  const folders = new Map<string, AgentFolder>();
  const cloned = new Set<string>();
  /** Returns the one spelling of an id that all of them have. */
  const keyOf = (id: string): string => pages.conversation(id).id;
  return {
    ...events,

    conversation(id) {
      const known = pages.conversation(id);
      return { ...known, url: named.get(known.id) ?? known.url };
    },

    async look(ids, signal) {
      const found = await conversationsById(client.during(signal), ids);
      ids.forEach((id, index) => {
        const conversation = found[index] ?? null;
        rememberServer(id, conversation);
        if (conversation !== null) sandboxes.set(keyOf(id), conversation.sandbox_id);
        const page = conversation === null ? undefined : pageIn(conversation, client.baseUrl);
        if (page !== undefined) named.set(keyOf(id), page);
      });
      return found.map(snapshotOf);
    },

    async readStored(id, signal, { messageCursor } = {}) {
      // From the app server: the stored state is only needed if the agent server cannot be reached.
      const status = await readLastStatus(eventsAtAppServer(client.during(signal), id), messageCursor);
      return status === undefined ? undefined : agentStateOf(status);
    },

    async readSandboxDetail(id, signal, sandbox = sandboxes.get(keyOf(id))) {
      if (sandbox === undefined) return undefined;
      const http = client.during(signal).withoutRetries();
      const request = { goal: 'read why the sandbox is gone', path: SANDBOXES, query: { id: sandbox } };
      const [found] = await http.read({ ...request, shape: v.array(v.nullable(SandboxInfo)) });
      return found?.status_detail == null ? undefined : reasonLine(found.status_detail);
    },

    async downloadTrajectory(id, save, signal) {
      const path = `${CONVERSATIONS}/${id}/download`;
      await client.during(signal).download({ goal: TRAJECTORY, path, shape: ZIP }, save);
    },

    async lacksClone(id, signal) {
      const key = keyOf(id);
      const server = serverOf(id, client.during(signal).withoutNotice(CLONE_TIMEOUT_MS));
      if (cloned.has(key)) return false;
      if (server === undefined) return undefined;
      const known = folders.get(key) ?? (await readAgentFolder(server, CLONE));
      folders.set(key, known);
      const isCloned = await isInRepository({ http: server.http, folder: known.folder }, CLONE);
      if (isCloned) cloned.add(key);
      return !isCloned;
    },

    async readPatch(id, asksForRepository, signal) {
      const http = client.during(signal);
      const [found] = await conversationsById(http, [id]);
      // If the step asked for a repository, there is one: a busy 1.11.0 can lose it for good. Source: its `on_conversation_update`.
      if (!asksForRepository && found?.selected_repository === null) return undefined;
      const branch = found?.selected_branch ?? 'HEAD';
      return readPatch(requireAgentServer(http, found, PATCH), { branch, known: folders.get(keyOf(id)) });
    },
  };
}
