import { type Call, json, refuse, type Reply } from '../reply.ts';
import { answerAgentApi, serverInfo } from './agent-api.ts';
import type { Conversation } from './conversation.ts';
import type { Scope, Store } from './store.ts';

const PATH = /^\/agent-server\/([^/]+)(\/.*)$/;

/** An agent server that a request or a socket has reached. */
export interface AgentServer {
  /** The path relative to the server's address. */
  readonly path: string;
  readonly scope: Scope;
  readonly takes: (sessionKey: string) => boolean;
  /** Whether sockets close if the server becomes unreachable: they do if its process ends, not if its sandbox is paused. */
  readonly endsUnreachable: boolean;
}

/** Whether a path belongs to the agent server of a sandbox. It has its own key, and no rate limits. */
export function isAgentServer(path: string): boolean {
  return path.startsWith('/agent-server/');
}

/** Finds the agent server of the sandbox that a path names, or returns the error response. */
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
    scope: { store, find, inSandbox: inside },
    takes: (key) => inside.some(({ names }) => names.sessionKey === key),
    endsUnreachable: false,
  };
}

/**
 * Answers like the agent server of a sandbox. It requires the session key of the sandbox, and is unreachable while the
 * sandbox does not run. Returns `undefined` for unknown paths and methods.
 */
export function answerAgentServer(call: Call, store: Store): Reply | undefined {
  const server = agentServerAt(call.path, store);
  if (!('scope' in server)) return server;
  // Without a key, too.
  if (call.method === 'GET' && server.path === '/server_info')
    return json(200, serverInfo(upSinceOf(server.scope), store));
  if (!server.takes(call.sessionKey)) return refuse(401, 'Unauthorized');
  return answerAgentApi(call, server.path, server.scope);
}

/** Returns since when the agent server of a sandbox is up: it has begun with the sandbox, or after a restart. */
function upSinceOf({ inSandbox }: Scope): number {
  return Math.min(...inSandbox.map(({ serverSince }) => serverSince));
}
