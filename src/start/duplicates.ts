import { ApiFailure } from '../port/api.ts';
import type { Clock } from '../port/clock.ts';
import { isSameId } from '../port/conversation.ts';
import { CONFIRM_MS } from '../port/pace.ts';
import { isAlive, type Start, startsOf } from '../port/place.ts';
import { askUntilKnown, catchFailure, tryThreeTimes } from '../session/ask.ts';
import { type Access, reportFound } from '../session/session.ts';
import type { Created } from './prepare.ts';

/** A start without an answer counts as made for this step if it is the only one, made at most this long after it was asked for. */
const MADE_WITHIN_MS = 2_000;

/** Where a start comes from. */
export type Origin =
  /** The server knew of it before. */
  | { readonly kind: 'found' }
  /** The server has accepted this run's request, as `task` if that is known. */
  | { readonly kind: 'asked'; readonly task?: string }
  /** It is not known whose request led to it: this run's got no answer. `at`: when it was sent, in milliseconds since 1970. */
  | { readonly kind: 'lost'; readonly at: number };

/** What this run has asked for. */
interface AskedStart {
  readonly id: string;
  /** Whether the id comes from a key: then other runs may ask for it, too. */
  readonly isShared: boolean;
  /** The {@link STEP_TAG} of this run's start. */
  readonly stepTag: string | undefined;
}

/** Which run has started a conversation; `unknown` if that cannot be told. */
export type Starter = 'this-run' | 'another-run' | 'unknown';

/** Who has started a conversation, and with which message. */
interface Started {
  readonly starter: Starter;
  /** Whether it has this run's message. It has that of the start whose sandbox it runs in. `undefined` if unknown. */
  readonly hasMessage: boolean | undefined;
}

/**
 * Finds out which run has started a conversation, and whether it has this run's message: with a key, several runs may have asked for it at
 * the same time.
 */
export async function findStarter(
  { id, startedBy }: Pick<Created, 'id' | 'startedBy'>,
  origin: Origin,
  asked: AskedStart,
  access: Access,
): Promise<Started> {
  if (origin.kind === 'found') return { starter: 'another-run', hasMessage: false };
  if (asked.isShared && isSameId(id, asked.id)) {
    reportFound(id, access);
    // The tag tells who has started it, but not whose message it has.
    if (startedBy !== undefined)
      return { starter: starterIf(startedBy === asked.stepTag), hasMessage: undefined };
    return deduplicate(asked.id, origin, access);
  }
  // A server that has chosen another id ignores the key, so no other run shares the conversation.
  if (asked.isShared) access.emit({ kind: 'note', about: 'ignored-key' });
  return { starter: 'this-run', hasMessage: true };
}

function starterIf(isThisRun: boolean): Starter {
  return isThisRun ? 'this-run' : 'another-run';
}

/**
 * Looks for starts of the same id by runs that asked at the same time. The conversation runs in the sandbox of the start that was ready
 * last: pauses all other sandboxes, and returns who has started it. A failed request is no error, because the conversation exists.
 */
async function deduplicate(
  id: string,
  origin: Exclude<Origin, { readonly kind: 'found' }>,
  access: Access,
): Promise<Started> {
  const isLost = origin.kind === 'lost';
  const starts = await catchFailure(waitForOtherStarts(id, isLost ? undefined : origin.task, access));
  if (starts instanceof ApiFailure)
    return { starter: isLost ? 'unknown' : 'this-run', hasMessage: undefined };
  if (!isLost) return compareStarts(id, origin.task, starts, access);
  const task = guessTask(starts, origin.at, access.clock);
  // From now on, post knows the start, too.
  if (task !== undefined) access.emit({ kind: 'preparing', task, id });
  const { starter } = await compareStarts(id, task, starts, access);
  // The task is a guess, so the messages of the conversation must show whose it has.
  return { starter: task === undefined ? 'unknown' : starter, hasMessage: undefined };
}

/**
 * Finds out from the starts of an id which of them has led to the conversation, and pauses the sandboxes of the others. The oldest one that
 * has not failed counts as the conversation's starter.
 *
 * @param task this run's own start; `undefined` if it is not known: then it counts as the starter.
 * @param starts all starts of the id, in any order; empty at a server that lists none.
 */
