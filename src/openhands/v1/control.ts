import * as v from 'valibot';

import { ApiFailure, type Controller, RESUME, SEND, STOP, type StopAnswer } from '../../conversation/api.ts';
import { isSameId } from '../../conversation/conversation.ts';
import type { HttpClient } from '../../http/client.ts';
import { statusOf } from '../../http/failure.ts';
import { reasonLine } from '../../text/safe.ts';
import { inWords } from '../wire.ts';
import { agentPoster, interruptAgent, runAgent } from './agent.ts';
import { readPendingIn, readSandboxesOfStarts } from './start.ts';
import { mustBeRun } from './states.ts';
import {
  type AppConversation,
  CONVERSATIONS,
  conversationsById,
  Done,
  messageToRun,
  snapshotOf,
  Uuid,
} from './wire.ts';

const SANDBOXES = '/api/v1/sandboxes';

const Sent = v.looseObject({ success: v.boolean(), message: v.nullish(v.string()) });

/** Returns the controller of V1. */
export function controllerOf(http: HttpClient): Controller {
  return {
    // The agent starts on the message even if it has finished or is paused.
    async send(id, message, signal) {
      const request = { goal: SEND, path: `${CONVERSATIONS}/${id}/send-message`, shape: Sent, signal };
      try {
        return await http.runOrDefer(async () => {
          const { value } = await http.sendOnce(request, messageToRun(message));
          if (value.success) return { kind: 'delivered' };
          return { kind: 'refused', reason: reasonLine(value.message ?? 'the server gives no reason') };
        });
      } catch (error) {
        const status = statusOf(error);
        if (status === 409) return { kind: 'paused' };
        const isGone = error instanceof ApiFailure && (status === 404 || status === 410);
        if (isGone) return { kind: 'unavailable', reason: error.problem.because };
        throw error;
      }
    },

    async readSandbox(id, signal) {
      const [conversation] = await conversationsById(http, [id], signal);
      if (conversation == null)
        return { kind: 'unavailable', reason: 'the server does not list the conversation' };
      const { sandbox_id: handle, sandbox_status: status, execution_status: execution } = conversation;
      switch (status) {
        case 'PAUSED':
          return { kind: 'paused', handle };
        case 'RUNNING':
          return { kind: execution == null ? 'starting' : 'running', handle };
        case null:
        case undefined:
        case 'MISSING':
        case 'ERROR':
          return { kind: 'unavailable', reason: `its sandbox is ${inWords(status ?? 'MISSING')}` };
        default:
          return { kind: 'starting', handle };
      }
    },

    async resume(handle, signal) {
      await http.send({ goal: RESUME, path: `${SANDBOXES}/${handle}/resume`, shape: Done, signal }, {});
    },

    async pause(handle, id, signal) {
      await pauseIfUnshared(http, handle, id, signal);
    },

    // An agent that was working when its sandbox was paused is now paused or in error.
    async run(id, signal, hasPendingWork) {
      const [conversation] = await conversationsById(http, [id], signal);
      const execution = conversation?.execution_status;
      if (conversation == null || execution == null || !mustBeRun(execution, hasPendingWork)) return;
      await runAgent(agentPoster(http, conversation, RESUME, signal));
    },

    async interrupt(id, signal) {
      const [conversation] = await conversationsById(http, [id], signal);
      if (conversation?.sandbox_status !== 'RUNNING') return undefined;
      const { sandbox_id: handle, execution_status: execution } = conversation;
      if (execution === 'running')
        await interruptAgent(agentPoster(http.withoutRetries(), conversation, STOP, signal));
      return execution === 'running' || execution === 'paused' ? handle : undefined;
    },

    stop: async (id, signal, hasPendingWork = false, timeoutMs) =>
      stopConversation(http, id, signal, {
        hasPendingWork,
        quick: timeoutMs ? http.withoutRetries(timeoutMs) : http,
      }),
  };
}

