import { ApiFailure, START } from '../port/api.ts';
import type { Place } from '../port/place.ts';
import { askWithin, tryWithTimeLimit, withTimeLimit } from '../session/ask.ts';
import type { Access } from '../session/session.ts';
import { findStarter, type Origin, type Starter } from './duplicates.ts';
import { locate } from './locate.ts';
import type { Created } from './prepare.ts';

/** How long to wait for each answer. */
const ASK_MS = 10_000;
/** How long to wait for the conversation of a start that was in progress. V1 allows a sandbox two minutes to start. */
const START_MS = 150_000;
/** After that, how long to look for other starts of the same conversation: two waits of a minute, and retries. */
const DUPLICATES_MS = 210_000;

/** A start that another process of this step has asked for. `started`: its conversation exists. */
export interface UnfinishedStart {
  readonly kind: 'asked' | 'pending' | 'started';
  /** The id that was chosen for the conversation. */
  readonly id: string;
  /** The server's id of the start; absent if the server's answer is not known. */
  readonly task?: string;
  /** Present if other runs may ask for the same id: the tag of this step's start. */
  readonly stepTag?: string;
  /** When the server was asked, in milliseconds since 1970. */
  readonly at?: number;
}

/**
 * Waits until the conversation of a start exists, and finds out who has started it. Returns `undefined` if it was not found.
 */
export async function findUnfinished(
  { kind, id, task, stepTag, at }: UnfinishedStart,
  access: Access,
): Promise<{ readonly id: string; readonly starter: Starter } | undefined> {
  const isStarted = kind === 'started';
  // Without a tag, no other run can have asked for the id.
  if (isStarted && stepTag === undefined) return { id, starter: 'this-run' };
  const { clock } = access;
  const askedAgoMs = at === undefined ? 0 : clock.date().getTime() - at;
  // Another step of the job could have written the time: one in the future must not lengthen the wait.
  const until = clock.now() + START_MS - Math.max(0, askedAgoMs);
  const found = await followUnfinished(id, task, until, access);
  // What main has reported, and a start whose task is known, is this step's, unless an earlier start is found.
  const assumed = isStarted || task !== undefined ? 'this-run' : 'unknown';
  if (found === undefined) return isStarted ? { id, starter: assumed } : undefined;
  // Without a time, no start counts as made for this step.
  const origin: Origin = task === undefined ? { kind: 'lost', at: at ?? 0 } : { kind: 'asked', task };
  const asked = { id, isShared: stepTag !== undefined, stepTag };
  const started = await tryWithTimeLimit(isStarted ? ASK_MS : DUPLICATES_MS, access, async (signal) =>
    findStarter(found, origin, asked, { ...access, signal }),
  );
  return { id: found.id, starter: started?.starter ?? assumed };
}

/**
 * Follows a start of another process until its conversation exists. Returns that; `undefined` if there is none.
 *
 * @param id the id that was chosen for the conversation.
 * @param task the server's id of the start; `undefined` if the server's answer is not known.
 * @param until when to give up, in the clock's milliseconds. It asks at least once.
 */
async function followUnfinished(
  id: string,
  task: string | undefined,
  until: number,
  access: Access,
): Promise<Pick<Created, 'id' | 'startedBy'> | undefined> {
  const { api, clock } = access;
  const asks: ((signal: AbortSignal) => Promise<Place>)[] = [];
  if (task !== undefined) asks.push(async (signal) => api.readStart(task, signal));
  asks.push(async (signal) => locate({ id }, { api, signal }));
  const last = await askWithin(Math.max(until - clock.now(), ASK_MS), access, async (signal) => {
    const answers: (Place | ApiFailure)[] = [];
    for (const ask of asks) {
      const found = await withTimeLimit({ ms: ASK_MS, failedTo: START }, { clock, signal }, ask);
      // A conversation without its message counts, too: it may still arrive.
      if (!(found instanceof ApiFailure) && 'id' in found) return found;
      answers.push(found);
    }
    // The first answer decides if it is worth asking again: the one about the task, if there is a task.
    const [first] = answers;
    const isKnown = first !== undefined && !(first instanceof ApiFailure);
    if (isKnown && (first.kind === 'unreported' || first.kind === 'failed')) return first;
    const locating = answers.at(-1);
    if (locating instanceof ApiFailure) throw locating;
    return undefined;
  });
  return last !== undefined && 'id' in last ? last : undefined;
}