async function compareStarts(
  id: string,
  task: string | undefined,
  starts: readonly Start[],
  access: Access,
): Promise<Started> {
  // Oldest first. All runs must get the same order.
  const alive = starts
    .filter(({ place }) => isAlive(place))
    .toSorted((one, other) => one.createdAt - other.createdAt || (one.task < other.task ? -1 : 1));
  const [oldest] = alive;
  const isOwnListed = starts.some((start) => start.task === task);
  const isOthers = isOwnListed && oldest !== undefined && oldest.task !== task;
  const starter = starterIf(!isOthers);
  if (alive.length < 2) {
    // Without any start, the conversation has this run's message: an agent server lists none, and refuses a second one with the same id.
    const isMessageKnown = isOwnListed || alive.length === 0;
    return { starter, hasMessage: isMessageKnown ? !isOthers : undefined };
  }
  const inUse = await waitForSandbox(id, lastReadySandbox(alive), access);
  if (inUse === undefined) return { starter, hasMessage: undefined };
  // A pending start may still become the conversation's, unless it is this run's own.
  const certain = alive.filter((start) => start.task === task || start.place.kind === 'created');
  const sandboxes = certain.map(({ sandbox }) => sandbox).filter((sandbox) => sandbox !== undefined);
  await pauseOthers(id, inUse, new Set(sandboxes), access);
  // If several starts share the sandbox, the conversation has the message of the first.
  const first = alive.find(({ sandbox }) => sandbox === inUse);
  return { starter, hasMessage: isOwnListed && first ? first.task === task : undefined };
}

/** Returns the task of a start whose answer was lost; `undefined` if the start may be another run's. */
function guessTask(starts: readonly Start[], at: number, clock: Clock): string | undefined {
  const [only, ...others] = starts;
  if (only === undefined || others.length > 0) return undefined;
  const requestAgeMs = clock.date().getTime() - at;
  // Compares ages rather than times, because the clocks of server and runner may differ.
  const madeAfterMs = requestAgeMs - only.ageMs;
  return madeAfterMs >= 0 && madeAfterMs <= MADE_WITHIN_MS ? only.task : undefined;
}

/** Returns the starts of an id once no other start than `task` is pending, and `task` has a sandbox if there are others; or after a minute. */
async function waitForOtherStarts(
  id: string,
  task: string | undefined,
  access: Access,
): Promise<readonly Start[]> {
  let starts: readonly Start[] = [];
  await askUntilKnown(CONFIRM_MS, access, async () => {
    starts = startsOf(id, await access.api.listStarts('recent', access.signal));
    const isOnlyOwn = starts.every((start) => start.task === task);
    const isKnown = ({ task: each, place, sandbox }: Start): boolean =>
      place.kind !== 'pending' || (each === task && sandbox !== undefined);
    return isOnlyOwn || starts.every(isKnown) ? starts : undefined;
  });
  return starts;
}

/** Returns the sandbox of the start that was ready last; `undefined` if that is not known. */
function lastReadySandbox(starts: readonly Start[]): string | undefined {
  const ready = starts.flatMap(({ place, sandbox }) => {
    const readyMs = place.kind === 'created' ? place.unlisted?.readyMs : undefined;
    return readyMs === undefined ? [] : [{ readyMs, sandbox }];
  });
  const [last, other] = ready.toSorted((one, another) => one.readyMs - another.readyMs);
  return last?.readyMs === other?.readyMs ? undefined : last?.sandbox;
}

/**
 * Returns the sandbox in which the conversation runs. It takes a moment until the server lists the expected one. If none can be read, the
 * expected one counts. `undefined` if none is listed within a minute, or if another one was listed before the reading failed.
 */
async function waitForSandbox(
  id: string,
  expected: string | undefined,
  access: Access,
): Promise<string | undefined> {
  let handle: string | undefined;
  const asking = askUntilKnown(CONFIRM_MS, access, async () => {
    ({ handle } = await access.api.readSandbox(id, access.signal));
    return expected === undefined || handle === expected ? handle : undefined;
  });
  const failure = await catchFailure(asking);
  if (!(failure instanceof ApiFailure)) return handle;
  // A read that contradicts what is expected leaves both in doubt.
  return handle === undefined ? expected : undefined;
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
