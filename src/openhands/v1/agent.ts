import { isLoopbackUrl, NO_PROXY_HOSTS } from '../../http/address.ts';
import type { HttpClient } from '../../http/client.ts';
import { isNotServed, statusOf } from '../../http/failure.ts';
import { impossible, pagesOf } from '../wire.ts';
import { type AppConversation, Done } from './wire.ts';

/** Sends a POST to the agent server. `path` is relative to the conversation there. */
export type PostToAgent = (path: string) => Promise<unknown>;

/** Interrupts the agent of a conversation at once. */
export async function interruptAgent(post: PostToAgent): Promise<void> {
  try {
    await post('/interrupt');
  } catch (error) {
    if (!isNotServed(error)) throw error;
    // Older agent servers have only this, which waits for the current call of the model.
    await post('/pause');
  }
}

/** Resumes the agent of a conversation. */
export async function runAgent(post: PostToAgent): Promise<void> {
  try {
    await post('/run');
  } catch (error) {
    // 409: the agent runs already.
    if (statusOf(error) !== 409) throw error;
  }
}

/** A conversation at its own agent server. Requests use the sandbox's session key, never the API key. */
export interface AgentServer {
  readonly http: HttpClient;
  /** The path of the conversation on that server. */
  readonly path: string;
}

/** Returns the agent server of a conversation; `undefined` if the app server gives no safe address. */
export function agentServerOf(
  http: HttpClient,
  { conversation_url: url, session_api_key: key }: AppConversation,
): AgentServer | undefined {
  const address = url == null ? null : URL.parse(url);
  if (address === null || key == null || !maySendKeyTo(address, http.baseUrl)) return undefined;
  const [, base = '', path = ''] = /^(.*?)((?:\/api\/conversations\/[^/]+)?)\/?$/.exec(address.href) ?? [];
  return { http: http.forServer(base, { 'x-session-api-key': key }), path };
}

/** Like {@link agentServerOf}, for a request that only the agent server can serve. Throws {@link ApiFailure} if there is none. */
export function requireAgentServer(
  http: HttpClient,
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
  throw impossible(because, `do it at ${page}`, { failedTo: goal, kind: 'server' });
}

export function agentPoster(
  http: HttpClient,
  conversation: AppConversation,
  goal: string,
  signal: AbortSignal,
): PostToAgent {
  const server = requireAgentServer(http, conversation, goal);
  return async (path) =>
    server.http.send({ goal, path: server.path + path, shape: Done, contentBy: 'agent', signal }, {});
}

/** A key may be sent over https; over http only on this machine, if the app server is here, too, and there is no proxy between. */
function maySendKeyTo(url: URL, baseUrl: string): boolean {
  const isBare = url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  const isHere =
    isLoopbackUrl(baseUrl) && [...NO_PROXY_HOSTS, new URL(baseUrl).hostname].includes(url.hostname);
  return isBare && (url.protocol === 'https:' || (url.protocol === 'http:' && isHere));
}
