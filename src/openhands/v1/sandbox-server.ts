import { isLoopbackUrl, NO_PROXY_HOSTS } from '../../http/address.ts';
import type { Requests } from '../../http/client.ts';
import type { AgentServer } from '../sdk/agent.ts';
import { pagesOf, untriedFailure } from '../wire.ts';
import type { AppConversation } from './wire.ts';

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
