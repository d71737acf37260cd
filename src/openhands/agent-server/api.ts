import { type ConversationApi, TRAJECTORY } from '../../conversation/api.ts';
import { isSameId } from '../../conversation/conversation.ts';
import { ZIP } from '../../http/answer.ts';
import type { HttpClient } from '../../http/client.ts';
import { once } from '../once.ts';
import { eventsAtAgentServer, type EventSource } from '../v1/event-source.ts';
import { messageCursorOf, messagesIn, newestSteps, resultOf } from '../v1/history.ts';
import { commitIn, patchOf } from '../v1/patch.ts';
import { updatesOf } from '../v1/push.ts';
import { runAgent, sendMessage, stopAgent } from './agent.ts';
import { foundOf, start } from './start.ts';
import { CONVERSATIONS, conversationsById, snapshotOf } from './wire.ts';

/** An agent server has a single account without an id. This stands for it. */
export const ACCOUNT = 'agent-server';

/** Creates a client of an agent server's own API: `/api/conversations`. It has no sandboxes, and no pending starts. */
export function agentServerApi(http: HttpClient): ConversationApi {
  const eventsOf = (id: string): EventSource => eventsAtAgentServer(http, `${CONVERSATIONS}/${id}`);
  /** The ids of conversations whose push has failed for good. */
  const withoutPush = new Set<string>();
  /** The commits of the folders before the start, by the chosen ids of the conversations. */
  const commits = new Map<string, string>();
  return {
    version: 'agent-server',
    choosesIds: false,
    worksInFolder: true,
    list: `GET ${http.baseUrl}${CONVERSATIONS}/search`,
    conversation: (id) => ({ id, url: `${http.baseUrl}${CONVERSATIONS}/${id}`, hasNoPage: true }),

    account: async () => Promise.resolve(ACCOUNT),
    async start(request, signal) {
      const { id, isForPatch, agentServer: { workingDirectory: folder } = {} } = request;
      if (isForPatch && folder !== undefined && !commits.has(id))
        commits.set(id, await commitIn(http, folder, signal));
      const answer = await start(http, request, signal);
      // That conversation began earlier, so the commit read now is not its first.
      if (answer.kind === 'existing') commits.delete(id);
      return answer;
    },
    async startProgress(id, signal) {
      const found = await foundOf(http, id, signal);
      return found.kind === 'not-there' ? { kind: 'unknown', task: id } : found;
    },
    find: async ({ id }, signal) => foundOf(http, id, signal),
    // A second start with the same id is not listed: the server returns the existing conversation.
    starts: async () => Promise.resolve([]),
    repositoryRefusal: async () => Promise.resolve(''),

    look: async (ids, signal) => (await conversationsById(http, ids, signal)).map(snapshotOf),
    // No stored state is needed: the status is never late.
    stored: async () => Promise.resolve({}),
    steps: async (id, signal, since) => newestSteps(eventsOf(id), since, signal),
    result: async (id, signal, since) => resultOf(eventsOf(id), since, signal),
    async *subscribe(id, signal) {
      if (withoutPush.has(id)) return;
      yield* updatesOf(id, http, signal);
      withoutPush.add(id);
    },
    async trajectory(id, save, signal) {
      const path = `/api/file/download-trajectory/${id}`;
      await http.download({ to: TRAJECTORY, path, shape: ZIP, signal }, save);
    },

    async patch(id, signal) {
      const [, commit] = [...commits].find(([chosen]) => isSameId(chosen, id)) ?? [];
      const path = `${CONVERSATIONS}/${id}`;
      return patchOf({ http, path }, { ...(commit !== undefined && { commit }) }, signal);
    },

    messageCursor: async (id, signal) => messageCursorOf(eventsOf(id), signal),
    messages: async (id, signal) => messagesIn(eventsOf(id), signal),
    send: async (id, message, signal) => sendMessage(http, id, message, signal),

    async sandbox(id, signal) {
      const [found] = await conversationsById(http, [id], signal);
      return found == null
        ? { kind: 'unavailable', reason: 'the server does not know the conversation' }
        : { kind: 'running', handle: id };
    },
    resume: async () => Promise.resolve(),
    run: async (id, signal, hasPendingWork) => runAgent(http, id, signal, hasPendingWork),
    pause: async () => Promise.resolve(),
    stop: async (id, signal, hasPendingWork = false, timeoutMs) =>
      stopAgent(http, id, signal, { hasPendingWork, quick: once(http, timeoutMs) }),
  };
}
