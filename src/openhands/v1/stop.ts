import * as v from 'valibot';

import { ApiFailure, type Stop } from '../../conversation/api.ts';
import { isSameId } from '../../conversation/conversation.ts';
import type { HttpClient } from '../http.ts';
import { agentOf, interrupt } from './agent.ts';
import { pendingIn } from './find.ts';
import { pauseSandbox } from './sandbox.ts';
import { type AppConversation, CONVERSATIONS, listed, snapshotOf, Uuid } from './wire.ts';

const STOP = 'pause the agent';

/**
 * Pauses the sandbox of a conversation that runs, or interrupts the conversation alone if others share the sandbox, or if
 * it cannot be paused: that harms nobody.
 *
 * @param called whether a message or a resume may be on its way to the agent: it shows the end of its earlier work until it
 *   begins.
 * @param eachMs how long each request may take for which there is another way, in milliseconds.
 */
export async function stopConversation(
  http: HttpClient,
  id: string,
  signal: AbortSignal,
  { called, eachMs }: { readonly called: boolean; readonly eachMs: number | undefined },
): Promise<Stop> {
  const [conversation] = await listed(http, [id], signal, eachMs);
  if (conversation == null) return 'not-listed';
  const standing = standingOf(conversation, called);
  if (standing !== 'at-work' && standing !== 'at-rest') return standing;
  let refusal: ApiFailure | undefined;
  try {
    if (await pauseUnshared(http, conversation.sandbox_id, id, signal, eachMs)) return 'stopped';
  } catch (error) {
    if (!(error instanceof ApiFailure)) throw error;
    refusal = error;
  }
  try {
    await interrupt(agentOf(http, conversation, STOP, signal));
  } catch (error) {
    throw error instanceof ApiFailure ? (refusal ?? error) : error;
  }
  // One that idles or rests has nothing to interrupt: it may still be about to begin with its message.
  const isToBegin = standing === 'at-rest' || conversation.execution_status === 'idle';
  return isToBegin ? 'not-begun' : 'stopped';
}

/** Whether there is an agent to stop, or else what becomes of the wish to. */
function standingOf(conversation: AppConversation, called: boolean): 'at-work' | 'at-rest' | Stop {
  const { state } = snapshotOf(conversation);
  // A sandbox can be missing for a moment, as the conversation can.
  if (state.kind === 'doubtful' && state.ending === 'missing') return 'not-listed';
  // In a state that nobody knows it may well be at work, and so in a sandbox that is said to be broken: a busy one is.
  if (state.kind !== 'ended' && state.kind !== 'paused') return 'at-work';
  const { sandbox_status: status } = conversation;
  if (called && status === 'PAUSED') return 'paused';
  return called && status === 'RUNNING' ? 'at-rest' : 'not-running';
}

/**
 * Pauses a sandbox, unless it has other conversations than that one; says whether it did.
 *
 * @param eachMs how long each request may take, in milliseconds; with it, none is made again.
 */
export async function pauseUnshared(
  http: HttpClient,
  sandbox: string,
  id: string,
  signal: AbortSignal,
  eachMs?: number,
): Promise<boolean> {
  if (await isShared(http, sandbox, id, signal, eachMs)) return false;
  await pauseSandbox(http, sandbox, signal, eachMs);
  return true;
}

/** Whether other conversations live in the sandbox, or are about to: an account can group several in one. */
async function isShared(
  http: HttpClient,
  sandbox: string,
  id: string,
  signal: AbortSignal,
  eachMs: number | undefined,
): Promise<boolean> {
  const [neighbors, newcomers] = await Promise.all([
    neighborsIn(http, sandbox, signal, eachMs),
    // Who cannot be asked about is no reason to leave an agent at work.
    pendingIn(http, sandbox, signal).catch(noneIfFailed),
  ]);
  return [...neighbors, ...newcomers].some((other) => !isSameId(other, id));
}

function noneIfFailed(error: unknown): readonly string[] {
  if (error instanceof ApiFailure) return [];
  throw error;
}

async function neighborsIn(
  http: HttpClient,
  sandbox: string,
  signal: AbortSignal,
  withinMs: number | undefined,
): Promise<readonly string[]> {
  // A server that leaves the filter out would show strangers in place of those who are in there.
  const inSandbox = v.nullish(v.literal(sandbox, 'a different sandbox than the one asked for'));
  const query = new URLSearchParams({
    sandbox_id__eq: sandbox,
    include_sub_conversations: 'true',
    limit: '2',
  });
  const request = {
    to: 'read who shares the sandbox',
    path: `${CONVERSATIONS}/search?${query.toString()}`,
    answer: v.looseObject({ items: v.array(v.looseObject({ id: Uuid, sandbox_id: inSandbox })) }),
    signal,
  };
  const { items } = await (withinMs === undefined
    ? http.read(request)
    : http.readOnce({ ...request, withinMs }));
  return items.map((other) => other.id);
}
