import * as v from 'valibot';

import type { Stop } from '../conversation/api.ts';
import { isSameId } from '../conversation/conversation.ts';
import type { HttpClient } from './http.ts';
import { interrupt } from './v1-agent.ts';
import { pauseSandbox } from './v1-sandbox.ts';
import { CONVERSATIONS, listed, sightingOf, Uuid } from './v1-wire.ts';

const STOP = 'pause the agent';

/**
 * Pauses the sandbox of a conversation that runs, or the conversation alone where others share the sandbox.
 *
 * @param called whether a message may be on its way to the agent: it shows the end of its earlier work until it begins.
 */
export async function stopConversation(
  http: HttpClient,
  id: string,
  signal: AbortSignal,
  called: boolean,
): Promise<Stop> {
  const [conversation] = await listed(http, [id], signal);
  if (conversation == null) return 'not-listed';
  const { kind } = sightingOf(conversation).state;
  // A sandbox can be missing for a moment, as the conversation can.
  if (kind === 'doubtful') return 'not-listed';
  // In a state that nobody knows it may well be at work.
  const rests = kind !== 'active' && kind !== 'unrecognized';
  if (rests && !(called && conversation.sandbox_status === 'RUNNING')) return 'not-running';
  const sandbox = conversation.sandbox_id;
  if (!(await isShared(http, sandbox, id, signal))) {
    await pauseSandbox(http, sandbox, signal);
    return 'stopped';
  }
  await interrupt(http, conversation, STOP, signal);
  // One that idles or rests has nothing to interrupt: it may still be about to begin with its message.
  return rests || conversation.execution_status === 'idle' ? 'not-begun' : 'stopped';
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
