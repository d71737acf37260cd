import { locate } from './locate.ts';
import type { Place } from './place.ts';
import type { Created } from './prepare.ts';
import { type Access, askWithin, tryWithTimeLimit } from './session.ts';

/** How long to wait for each answer. */
export const ASK_MS = 10_000;

/**
 * Follows a start of another process until its conversation exists. Returns that; `undefined` if there is none.
 *
 * @param id the id that was chosen for the conversation.
 * @param task the server's id of the start; `undefined` if the server's answer is not known.
 * @param until when to give up, in the clock's milliseconds. It asks at least once.
 */
export async function followUnfinished(
  id: string,
  task: string | undefined,
  until: number,
  access: Access,
): Promise<Pick<Created, 'id' | 'startedBy'> | undefined> {
  const { api, clock } = access;
  const asks: ((signal: AbortSignal) => Promise<Place>)[] = [
    async (signal) => locate({ id }, { api, signal }),
  ];
  if (task !== undefined) asks.unshift(async (signal) => api.readStart(task, signal));
  const last = await askWithin(Math.max(until - clock.now(), ASK_MS), access, async (signal) => {
    const answers: (Place | undefined)[] = [];
    for (const ask of asks) {
      const found = await tryWithTimeLimit(ASK_MS, { clock, signal }, ask);
      // A conversation without its message counts, too: it may still arrive.
      if (found && 'id' in found) return found;
      answers.push(found);
    }
    // The first answer decides: that about the task, if there is one.
    const [first] = answers;
    return first?.kind === 'unreported' || first?.kind === 'failed' ? first : undefined;
  });
  return last !== undefined && 'id' in last ? last : undefined;
}
