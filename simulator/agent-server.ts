import { answerAgentApi, type Scope } from './agent-api.ts';
import type { Conversation } from './conversation.ts';
import { type Call, refuse, type Reply } from './reply.ts';
import type { Store } from './store.ts';

const PATH = /^\/agent-server\/([^/]+)(\/.*)$/;

/** An agent server, as a request or a socket finds it. */
export interface AgentServer {
  /** The path below its address. */
  readonly path: string;
  readonly scope: Scope;
  readonly takes: (sessionKey: string) => boolean;
  /** Whether sockets are closed while it is not there, as those of a process are; those of a paused sandbox are not. */
  readonly endsUnreachable: boolean;
}

/** Whether a path is of a sandbox's agent server. It has its own key, and no limits. */
export function isAgentServer(path: string): boolean {
  return path.startsWith('/agent-server/');
}

/** The agent server of the sandbox that a path names, or why nobody answers there. */
export function agentServerAt(path: string, store: Store): AgentServer | Reply {
  const [, sandboxId, rest] = PATH.exec(path) ?? [];
  if (sandboxId === undefined || rest === undefined) return refuse(404, 'Not Found');
  const inside = store.inSandbox(sandboxId).filter(({ situation }) => situation.box !== 'emptied');
  if (inside.length === 0) return refuse(404, 'Not Found');
  if (!inside.some(({ isReachable }) => isReachable)) return refuse(502, 'Bad Gateway');
  const find = (id: string): Conversation | undefined => {
    const found = store.byId(id);
    if (found === undefined || !inside.includes(found)) return undefined;
    return found.situation.presence === 'shown' ? found : undefined;
  };
  return {
    path: rest,
    scope: { store, find },
    takes: (key) => inside.some(({ names }) => names.sessionKey === key),
    endsUnreachable: false,
  };
}

/**
 * Answers as the agent server of a sandbox does. It asks for the sandbox's own session key, and is not there
 * while the sandbox does not run. `undefined`: no such path or method.
 */
export function answerAgentServer(call: Call, store: Store): Reply | undefined {
  const server = agentServerAt(call.path, store);
  if (!('scope' in server)) return server;
  if (!server.takes(call.sessionKey)) return refuse(401, 'Unauthorized');
  return answerAgentApi(call, server.path, server.scope);
}
