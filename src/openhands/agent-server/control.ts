import { ApiFailure, type Controller, RESUME, SEND, STOP } from '../../conversation/api.ts';
import type { HttpClient } from '../../http/client.ts';
import { statusOf } from '../../http/failure.ts';
import { interrupt, type PostToAgent, run } from '../v1/agent.ts';
import { eventsAtAgentServer, messagesIn } from '../v1/history.ts';
import { agentState, mustBeRun } from '../v1/states.ts';
import { Done, messageToRun } from '../v1/wire.ts';
import { CONVERSATIONS, conversationsById } from './wire.ts';

/** Returns what changes conversations of an agent server. It has no sandboxes: their handles are ids of conversations. */
export function controllerOf(http: HttpClient): Controller {
  /** Sends requests about a conversation. They are retried while the server is at its limit of runs. */
  const agentOf =
    (id: string, to: string, signal: AbortSignal): PostToAgent =>
    async (path) =>
      http.send({ to, path: `${CONVERSATIONS}/${id}${path}`, answer: Done, signal }, {});
  const isNewest = async (id: string, message: string, signal: AbortSignal): Promise<boolean> => {
    const [newest] = (await messagesIn(eventsAtAgentServer(http, `${CONVERSATIONS}/${id}`, signal))).said;
    return newest?.text?.trim() === message.trim();
  };
  return {
    // The agent starts to work on the message even if it had finished or was paused.
    async send(id, message, signal) {
      const request = { to: SEND, path: `${CONVERSATIONS}/${id}/events`, answer: Done, signal };
      try {
        return await http.orDeferred(async () => {
          try {
            await http.sendOnce(request, messageToRun(message));
          } catch (error) {
            // At its limit of runs the server keeps the message, and refuses only the run.
            if (statusOf(error) !== 429 || !(await isNewest(id, message, signal))) throw error;
            await run(agentOf(id, SEND, signal));
          }
          return { kind: 'delivered' };
        });
      } catch (error) {
        if (error instanceof ApiFailure && statusOf(error) === 404)
          return { kind: 'unavailable', reason: error.problem.because };
        throw error;
      }
    },

    async sandbox(id, signal) {
      const [found] = await conversationsById(http, [id], signal);
      return found == null
        ? { kind: 'unavailable', reason: 'the server does not know the conversation' }
        : { kind: 'running', handle: id };
    },
    resume: async () => Promise.resolve(),
    pause: async () => Promise.resolve(),

    async run(id, signal, hasPendingWork) {
      const [conversation] = await conversationsById(http, [id], signal);
      if (conversation != null && mustBeRun(conversation.execution_status, hasPendingWork))
        await run(agentOf(id, RESUME, signal));
    },

    // With pending work even a stopped agent may be about to begin.
    async stop(id, signal, hasPendingWork = false, timeoutMs) {
      const quick = timeoutMs === undefined ? http : http.once(timeoutMs);
      const [before] = await conversationsById(quick, [id], signal);
      if (before == null) return 'not-listed';
      const { kind } = agentState(before.execution_status).state;
      const isInactive = kind === 'ended' || kind === 'paused';
      if (isInactive && !hasPendingWork) return 'not-running';
      await interrupt(agentOf(id, STOP, signal));
      if (kind === 'paused') return 'paused';
      if (before.execution_status === 'running') return 'stopped';
      const [after] = await conversationsById(quick, [id], signal);
      return after?.execution_status === 'paused' ? 'stopped' : 'not-begun';
    },
  };
}
