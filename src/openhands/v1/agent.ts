import * as v from 'valibot';

import { STOP } from '../../conversation/api.ts';
import { isLoopbackUrl, NO_PROXY_HOSTS } from '../../http/address.ts';
import type { Requests } from '../../http/client.ts';
import { isNotServed, statusOf } from '../../http/failure.ts';
import { pagesOf, untriedFailure } from '../wire.ts';
import { type AppConversation, Done } from './wire.ts';

/** A conversation at its own agent server. Requests use the sandbox's session key, never the API key. */
export interface AgentServer {
  readonly http: Requests;
  /** The path of the conversation on that server. */
  readonly path: string;
  /** Present if the agent can change what the server answers: then no secret is read from it. */
  readonly contentBy?: 'agent';
}

/** Interrupts the agent of a conversation at once. */
export async function postInterrupt(server: AgentServer): Promise<void> {
  try {
    await postTo(server, '/interrupt', STOP);
  } catch (error) {
    if (!isNotServed(error)) throw error;
    // Older agent servers have only this, which waits for the current call of the model.
    await postTo(server, '/pause', STOP);
  }
}

/** Runs the agent of a conversation, unless it runs already. */
export async function runAgent(server: AgentServer, goal: string): Promise<void> {
  try {
    await postTo(server, '/run', goal);
  } catch (error) {
    // 409: the agent runs already.
    if (statusOf(error) !== 409) throw error;
  }
}

export const ANSWER = "read the agent's answer";
const Final = v.looseObject({ response: v.string() });

/**
 * Returns the text of the agent's newest finish or message; `undefined` if there is none.
 * Source: `agent_final_response` in the agent server's description.
 */
export async function readFinalAnswer({ http, path, contentBy }: AgentServer): Promise<string | undefined> {
  const request = { goal: ANSWER, path: `${path}/agent_final_response`, shape: Final };
  const { response } = await http.read({ ...request, ...(contentBy && { contentBy }) });
  return response.trim() === '' ? undefined : response;
}

async function postTo({ http, path, contentBy }: AgentServer, action: string, goal: string): Promise<void> {
  await http.send({ goal, path: path + action, shape: Done, ...(contentBy && { contentBy }) }, {});
}

/** Returns the agent server of a conversation; `undefined` if the app server gives no safe address. */
export function agentServerOf(
  http: Requests,
  { conversation_url: url, session_api_key: key }: AppConversation,
): AgentServer | undefined {
  const address = url == null ? null : URL.parse(url);
  if (address === null || key == null || !maySendKeyTo(address, http.baseUrl)) return undefined;
  // The address ends with the conversation's path on its server.
  const [, base = '', path = ''] = /^(.*?)((?:\/api\/conversations\/[^/]+)?)\/?$/.exec(address.href) ?? [];
  return { http: http.forServer(base, { 'x-session-api-key': key }), path, contentBy: 'agent' };
}

/** Like {@link agentServerOf}, for a request that only the agent server can serve. Throws {@link ApiFailure} if there is none. */
export function requireAgentServer(
  http: Requests,
  conversation: AppConversation | null | undefined,
  goal: string,
): AgentServer {
  const server = conversation == null ? undefined : agentServerOf(http, conversation);
  if (server !== undefined) return server;
  const isRunning = conversation?.sandbox_status === 'RUNNING';
  const why = isRunning ? 'the server gives no safe address for it' : 'its sandbox is not running';
  const pages = pagesOf(http.baseUrl);
  const page = conversation == null ? pages.list : pages.conversation(conversation.id).url;
  const because = `only the agent server can do this, and ${why}`;
  throw untriedFailure(because, `do it at ${page}`, { failedTo: goal, kind: 'server' });
}

/**
 * Whether a key may be sent to an address that the app server gives. Over http, it may only if both servers are on this machine, and no
 * proxy is between.
 */
function maySendKeyTo(url: URL, baseUrl: string): boolean {
  const isPlain = url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  const hostsWithoutProxy = [...NO_PROXY_HOSTS, new URL(baseUrl).hostname];
  const areBothHere = isLoopbackUrl(baseUrl) && hostsWithoutProxy.includes(url.hostname);
  return isPlain && (url.protocol === 'https:' || (url.protocol === 'http:' && areBothHere));
}
