import { ApiFailure } from '../../conversation/api.ts';
import { isLoopbackUrl, NEVER_BY_PROXY } from '../../text/loopback.ts';
import { isNotServed, statusOf } from '../failure.ts';
import type { HttpClient } from '../http.ts';
import { pagesOf } from '../wire.ts';
import { type AppConversation, Done } from './wire.ts';

/** Asks the agent server of a conversation for something to be done, by what follows the conversation's path there. */
export type AskAgent = (path: string) => Promise<unknown>;

/** Stops the agent of one conversation, at once. */
export async function interrupt(ask: AskAgent): Promise<void> {
  try {
    await ask('/interrupt');
  } catch (error) {
    if (!isNotServed(error)) throw error;
    // Older agent servers only know this, which waits for the current call of the model.
    await ask('/pause');
  }
}

/** Resumes the agent of one conversation. */
export async function run(ask: AskAgent): Promise<void> {
  try {
    await ask('/run');
  } catch (error) {
    // It runs already.
    if (statusOf(error) !== 409) throw error;
  }
}

/** A conversation at its own agent server, which is asked with the key of the sandbox and never with the API's. */
export interface AgentServer {
  readonly http: HttpClient;
  /** The path of the conversation there. */
  readonly path: string;
}

/** The agent server of a conversation; `undefined` if the app server tells no safe address of it. */
export function agentServerOf(
  http: HttpClient,
  { conversation_url: url, session_api_key: key }: AppConversation,
): AgentServer | undefined {
  const address = url == null ? null : URL.parse(url);
  if (address === null || key == null || !isFitForKeys(address, http.baseUrl)) return undefined;
  const [, base = '', path = ''] = /^(.*?)((?:\/api\/conversations\/[^/]+)?)\/?$/.exec(address.href) ?? [];
  return { http: http.elsewhere(base, { 'x-session-api-key': key }), path };
}

/**
 * The same, for what only it can do.
 *
 * @throws {ApiFailure} if there is no safe address of it.
 */
export function neededAgentServer(
  http: HttpClient,
  conversation: AppConversation | null | undefined,
  to: string,
): AgentServer {
  const server = conversation == null ? undefined : agentServerOf(http, conversation);
  if (server !== undefined) return server;
  const isRunning = conversation?.sandbox_status === 'RUNNING';
  const why = isRunning ? 'the server gives no safe address for it' : 'its sandbox does not run';
  const pages = pagesOf(http.baseUrl);
  throw new ApiFailure({
    failedTo: to,
    because: `only the agent server can do this, and ${why}`,
    todo: `do it at ${conversation == null ? pages.list : pages.conversation(conversation.id).url}`,
    kind: 'server',
  });
}

/** The agent server of a conversation, to be asked for something. */
export function agentOf(
  http: HttpClient,
  conversation: AppConversation,
  to: string,
  signal: AbortSignal,
): AskAgent {
  const server = neededAgentServer(http, conversation, to);
  return async (path) =>
    server.http.send({ to, path: server.path + path, answer: Done, contentBy: 'agent', signal }, {});
}

/** Keys go to https, or to the machine itself if the server is there, too; never there through a proxy. */
function isFitForKeys(url: URL, baseUrl: string): boolean {
  const isBare = url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  return (
    isBare && (url.protocol === 'https:' || (url.protocol === 'http:' && isBesides(url.hostname, baseUrl)))
  );
}

/** Whether a host is the machine itself, as the server is, and is asked without a proxy. */
function isBesides(host: string, baseUrl: string): boolean {
  return isLoopbackUrl(baseUrl) && [...NEVER_BY_PROXY, new URL(baseUrl).hostname].includes(host);
}
