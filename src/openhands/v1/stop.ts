import * as v from 'valibot';

import { ApiFailure, STOP, type Stop } from '../../conversation/api.ts';
import { isSameId } from '../../conversation/conversation.ts';
import type { HttpClient } from '../../http/client.ts';
import { agentOf, interrupt } from './agent.ts';
import { pendingIn } from './find.ts';
import { pauseSandbox } from './sandbox.ts';
import { type AppConversation, CONVERSATIONS, conversationsById, snapshotOf, Uuid } from './wire.ts';

/**
 * Stops the agent of a conversation. Pauses its sandbox; if other conversations share the sandbox, or it cannot be paused,
 * interrupts only the agent.
 *
 * @param hasPendingWork whether a message or a resume may be on its way to the agent. Until the agent begins with it, its
 *   status is still that of earlier work.
 * @param quick the client for each request but the interrupt, the last way to stop the agent.
 */
export async function stopConversation(
  http: HttpClient,
  id: string,
  signal: AbortSignal,
  { hasPendingWork, quick }: { readonly hasPendingWork: boolean; readonly quick: HttpClient },
): Promise<Stop> {
  const [conversation] = await conversationsById(quick, [id], signal);
  if (conversation == null) return 'not-listed';
  const activity = activityOf(conversation, hasPendingWork);
  if (activity !== 'working' && activity !== 'inactive') return activity;
  let refusal: ApiFailure | undefined;
  try {
    if (await pauseUnshared(quick, conversation.sandbox_id, id, signal)) return 'stopped';
  } catch (error) {
    if (!(error instanceof ApiFailure)) throw error;
    refusal = error;
  }
  try {
    await interrupt(agentOf(http, conversation, STOP, signal));
  } catch (error) {
    throw error instanceof ApiFailure ? (refusal ?? error) : error;
  }
  // If the agent was idle or had ended, there was nothing to interrupt: it may be about to begin with its message.
  const mayBegin = activity === 'inactive' || conversation.execution_status === 'idle';
  return mayBegin ? 'not-begun' : 'stopped';
}

/** Returns `working` or, if the agent may be about to begin, `inactive`. Otherwise there is nothing to stop: returns that. */
function activityOf(conversation: AppConversation, hasPendingWork: boolean): 'working' | 'inactive' | Stop {
  const { state } = snapshotOf(conversation);
  // Just after a start, a sandbox can be missing for a moment, as the conversation can.
  if (state.kind === 'doubtful' && state.ending === 'missing') return 'not-listed';
  // With an unknown state the agent may work. So it may in a sandbox in error: a busy sandbox is reported as that.
  if (state.kind !== 'ended' && state.kind !== 'paused') return 'working';
  const { sandbox_status: status } = conversation;
  if (hasPendingWork && status === 'PAUSED') return 'paused';
  return hasPendingWork && status === 'RUNNING' ? 'inactive' : 'not-running';
}

/** Pauses a sandbox, unless it has other conversations, too. Returns whether it was paused. */
export async function pauseUnshared(
  http: HttpClient,
  sandbox: string,
  id: string,
  signal: AbortSignal,
): Promise<boolean> {
  if (await isShared(http, sandbox, id, signal)) return false;
  await pauseSandbox(http, sandbox, signal);
  return true;
}

/** Whether the sandbox has other conversations, or gets one: accounts can group several in one sandbox. */
async function isShared(
  http: HttpClient,
  sandbox: string,
  id: string,
  signal: AbortSignal,
): Promise<boolean> {
  const [existing, pending] = await Promise.all([
    conversationsIn(http, sandbox, signal),
    // A failed lookup of pending starts must not prevent the stop.
    pendingIn(http, sandbox, signal).catch(noneIfFailed),
  ]);
  return [...existing, ...pending].some((other) => !isSameId(other, id));
}

function noneIfFailed(error: unknown): readonly string[] {
  if (error instanceof ApiFailure) return [];
  throw error;
}

async function conversationsIn(
  http: HttpClient,
  sandbox: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  // The literal fails on a server that ignores the filter: it would list unrelated conversations.
  const inSandbox = v.nullish(v.literal(sandbox, 'a different sandbox than the one asked for'));
  const query = new URLSearchParams({
    sandbox_id__eq: sandbox,
    include_sub_conversations: 'true',
    limit: '2',
  });
  const { items } = await http.read({
    to: 'read who shares the sandbox',
    path: `${CONVERSATIONS}/search?${query.toString()}`,
    answer: v.looseObject({ items: v.array(v.looseObject({ id: Uuid, sandbox_id: inSandbox })) }),
    signal,
  });
  return items.map(({ id }) => id);
}
