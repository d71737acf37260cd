import * as v from 'valibot';

import type { AgentServer } from './agent.ts';
import { eventsAtAgentServer, wasPausedLast } from './history.ts';

/** The uptime of the process, in seconds. Source: `ServerInfo` in OpenHands/software-agent-sdk. */
const Info = v.looseObject({ uptime: v.pipe(v.number(), v.minValue(0)) });

/**
 * Whether an agent server was restarted, as `isRestarted` says by its uptime in milliseconds, and the agent was paused as a server that is
 * stopped does it: it stores the same event as for a person's pause, and another one for an interrupt. Seen with 1.58.2.
 */
export async function isPausedByRestart(
  server: AgentServer,
  isRestarted: (uptimeMs: number) => boolean,
): Promise<boolean> {
  const { http, contentBy } = server;
  const request = { goal: 'read since when the server runs', path: '/server_info', shape: Info };
  const { uptime } = await http.read({ ...request, ...(contentBy && { contentBy }) });
  return isRestarted(uptime * 1000) && (await wasPausedLast(eventsAtAgentServer(server)));
}
