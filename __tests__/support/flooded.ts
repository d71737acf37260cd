import { readFileSync } from 'node:fs';

import { systemLookup } from '../../src/http/address.ts';
import { createHttpClient } from '../../src/http/client.ts';
import { openWebSocket } from '../../src/http/web-socket.ts';
import { openHandsApi } from '../../src/openhands/client.ts';
import { readUpdates } from '../../src/openhands/sdk/updates.ts';
import { systemClock } from '../../src/port/clock.ts';

/**
 * A process of its own that follows a conversation until the socket is given up, or has brought ten updates. Then it writes
 * how many it has brought, and how much memory the process has taken at most, in MiB.
 *
 *     node flooded.ts URL
 */
const client = createHttpClient({
  baseUrl: process.argv[2] ?? '',
  api: openHandsApi(() => undefined),
  credentials: {},
  fetch,
  lookup: systemLookup,
  openSocket: openWebSocket,
  clock: systemClock,
  random: Math.random,
  deadlineAt: Number.POSITIVE_INFINITY,
  timeoutMs: 5_000,
  onRetry: () => undefined,
});
let updates = 0;
for await (const update of readUpdates('1', client.during(new AbortController().signal)))
  if (update.kind === 'events' && (updates += 1) === 10) break;
console.log(JSON.stringify({ updates, mib: mostKib() / 1024 }));

/** On Linux a process inherits `maxRSS` from its parent. */
function mostKib(): number {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS;
  return Number(/^VmHWM:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
}
