import * as v from 'valibot';

import type { HttpClient, Requests } from '../../http/client.ts';
import { statusOf } from '../../http/failure.ts';
import {
  ApiFailure,
  type ConversationController,
  type PendingWork,
  RESUME,
  type Sandbox,
  SEND,
  STOP,
  type StopAnswer,
} from '../../port/api.ts';
import { isSameId, type State } from '../../port/conversation.ts';
import { reasonLine } from '../../text/safe.ts';
import { postInterrupt, runAgent } from '../sdk/agent.ts';
import { eventsAtAgentServer, hasAnswered } from '../sdk/history.ts';
import { activityOf, isInactive, mayStartOn, mustBeRun } from '../sdk/states.ts';
import { Done, messageToRun, Uuid } from '../sdk/wire.ts';
import { inWords } from '../wire.ts';
import type { Events } from './live.ts';
import { requireAgentServer } from './sandbox-server.ts';
import { hasOtherStart, readSandboxesOfStarts } from './start.ts';
import { type AppConversation, CONVERSATIONS, conversationsById, SANDBOXES, snapshotOf } from './wire.ts';

const Sent = v.looseObject({ success: v.boolean(), message: v.nullish(v.string()) });

export function controllerOf(client: HttpClient, events: Events): ConversationController {
  return {
    // The agent starts on the message even if it has finished or was paused. If its sandbox is paused, the server refuses the message.
    async send(id, message, signal) {
      const http = client.during(signal);
      const request = { goal: SEND, path: `${CONVERSATIONS}/${id}/send-message`, shape: Sent };
      try {
        return await http.runOnce(async () => {
          const { value } = await http.sendOnce(request, messageToRun(message));
          if (value.success) return { kind: 'delivered' };
          return { kind: 'refused', reason: reasonLine(value.message ?? 'the server gives no reason') };
        });
      } catch (error) {
        const status = statusOf(error);
        if (status === 409) return { kind: 'sandbox-paused' };
        const isGone = error instanceof ApiFailure && (status === 404 || status === 410);
        if (isGone)
          return { kind: status === 410 ? 'archived' : 'unavailable', reason: error.problem.because };
        throw error;
      }
    },

    async readSandbox(id, signal) {
      const [conversation] = await conversationsById(client.during(signal), [id]);
      events.rememberServer(id, conversation ?? null);
      return sandboxOf(conversation ?? null);
    },

    async resume(handle, signal) {
      const path = `${SANDBOXES}/${handle}/resume`;
      await client.during(signal).send({ goal: RESUME, path, shape: Done }, {});
    },

    async pause(handle, id, signal) {
      await pauseIfUnshared(client.during(signal), handle, id);
    },

    // An agent that was working when its sandbox was paused is now paused or in error.
    async run(id, signal, hasPendingWork) {
      const http = client.during(signal);
      const [conversation] = await conversationsById(http, [id]);
      const execution = conversation?.execution_status;
      if (conversation == null || execution == null || !mustBeRun(execution, hasPendingWork)) return;
      await runAgent(requireAgentServer(http, conversation, RESUME), RESUME);
    },

    async stop(id, signal, { pendingWork, timeoutMs, spares } = {}) {
      const http = client.during(signal);
      const quick = timeoutMs === undefined ? http : http.withoutRetries(timeoutMs);
      const [conversation] = await conversationsById(quick, [id]);
      if (conversation == null) return stopUnlisted(quick, id);
      const { state } = snapshotOf(conversation);
      // An agent in a sandbox in error or missing may be at work, too: a busy one may look so.
      const nothingToStop = isInactive(state)
        ? whyNothingToStop(conversation, state, pendingWork)
        : undefined;
      if (nothingToStop !== undefined) return nothingToStop;
      if (spares === 'sandbox' && (await interruptIfAtWork(conversation, quick))) return 'stopped';
      if (await pauseOrInterrupt(conversation, quick, http)) return 'stopped';
      // An agent that is inactive or idle may be about to start on its message: then there was nothing to interrupt.
      const mayBegin = isInactive(state) || activityOf(conversation.execution_status) === 'idle';
      if (!mayBegin) return 'stopped';
      if (state.kind === 'paused') return 'paused';
      if (state.kind !== 'ended') return 'not-begun';
      if (pendingWork !== 'delivered') return 'ended';
      return (await hasAnsweredAt(conversation, quick)) ? 'not-running' : 'not-begun';
    },
  };
}

