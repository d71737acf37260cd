import { ApiFailure, type Delivery, RESUME, SEND, STOP, type Stop } from '../../conversation/api.ts';
import type { HttpClient } from '../../http/client.ts';
import { statusOf } from '../../http/failure.ts';
import { interrupt, type PostToAgent, run } from '../v1/agent.ts';
import { eventsAtAgentServer } from '../v1/event-source.ts';
import { newestPersonMessages } from '../v1/history.ts';
import { agentState, mustBeRun } from '../v1/states.ts';
import { Done, textMessage } from '../v1/wire.ts';
import { CONVERSATIONS, conversationsById } from './wire.ts';

/** Sends a message to the agent, which starts to work on it even if it had finished or was paused. */
export async function sendMessage(
  http: HttpClient,
  id: string,
  message: string,
  signal: AbortSignal,
): Promise<Delivery> {
  const path = `${CONVERSATIONS}/${id}/events`;
  const body = { ...textMessage(message), run: true };
  const deliver = async (): Promise<Delivery> => {
    try {
      await http.sendOnce({ to: SEND, path, answer: Done, signal }, body);
    } catch (error) {
      // At its limit of runs the server keeps the message, and refuses only the run.
      if (statusOf(error) !== 429 || !(await isNewest(http, id, message, signal))) throw error;
      await run(agentOf(http, id, SEND, signal));
    }
    return { kind: 'delivered' };
  };
  try {
    return await http.orDeferred(deliver);
  } catch (error) {
    if (error instanceof ApiFailure && statusOf(error) === 404)
      return { kind: 'unavailable', reason: error.problem.because };
    throw error;
  }
}

async function isNewest(
  http: HttpClient,
  id: string,
  message: string,
  signal: AbortSignal,
): Promise<boolean> {
  const [newest] = await newestPersonMessages(eventsAtAgentServer(http, `${CONVERSATIONS}/${id}`), signal);
  return newest?.text?.trim() === message.trim();
}

/** Returns a function that sends requests about a conversation. They are retried while the server is at its limit of runs. */
function agentOf(http: HttpClient, id: string, to: string, signal: AbortSignal): PostToAgent {
  return async (path) => http.send({ to, path: `${CONVERSATIONS}/${id}${path}`, answer: Done, signal }, {});
}

/**
 * Resumes the agent, unless it works or has ended. An error is no end here.
 *
 * @param hasPendingWork whether a message waits for the agent: then a finish is no end either.
 */
export async function runAgent(
  http: HttpClient,
  id: string,
  signal: AbortSignal,
  hasPendingWork: boolean,
): Promise<void> {
  const [conversation] = await conversationsById(http, [id], signal);
  if (conversation != null && mustBeRun(conversation.execution_status, hasPendingWork))
    await run(agentOf(http, id, RESUME, signal));
}

/**
 * Interrupts the agent at once.
 *
 * @param hasPendingWork whether a message may be on its way to the agent: even a stopped one may be about to begin then.
 * @param quick the client for each request but the interrupt.
 */
export async function stopAgent(
  http: HttpClient,
  id: string,
  signal: AbortSignal,
  { hasPendingWork, quick }: { readonly hasPendingWork: boolean; readonly quick: HttpClient },
): Promise<Stop> {
  const [before] = await conversationsById(quick, [id], signal);
  if (before == null) return 'not-listed';
  const { kind } = agentState(before.execution_status).state;
  const isInactive = kind === 'ended' || kind === 'paused';
  if (isInactive && !hasPendingWork) return 'not-running';
  await interrupt(agentOf(http, id, STOP, signal));
  if (kind === 'paused') return 'paused';
  if (before.execution_status === 'running') return 'stopped';
  const [after] = await conversationsById(quick, [id], signal);
  return after?.execution_status === 'paused' ? 'stopped' : 'not-begun';
}
