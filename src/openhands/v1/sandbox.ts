import { RESUME, type Sandbox } from '../../conversation/api.ts';
import type { HttpClient } from '../../http/client.ts';
import { inWords } from '../wire.ts';
import { agentOf, run } from './agent.ts';
import { mustBeRun } from './states.ts';
import { conversationsById, Done } from './wire.ts';

const SANDBOXES = '/api/v1/sandboxes';

/** Returns the sandbox of a conversation. It counts as running once its agent has a status. */
export async function sandboxOf(http: HttpClient, id: string, signal: AbortSignal): Promise<Sandbox> {
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
}

/** Starts a paused sandbox again. */
export async function resumeSandbox(http: HttpClient, sandbox: string, signal: AbortSignal): Promise<void> {
  await http.send({ to: RESUME, path: `${SANDBOXES}/${sandbox}/resume`, answer: Done, signal }, {});
}

/** Pauses a sandbox with all its conversations. */
export async function pauseSandbox(http: HttpClient, sandbox: string, signal: AbortSignal): Promise<void> {
  const path = `${SANDBOXES}/${sandbox}/pause`;
  await http.send({ to: 'pause the sandbox', path, answer: Done, signal }, {});
}

/**
 * Resumes the agent. If it worked when its sandbox was paused, it is now paused or in error. If it had ended otherwise, it
 * is left alone, unless a message waits for it.
 */
export async function runAgent(
  http: HttpClient,
  id: string,
  signal: AbortSignal,
  hasPendingWork: boolean,
): Promise<void> {
  const [conversation] = await conversationsById(http, [id], signal);
  const execution = conversation?.execution_status;
  if (conversation == null || execution == null || !mustBeRun(execution, hasPendingWork)) return;
  await run(agentOf(http, conversation, RESUME, signal));
}
