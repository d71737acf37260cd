import type { Found, StartProgress } from './api.ts';
import { isSameId } from './conversation.ts';
import { deduplicate } from './duplicates.ts';
import type { Role } from './events.ts';
import { type Access, answerWithin, sleepUntil } from './session.ts';

const LOOK_MS = 2_000;
/** How long to wait for one answer of a slow server before the next question. */
const ASK_MS = 10_000;

/** A start that another process has made. */
export interface UnfinishedStart {
  /** The id chosen for the conversation. The server may list the conversation before the start reports it. */
  readonly id: string;
  /** The server's id of the start; absent if the server's answer is not known. */
  readonly task?: string;
  /** Whether other runs may have asked for the same id. */
  readonly isShared: boolean;
  /** When to give up, in the clock's milliseconds. */
  readonly until: number;
}

/** Follows a start that another process has made, until its conversation exists: that is an event. This process starts nothing. */
export async function followUnfinished(start: UnfinishedStart, access: Access): Promise<void> {
  const { task, isShared } = start;
  const { api, emit } = access;
  const id = await createdBy(start, access);
  if (id === undefined) return;
  const conversation = api.conversation(id);
  let role: Role = 'started';
  if (isShared && isSameId(id, start.id)) {
    emit({ kind: 'linked', conversation });
    const own = { kind: 'asked', ...(task !== undefined && { task }) } as const;
    if ((await deduplicate(start.id, own, access)).isReused) role = 'attached';
  }
  emit({ kind: 'found', conversation, role });
}

/** Returns the id of the conversation; `undefined` if there is none. */
async function createdBy({ id, task, until }: UnfinishedStart, access: Access): Promise<string | undefined> {
  const { api, clock } = access;
  for (;;) {
    const progress =
      task === undefined
        ? undefined
        : await answerWithin(ASK_MS, access, async (soon) => api.startProgress(task, soon));
    if (isCreated(progress)) return progress.id;
    const found = await answerWithin(ASK_MS, access, async (soon) => api.find({ id }, soon));
    if (isCreated(found)) return found.id;
    // Without a task there is no progress to ask for: the look alone decides.
    const isDecided = task === undefined && ['unreported', 'failed'].includes(found?.kind ?? '');
    const at = clock.now() + LOOK_MS;
    if (progress?.kind === 'failed' || isDecided || at > until) return undefined;
    await sleepUntil(at, access);
  }
}

/** A conversation without its message may still get it. */
function isCreated(
  found: Found | undefined,
): found is StartProgress & { readonly kind: 'created' | 'no-message' } {
  return found?.kind === 'created' || found?.kind === 'no-message';
}
