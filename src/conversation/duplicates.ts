import { ApiFailure } from './api.ts';
import { isSameId } from './conversation.ts';
import { CONFIRM_MS } from './pace.ts';
import { type Access, askUntilKnown, catchFailure, reportFound, tryThreeTimes } from './session.ts';
import { isAlive, type ListedStart } from './start-progress.ts';

/** Where a start comes from. */
export interface Origin {
  /**
   * `found`: the server knew of it before. `asked`: it has accepted this run's request, as `task` if that is known. `lost`: it
   * is not known whose request led to it, such as because the answer was lost.
   */
  readonly kind: 'found' | 'asked' | 'lost';
  readonly task?: string;
}

/** Who has started a conversation. */
interface Starter {
  /** Whether another run has started it. */
  readonly isReused: boolean;
  /** Whether it has this run's message. It has that of the start whose sandbox it runs in. `undefined` if unknown. */
  readonly hasMessage: boolean | undefined;
}

/** Finds out which run has started a conversation: with a key, several may have asked for it at the same time. */
export async function findStarter(
  id: string,
  origin: Origin,
  asked: { readonly id: string; readonly isShared: boolean },
  access: Access,
): Promise<Starter> {
  if (origin.kind === 'found') return { isReused: true, hasMessage: false };
  if (asked.isShared && isSameId(id, asked.id)) {
    reportFound(id, access);
    return deduplicate(asked.id, origin, access);
  }
  if (asked.isShared) access.emit({ kind: 'note', about: 'ignored-key' });
  return { isReused: false, hasMessage: true };
}

/**
 * Looks for starts of the same id by runs that asked at the same time. The conversation runs in the sandbox of the start that
 * was ready last; all other sandboxes are paused. A failed request ends the search without an error: the conversation exists.
 */
async function deduplicate(id: string, { kind, task }: Origin, access: Access): Promise<Starter> {
  const starts = await catchFailure(waitForSettledStarts(id, task, access));
  if (starts instanceof ApiFailure) return { isReused: false, hasMessage: undefined };
  // Oldest first. All runs must get the same order.
  const alive = starts
    .filter(({ progress }) => isAlive(progress))
    .toSorted((one, other) => one.createdAt - other.createdAt || (one.task < other.task ? -1 : 1));
  const isListed = starts.some((start) => start.task === task);
  // Without a task, the conversation counts as this run's, which has asked for it: otherwise nobody might stop its agent.
  const isReused = isListed && alive[0] !== undefined && alive[0].task !== task;
  if (alive.length < 2) {
    // An agent server lists no starts: it refuses a second one with the same id.
    const isKnown = isListed || (kind === 'asked' && alive.length === 0);
    return { isReused, hasMessage: isKnown ? !isReused : undefined };
  }
  const inUse = await waitForSandbox(id, access);
  if (inUse === undefined) return { isReused, hasMessage: undefined };
  // A pending start may still become the conversation's, unless it is this run's own.
  const certain = alive.filter((start) => start.task === task || start.progress.kind === 'created');
  await pauseOthers(id, inUse, new Set(certain.map(({ sandbox = inUse }) => sandbox)), access);
  // If several starts share the sandbox, the conversation has the message of the first.
  const first = alive.find(({ sandbox }) => sandbox === inUse);
  return { isReused, hasMessage: isListed && first ? first.task === task : undefined };
}

/** Lists the starts, until no other start is pending. */
async function waitForSettledStarts(
  id: string,
  task: string | undefined,
  access: Access,
): Promise<readonly ListedStart[]> {
  let starts: readonly ListedStart[] = [];
  await askUntilKnown(CONFIRM_MS, access, async () => {
    starts = await access.api.listStarts([id], access.signal);
    return !starts.some((start) => start.task !== task && start.progress.kind === 'pending') || undefined;
  });
  return starts;
}

/** Returns the sandbox in which the conversation runs. It takes a moment until the server lists it. */
async function waitForSandbox(id: string, access: Access): Promise<string | undefined> {
  const found = await askUntilKnown(CONFIRM_MS, access, async () => {
    const sandbox = await catchFailure(access.api.readSandbox(id, access.signal));
    return 'reason' in sandbox ? undefined : sandbox;
  });
  return found instanceof ApiFailure ? undefined : found?.handle;
}

/** Pauses the sandboxes in which the conversation does not run. */
async function pauseOthers(
  id: string,
  inUse: string,
  sandboxes: ReadonlySet<string>,
  access: Access,
): Promise<void> {
  const { api, signal, emit } = access;
  for (const sandbox of sandboxes) {
    if (sandbox === inUse) continue;
    const paused = await tryThreeTimes(async () => api.pause(sandbox, id, signal), access);
    if (paused instanceof ApiFailure) emit({ kind: 'note', about: 'duplicate', sandbox });
  }
}
