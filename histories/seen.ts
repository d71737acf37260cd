import { existsSync, readFileSync } from 'node:fs';

import { memoryFetch } from '../simulator/memory-fetch.ts';
import { isAtWork, isReachable } from '../simulator/server/at-work.ts';
import type { Simulator } from '../simulator/server/server.ts';
import { KEY } from '../testbed/world.ts';
import type { Running, Stage } from './stage.ts';
import type { SeenAgent } from './told.ts';

/** Returns the conversations as they are now. */
export function seenIn({ conversations, agents }: Simulator): readonly SeenAgent[] {
  return conversations.map((each, index) => ({
    id: each.id,
    isAtWork: isAtWork(each),
    isReachable: isReachable(each),
    cost: agents[index]?.cost ?? 0,
  }));
}

/** Returns the patch as the server has it at the end of a step that asked for it; `undefined` if the server cannot be asked. */
export async function patchOn(
  { simulator, time }: Stage,
  { requests }: Running,
): Promise<string | undefined> {
  const asked = requests.findLast(
    ({ target }) => target.includes('/api/file/archive') && !target.includes('exclude=*'),
  );
  if (asked === undefined) return undefined;
  const sandbox = /^\/agent-server\/([^/]+)\//.exec(asked.target)?.[1];
  const key = simulator.conversations.find(({ sandboxId }) => sandboxId === sandbox)?.sessionKey ?? KEY;
  const answer = await time.busy(async () =>
    // A server that is down tells nothing.
    memoryFetch(simulator.url + asked.target, { headers: { 'x-session-api-key': key } }).catch(
      () => undefined,
    ),
  );
  return answer?.ok ? time.busy(async () => answer.text()) : undefined;
}

const FILES = ['outcome-file', 'response-file', 'patch-file', 'trajectory-file'];

/** Returns the contents of the files that outputs name. */
export function filesOf(outputs: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const named = FILES.flatMap((name) => {
    const path = outputs[name] ?? '';
    return path !== '' && existsSync(path) ? [[name, readFileSync(path, 'utf8')] as const] : [];
  });
  return Object.fromEntries(named);
}
