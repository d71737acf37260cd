import { findStarter } from './duplicates.ts';
import { type Access, askUntilKnown, reportFound, tryWithTimeLimit } from './session.ts';
import type { FoundStart } from './start-progress.ts';

/** How long to wait for each answer. */
const ASK_MS = 10_000;

/** A start that another process has made. */
export interface UnfinishedStart {
  /** The id that was chosen for the conversation. */
  readonly id: string;
  /** The server's id of the start; absent if the server's answer is not known. */
  readonly task?: string;
  /** Whether other runs may have asked for the same id. */
  readonly isShared: boolean;
  /** When to give up, in the clock's milliseconds. */
  readonly until: number;
}

/** Follows a start of another process until its conversation exists, and reports that as an event. Starts nothing. */
export async function followUnfinished(start: UnfinishedStart, access: Access): Promise<void> {
  const { task } = start;
  const id = await waitForId(start, access);
  if (id === undefined) return;
  const own = { kind: 'asked', ...(task !== undefined && { task }) } as const;
  const { isReused } = await findStarter(id, own, start, access);
  reportFound(id, access, isReused ? 'attached' : 'started');
}

/** Returns the id of the conversation; `undefined` if there is none. */
async function waitForId({ id, task, until }: UnfinishedStart, access: Access): Promise<string | undefined> {
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
  const last = await tryWithTimeLimit(Math.max(until - clock.now(), ASK_MS), access, async (signal) =>
    askUntilKnown(Infinity, { clock, signal }, async () => askAll(signal)),
  );
  return last !== undefined && 'id' in last ? last.id : undefined;
}
