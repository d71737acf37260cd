import type { HttpClient, Requests } from '../../http/client.ts';
import { ApiFailure, type ConversationReader } from '../../port/api.ts';
import { type AgentServer, ANSWER, readFinalAnswer } from '../sdk/agent.ts';
import { eventsAtAgentServer, type EventSource, storedReader } from '../sdk/history.ts';
import { isPausedByRestart } from '../sdk/restart.ts';
import { readUpdates } from '../sdk/updates.ts';
import { pagesOf } from '../wire.ts';
import { agentServerOf, requireAgentServer } from './sandbox-server.ts';
import type { AppConversation } from './wire.ts';

/** The timeout of a request to an agent server. After that, the app server is asked. */
const AGENT_SERVER_TIMEOUT_MS = 3_000;

/** Reads events of conversations: live from the agent server of each, or late from the app server. */
export interface Events
  extends
    ReturnType<typeof storedReader>,
    Pick<ConversationReader, 'subscribe' | 'readFinalAnswer' | 'isPausedByRestart'> {
  /** Remembers the address of a conversation's agent server, from a look. Forgets it once the agent cannot be reached. */
  readonly rememberServer: (id: string, found: AppConversation | null) => void;
  /**
   * Returns the agent server of a conversation at the address that the last look has shown, even if the app server could not reach it just
   * then; `undefined` if there is none.
   */
  readonly serverOf: (id: string, http: Requests) => AgentServer | undefined;
}

/** What the last look has shown of a conversation. */
interface Seen {
  readonly found: AppConversation | null;
  /** Absent if its agent cannot be reached. */
  readonly server?: KnownServer | undefined;
}

/** The agent server of a running sandbox, and whether it can be used. */
interface KnownServer {
  readonly conversation: AppConversation;
  /** Whether its socket has failed for good. */
  hasPushEnded: boolean;
  /** Unknown until the first request. If that fails, the server is not asked again. */
  isReachable?: boolean;
}

export function createEvents(client: HttpClient): Events {
  const seen = new Map<string, Seen>();
  const pages = pagesOf(client.baseUrl);
  /** Returns the one spelling of an id that the map has. */
  const keyOf = (id: string): string => pages.conversation(id).id;
  const serverIn = (id: string): KnownServer | undefined => seen.get(keyOf(id))?.server;
  return {
    rememberServer(id, found) {
      seen.set(keyOf(id), { found, server: serverAfter(serverIn(id), found) });
    },

    serverOf(id, http) {
      const { found } = seen.get(keyOf(id)) ?? {};
      return found == null ? undefined : agentServerOf(http, found);
    },

    // Asks the agent server without retries; if that fails, the app server.
    ...storedReader(async (id, signal, read) => {
      const http = client.during(signal);
      const known = serverIn(id);
      const server = known && agentServerOf(http.withoutRetries(AGENT_SERVER_TIMEOUT_MS), known.conversation);
      if (server && known.isReachable !== false) {
        try {
          const result = await read(eventsAtAgentServer(server));
          known.isReachable = true;
          return result;
        } catch (error) {
          if (!(error instanceof ApiFailure)) throw error;
          // A server that has answered before is asked again next time.
          known.isReachable ??= false;
        }
      }
      return read(eventsAtAppServer(http, id));
    }),

    async readFinalAnswer(id, signal) {
      const { conversation } = serverIn(id) ?? {};
      return readFinalAnswer(requireAgentServer(client.during(signal), conversation, ANSWER));
    },

    async isPausedByRestart(id, isRestarted, signal) {
      const { conversation } = serverIn(id) ?? {};
      return isPausedByRestart(requireAgentServer(client.during(signal), conversation, ANSWER), isRestarted);
    },

    async *subscribe(id, signal) {
      const known = serverIn(id);
      if (known === undefined || known.hasPushEnded) return;
      const server = agentServerOf(client.during(signal), known.conversation);
      if (server) yield* readUpdates(id, server.http);
      known.hasPushEnded = true;
    },
  };
}

/** Returns the server after a look: the known one, if its address and key are the same. `undefined` if the agent cannot be reached. */
function serverAfter(known: KnownServer | undefined, found: AppConversation | null): KnownServer | undefined {
  if (found?.sandbox_status !== 'RUNNING' || found.execution_status == null) return undefined;
  const { conversation } = known ?? {};
  const isSame =
    found.conversation_url === conversation?.conversation_url &&
    found.session_api_key === conversation?.session_api_key;
  return isSame ? known : { conversation: found, hasPushEnded: false };
}

export function eventsAtAppServer(http: Requests, id: string): EventSource {
  return { http, path: `/api/v1/conversation/${id}/events/search`, isLive: false };
}
