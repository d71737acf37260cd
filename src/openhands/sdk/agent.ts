import * as v from 'valibot';

import type { Requests } from '../../http/client.ts';
import { isNotServed, statusOf } from '../../http/failure.ts';
import { STOP } from '../../port/api.ts';
import { Done } from './wire.ts';

/** A conversation at its own agent server. Requests use the sandbox's session key, never the API key. */
export interface AgentServer {
  readonly http: Requests;
  /** The path of the conversation on that server. */
  readonly path: string;
  /** Present if the agent can change what the server answers: then no secret is read from it. */
  readonly contentBy?: 'agent';
}

/** Interrupts the agent of a conversation at once. */
export async function postInterrupt(server: AgentServer): Promise<void> {
  try {
    await postTo(server, '/interrupt', STOP);
  } catch (error) {
    if (!isNotServed(error)) throw error;
    // Older agent servers have only this, which waits for the current call of the model.
    await postTo(server, '/pause', STOP);
  }
}

/** Runs the agent of a conversation, unless it runs already. */
export async function runAgent(server: AgentServer, goal: string): Promise<void> {
  try {
    await postTo(server, '/run', goal);
  } catch (error) {
    // 409: the agent runs already.
    if (statusOf(error) !== 409) throw error;
  }
}

export const ANSWER = "read the agent's answer";
const Final = v.looseObject({ response: v.string() });

/**
 * Returns the text of the agent's newest finish or message; `undefined` if there is none.
 * Source: `agent_final_response` in the agent server's description.
 */
export async function readFinalAnswer({ http, path, contentBy }: AgentServer): Promise<string | undefined> {
  const request = { goal: ANSWER, path: `${path}/agent_final_response`, shape: Final };
  const { response } = await http.read({ ...request, ...(contentBy && { contentBy }) });
  return response.trim() === '' ? undefined : response;
}

async function postTo({ http, path, contentBy }: AgentServer, action: string, goal: string): Promise<void> {
  await http.send({ goal, path: path + action, shape: Done, ...(contentBy && { contentBy }) }, {});
}
