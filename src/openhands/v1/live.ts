import { ApiFailure } from '../../conversation/api.ts';
import type { PushUpdate } from '../../conversation/conversation.ts';
import type { HttpClient } from '../../http/client.ts';
import { once } from '../once.ts';
import { type AgentServer, agentServerOf } from './agent.ts';
import { eventsAtAgentServer, eventsAtAppServer, type EventSource } from './event-source.ts';
import { updatesOf } from './push.ts';
import type { AppConversation } from './wire.ts';

/** The timeout of a request to an agent server, before the app server is asked instead. */
const TIMEOUT_MS = 3_000;

/** Reads events of conversations: live from the agent server of each, or later from the app server. */
export interface Events {
  /** Remembers from a look where the agent server of a conversation is. */
  readonly learn: (id: string, found: AppConversation | null) => void;
  /** Reads from the agent server without retries; if that fails, from the app server. */
  readonly read: <T>(id: string, ask: (source: EventSource) => Promise<T>) => Promise<T>;
  /** Yields what the agent server pushes; nothing if it cannot be reached. */
  readonly subscribe: (id: string, signal: AbortSignal) => AsyncIterable<PushUpdate>;
}

/** The agent server of a conversation, and whether it can be used. */
interface KnownServer {
  readonly address: string;
  readonly server: AgentServer;
  isRunning: boolean;
  /** Whether its socket failed for good. */
  hasPushEnded: boolean;
  hasAnswered: boolean;
  /** Whether its first request failed. */
  isUnreachable: boolean;
}

/** Reads the events of an app server's conversations. */
export function createEvents(http: HttpClient): Events {
  const servers = new Map<string, KnownServer>();
  const usable = (id: string): KnownServer | undefined => {
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
          hasPushEnded: false,
          hasAnswered: false,
          isUnreachable: false,
        });
    },

    async read(id, ask) {
      const known = usable(id);
      if (known) {
        try {
          const read = await ask(eventsAtAgentServer(once(known.server.http, TIMEOUT_MS), known.server.path));
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
      if (!known?.isRunning || known.hasPushEnded) return;
      yield* updatesOf(id, known.server.http, signal);
      known.hasPushEnded = true;
    },
  };
}