function sandboxOf(conversation: AppConversation | null): Sandbox {
  if (conversation === null)
    return { kind: 'unavailable', reason: 'the server does not list the conversation' };
  const { sandbox_id: handle, sandbox_status: status, execution_status: execution } = conversation;
  switch (status) {
    case 'PAUSED':
      return { kind: 'paused', handle };
    case 'RUNNING':
      // Without a status, its agent server does not respond yet.
      return { kind: execution == null ? 'starting' : 'running', handle };
    case null:
    case undefined:
    case 'MISSING':
    case 'ERROR':
      return { kind: 'unavailable', reason: `its sandbox is ${inWords(status ?? 'MISSING')}`, handle };
    default:
      return { kind: 'starting', handle };
  }
}

/** Interrupts the agent if it is at work. Returns whether it did; the agent server may be out of reach. */
async function interruptIfAtWork(conversation: AppConversation, http: Requests): Promise<boolean> {
  if (activityOf(conversation.execution_status) !== 'working') return false;
  try {
    await postInterrupt(requireAgentServer(http, conversation, STOP));
    return true;
  } catch (error) {
    if (error instanceof ApiFailure) return false;
    throw error;
  }
}

/**
 * Pauses a sandbox. If other conversations share it, or it cannot be paused, only interrupts the agent. Returns whether it was paused.
 *
 * @param quick requests with the time limit of the stop.
 * @param http requests without it: the interrupt is the last resort.
 */
async function pauseOrInterrupt(
  conversation: AppConversation,
  quick: Requests,
  http: Requests,
): Promise<boolean> {
  let refusal: ApiFailure | undefined;
  try {
    if (await pauseIfUnshared(quick, conversation.sandbox_id, conversation.id)) return true;
  } catch (error) {
    if (!(error instanceof ApiFailure)) throw error;
    refusal = error;
  }
  try {
    await postInterrupt(requireAgentServer(http, conversation, STOP));
    return false;
  } catch (error) {
    // Why the sandbox cannot be paused says more than why its agent cannot be interrupted.
    throw error instanceof ApiFailure ? (refusal ?? error) : error;
  }
}

/** Whether the agent has answered its newest message, as its own server tells: that one has all events. */
async function hasAnsweredAt(conversation: AppConversation, http: Requests): Promise<boolean> {
  return hasAnswered(eventsAtAgentServer(requireAgentServer(http, conversation, STOP)));
}

/** Pauses the sandboxes of a conversation by its starts: the server may list the conversation late, or never. */
async function stopUnlisted(http: Requests, id: string): Promise<StopAnswer> {
  const sandboxes = await readSandboxesOfStarts(http, id);
  if (sandboxes.length === 0) return 'not-listed';
  const paused = await Promise.all(sandboxes.map(async (sandbox) => pauseIfUnshared(http, sandbox, id)));
  return paused.every(Boolean) ? 'stopped' : 'shared';
}

/** Returns why an inactive agent needs no stop; `undefined` if it may be about to start. */
function whyNothingToStop(
  { sandbox_status: sandbox }: AppConversation,
  state: State,
  pendingWork: PendingWork | undefined,
): StopAnswer | undefined {
  if (!mayStartOn(pendingWork, state)) return 'not-running';
  if (sandbox === 'PAUSED') return 'paused';
  return sandbox === 'RUNNING' ? undefined : 'not-running';
}

/** Pauses a sandbox unless it has other conversations, or is about to get one. Returns whether it was paused. */
async function pauseIfUnshared(http: Requests, sandbox: string, id: string): Promise<boolean> {
  const [existing, isAboutToBeShared] = await Promise.all([
    readConversationsIn(http, sandbox),
    // If the starts cannot be read, the agent is stopped anyway.
    hasOtherStart(http, sandbox, id).catch((error: unknown) => {
      if (error instanceof ApiFailure) return false;
      throw error;
    }),
  ]);
  if (isAboutToBeShared || existing.some((other) => !isSameId(other, id))) return false;
  const path = `${SANDBOXES}/${sandbox}/pause`;
  await http.send({ goal: 'pause the sandbox', path, shape: Done }, {});
  return true;
}

/** Returns the ids of up to two conversations in a sandbox: enough to see whether it has another one than the agent's own. */
async function readConversationsIn(http: Requests, sandbox: string): Promise<readonly string[]> {
  // Rejects the answer of a server that ignores the filter: it would list unrelated conversations.
  const inSandbox = v.nullish(v.literal(sandbox, 'a different sandbox than the one asked for'));
  const { items } = await http.read({
    goal: 'read who shares the sandbox',
    path: `${CONVERSATIONS}/search`,
    query: { sandbox_id__eq: sandbox, include_sub_conversations: 'true', limit: '2' },
    shape: v.looseObject({ items: v.array(v.looseObject({ id: Uuid, sandbox_id: inSandbox })) }),
  });
  return items.map(({ id }) => id);
}
