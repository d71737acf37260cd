import { type Access, askWithin, tryWithTimeLimit } from './session.ts';
import type { FoundStart } from './start-progress.ts';

/** How long to wait for each answer. */
const ASK_MS = 10_000;

/** A start that another process has made. */
export interface UnfinishedStart {
  /** The id that was chosen for the conversation. */
  readonly id: string;
  /** The server's id of the start; absent if the server's answer is not known. */
  readonly task?: string;
  /** When to give up, in the clock's milliseconds. */
  readonly until: number;
}

/** Follows a start of another process until its conversation exists. Returns the id; `undefined` if there is none. */
export async function followUnfinished(
  { id, task, until }: UnfinishedStart,
  access: Access,
): Promise<string | undefined> {
  const { api, clock } = access;
  const asks: ((signal: AbortSignal) => Promise<FoundStart>)[] = [
    async (signal) => api.findStart({ id }, signal),
  ];
  if (task !== undefined) asks.unshift(async (signal) => api.readStartProgress(task, signal));
  const askAll = async (signal: AbortSignal): Promise<FoundStart | undefined> => {
    const answers: (FoundStart | undefined)[] = [];
    for (const ask of asks) {
      const found = await tryWithTimeLimit(ASK_MS, { clock, signal }, ask);
      // Without its message, it may still get it.
      if (found?.kind === 'created' || found?.kind === 'no-message') return found;
      answers.push(found);
    }
    // The first answer decides: the progress of the start, if there is a task to ask for.
    const [first] = answers;
    return first?.kind === 'unreported' || first?.kind === 'failed' ? first : undefined;
  };
  const limitMs = Math.max(until - clock.now(), ASK_MS);
  const last = await askWithin(limitMs, access, askAll);
  return last !== undefined && 'id' in last ? last.id : undefined;
}
