import { ApiFailure } from '../../conversation/api.ts';
import type { PushUpdate } from '../../conversation/conversation.ts';
import type { HttpClient } from '../http.ts';
import { type AgentServer, agentServerOf } from './agent.ts';
import { eventsAtAgentServer, eventsAtAppServer, type EventSource } from './event-source.ts';
import { updatesOf } from './push.ts';
import type { AppConversation } from './wire.ts';

/** An agent server answers within that time, or is not asked. */
const WITHIN_MS = 3_000;

/** The events of conversations: those of each as its own agent server tells them, or else as the app server does, later. */
export interface Events {
  /** Learns from a look where the agent server of a conversation is. */
  readonly learn: (id: string, found: AppConversation | null) => void;
  /** Reads at the agent server, once; and at the app server if that fails. */
  readonly read: <T>(id: string, ask: (source: EventSource) => Promise<T>) => Promise<T>;
  /** What the agent server pushes; nothing if it cannot be reached. */
  readonly subscribe: (id: string, signal: AbortSignal) => AsyncIterable<PushUpdate>;
}

/** The agent server of a conversation, and what became of the requests to it. */
interface Known {
  readonly address: string;
  readonly server: AgentServer;
  isRunning: boolean;
  /** Its socket was given up. */
  isSilent: boolean;
  hasAnswered: boolean;
  /** It has failed before it ever answered. */
  isUnreachable: boolean;
}

/** The events of the conversations of an app server. */
export function eventsBy(http: HttpClient): Events {
  const servers = new Map<string, Known>();
  const usable = (id: string): Known | undefined => {
    const known = servers.get(id);
    return known?.isRunning && !known.isUnreachable ? known : undefined;
  };
  return {
    learn(id, found) {
      const before = servers.get(id);
      const isRunning = found?.sandbox_status === 'RUNNING' && found.execution_status != null;
      if (before) before.isRunning = isRunning;
      if (!isRunning) return;
      const address = JSON.stringify([found.conversation_url, found.session_api_key]);
      const server = before?.address === address ? undefined : agentServerOf(http, found);
      if (server)
        servers.set(id, {
          address,
          server,
          isRunning,
          isSilent: false,
          hasAnswered: false,
          isUnreachable: false,
        });
    },

    async read(id, ask) {
      const known = usable(id);
      if (known) {
        try {
          const read = await ask(
            eventsAtAgentServer(withShortTimeouts(known.server.http), known.server.path),
          );
          known.hasAnswered = true;
          return read;
        } catch (error) {
          if (!(error instanceof ApiFailure)) throw error;
          known.isUnreachable = !known.hasAnswered;
        }
      }
      return ask(eventsAtAppServer(http, id));
    },

    async *subscribe(id, signal) {
      const known = servers.get(id);
      if (!known?.isRunning || known.isSilent) return;
      yield* updatesOf(id, known.server.http, signal);
      known.isSilent = true;
    },
  };
}

/** The client, with which each request is made once, and is given little time. */
function withShortTimeouts(http: HttpClient): HttpClient {
  const once: HttpClient['read'] = async (request) => http.readOnce({ ...request, withinMs: WITHIN_MS });
  return { ...http, read: once, readOnce: once };
}