/** Pauses the sandbox of an agent. If other conversations share it, or it cannot be paused, interrupts only the agent. */
async function stopConversation(
  http: HttpClient,
  id: string,
  signal: AbortSignal,
  { hasPendingWork, quick }: { readonly hasPendingWork: boolean; readonly quick: HttpClient },
): Promise<StopAnswer> {
  const [conversation] = await conversationsById(quick, [id], signal);
  if (conversation == null) return stopUnlisted(quick, id, signal);
  const activity = activityOf(conversation, hasPendingWork);
  if (activity !== 'working' && activity !== 'inactive') return activity;
  let refusal: ApiFailure | undefined;
  try {
    if (await pauseIfUnshared(quick, conversation.sandbox_id, id, signal)) return 'stopped';
  } catch (error) {
    if (!(error instanceof ApiFailure)) throw error;
    refusal = error;
  }
  try {
    await interruptAgent(agentPoster(http, conversation, STOP, signal));
  } catch (error) {
    throw error instanceof ApiFailure ? (refusal ?? error) : error;
  }
  // An agent that was idle or had ended may be about to start on its message: there was nothing to interrupt.
  const mayBegin = activity === 'inactive' || conversation.execution_status === 'idle';
  return mayBegin ? 'not-begun' : 'stopped';
}

/** Pauses the sandboxes of a conversation by its starts: the server may list the conversation late, or never. */
async function stopUnlisted(http: HttpClient, id: string, signal: AbortSignal): Promise<StopAnswer> {
  const sandboxes = await readSandboxesOfStarts(http, id, signal);
  if (sandboxes.length === 0) return 'not-listed';
  const paused = await Promise.all(
    sandboxes.map(async (sandbox) => pauseIfUnshared(http, sandbox, id, signal)),
  );
  return paused.every(Boolean) ? 'stopped' : 'shared';
}

/** Returns `working`; `inactive` if the agent may be about to start; otherwise why there is nothing to stop. */
function activityOf(
  conversation: AppConversation,
  hasPendingWork: boolean,
): 'working' | 'inactive' | StopAnswer {
  const { state } = snapshotOf(conversation);
  // With an unknown state, the agent may be at work; also in a sandbox in error or missing, because a busy one may look so.
  if (state.kind !== 'ended' && state.kind !== 'paused') return 'working';
  const { sandbox_status: status } = conversation;
  if (hasPendingWork && status === 'PAUSED') return 'paused';
  return hasPendingWork && status === 'RUNNING' ? 'inactive' : 'not-running';
}

/** Pauses a sandbox unless it has other conversations, or is about to get one. Returns whether it was paused. */
async function pauseIfUnshared(
  http: HttpClient,
  sandbox: string,
  id: string,
  signal: AbortSignal,
): Promise<boolean> {
  const [existing, pending] = await Promise.all([
    readConversationsIn(http, sandbox, signal),
    // If pending starts cannot be read, the agent is stopped anyway.
    readPendingIn(http, sandbox, signal).catch((error: unknown) => {
      if (error instanceof ApiFailure) return [];
      throw error;
    }),
  ]);
  if ([...existing, ...pending].some((other) => !isSameId(other, id))) return false;
  const path = `${SANDBOXES}/${sandbox}/pause`;
  await http.send({ goal: 'pause the sandbox', path, shape: Done, signal }, {});
  return true;
}

async function readConversationsIn(
  http: HttpClient,
  sandbox: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  // Rejects the answer of a server that ignores the filter: it would list unrelated conversations.
  const inSandbox = v.nullish(v.literal(sandbox, 'a different sandbox than the one asked for'));
  const { items } = await http.read({
    goal: 'read who shares the sandbox',
    path: `${CONVERSATIONS}/search`,
    query: { sandbox_id__eq: sandbox, include_sub_conversations: 'true', limit: '2' },
    shape: v.looseObject({ items: v.array(v.looseObject({ id: Uuid, sandbox_id: inSandbox })) }),
    signal,
  });
  return items.map(({ id }) => id);
}
