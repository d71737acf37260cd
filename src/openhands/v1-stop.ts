import * as v from 'valibot';

import { ApiFailure, type Stop } from '../conversation/api.ts';
import { isNotServed } from './failure.ts';
import type { HttpClient } from './http.ts';
import { isLoopback, isLoopbackUrl } from './loopback.ts';
import { type AppConversation, CONVERSATIONS, isSameId, listed, sightingOf, Uuid } from './v1-wire.ts';

const STOP = 'pause the agent';

/** Pauses the sandbox of a conversation that runs, or the conversation alone where others share the sandbox. */
export async function stopConversation(http: HttpClient, id: string, signal: AbortSignal): Promise<Stop> {
  const [conversation] = await listed(http, [id], signal);
  if (conversation == null) return 'not-listed';
  if (sightingOf(conversation).state.kind !== 'active') return 'not-running';
  const sandbox = conversation.sandbox_id;
  if (await isShared(http, sandbox, id, signal)) await interrupt(http, conversation, signal);
  else
    await http.send(
      { to: STOP, path: `/api/v1/sandboxes/${sandbox}/pause`, answer: v.unknown(), signal },
      {},
    );
  return 'stopped';
}

/** Whether other conversations live in the sandbox: an account can group several in one. */
async function isShared(
  http: HttpClient,
  sandbox: string,
  id: string,
  signal: AbortSignal,
): Promise<boolean> {
  const query = new URLSearchParams({
    sandbox_id__eq: sandbox,
    include_sub_conversations: 'true',
    limit: '2',
  });
  const { items } = await http.read({
    to: 'read who shares the sandbox',
    path: `${CONVERSATIONS}/search?${query.toString()}`,
    answer: v.looseObject({ items: v.array(v.looseObject({ id: Uuid })) }),
    signal,
  });
  return items.some((other) => !isSameId(other.id, id));
}

/** Stops the one conversation by its agent server, which is asked with the key of the sandbox and never with the API's. */
async function interrupt(
  http: HttpClient,
  conversation: AppConversation,
  signal: AbortSignal,
): Promise<void> {
  const { conversation_url: url, session_api_key: key } = conversation;
  const address = url == null ? null : URL.parse(url);
  if (address === null || key == null || !isFitForKeys(address, http.baseUrl)) {
    throw new ApiFailure({
      failedTo: STOP,
      because: 'other conversations share its sandbox, and the server tells no safe address of its agent',
      todo: `pause it at ${http.baseUrl}/conversations/${conversation.id}`,
    });
  }
  const agent = http.elsewhere(address.href.replace(/\/$/, ''), { 'x-session-api-key': key });
  const ask = async (path: string): Promise<unknown> =>
    agent.send({ to: STOP, path, answer: v.unknown(), signal }, {});
  try {
    await ask('/interrupt');
  } catch (error) {
    if (!isNotServed(error)) throw error;
    // Older agent servers only know this, which waits for the current call of the model.
    await ask('/pause');
  }
}

/** Keys go to https, or to the machine itself where the server is there, too. */
function isFitForKeys({ protocol, hostname, username, search, hash }: URL, baseUrl: string): boolean {
  const safe = protocol === 'https:' || (isLoopback(hostname) && isLoopbackUrl(baseUrl));
  return safe && username === '' && search === '' && hash === '';
}
