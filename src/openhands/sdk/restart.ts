import * as v from 'valibot';

import { isNotServed } from '../../http/failure.ts';
import type { AgentServer } from './agent.ts';
import { eventsAtAgentServer, wasPausedLast } from './history.ts';

/** The uptime of the process, in seconds; Infinity if it is not told. Source: `ServerInfo` in OpenHands/software-agent-sdk. */
const Info = v.looseObject({ uptime: v.fallback(v.pipe(v.number(), v.minValue(0)), Infinity) });

/** The timeout of each request: a server that was just restarted is asked again at the next look. */
const TIMEOUT_MS = 10_000;

/**
 * Whether an agent server was restarted, as `isRestarted` says by its uptime in milliseconds, and the agent was paused as a server that is
 * stopped does it: it stores the same event as for a person's pause, and another one for an interrupt. Seen with 1.58.2. Does not retry.
 */
export async function isPausedByRestart(
  server: AgentServer,
  isRestarted: (uptimeMs: number) => boolean,
): Promise<boolean> {
  const once = { ...server, http: server.http.withoutRetries(TIMEOUT_MS) };
  const uptime = await readUptime(once);
  return isRestarted(uptime * 1000) && (await wasPausedLast(eventsAtAgentServer(once)));
}

async function readUptime({ http, contentBy }: AgentServer): Promise<number> {
  const request = { goal: 'read since when the server runs', path: '/server_info', shape: Info };
  try {
    return (await http.read({ ...request, ...(contentBy && { contentBy }) })).uptime;
  } catch (error) {
    if (isNotServed(error)) return Infinity;
    throw error;
  }
}
