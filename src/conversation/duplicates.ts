import { ApiFailure, isAlive, type ListedStart, type Sandbox } from './api.ts';
import { DOUBT_MS } from './pace.ts';
import { type Answer, answerTo, type Question } from './turn.ts';

const LOOK_MS = 2_000;
const MAX_TRIES = 3;

/**
 * The search for duplicate starts of one id. The start that becomes ready last has the conversation, and the agents in the
 * sandboxes of all others work for nothing. Times are the clock's milliseconds.
 */
export interface Duplicates {
  /** The server's id of this run's start, if this run knows it. */
  readonly task?: string;
  /** Whether this run got the server's answer to its start. */
  readonly isAnswered: boolean;
  readonly stage: DuplicatesStage;
}

/** The stage of the search, which determines the next question. */
type DuplicatesStage = Listing | Locating | Pausing;

/** Lists the starts, until no other start is pending. */
interface Listing {
  readonly kind: 'listing';
  readonly since: number;
  readonly at: number;
}

/** Looks for the sandbox in which the conversation runs: for a moment, the server does not list it. */
interface Locating {
  readonly kind: 'locating';
  readonly isReused: boolean;
  readonly isListed: boolean;
  readonly since: number;
  readonly at: number;
  readonly alive: readonly ListedStart[];
}

/** Pauses the sandboxes of duplicates, one after another. */
interface Pausing extends DuplicatesResult {
  readonly kind: 'pausing';
  readonly at: number;
  readonly tries: number;
  readonly sandbox: string;
  readonly rest: readonly string[];
}

/** The result of the search for duplicates. */
export interface DuplicatesResult {
  /** Whether another run has started the conversation. */
  readonly isReused: boolean;
  /**
   * Whether the conversation has this run's message: it has the message of the start in whose sandbox it runs. `undefined` if
   * unknown.
   */
  readonly hasMessage: boolean | undefined;
  /** The sandboxes of duplicates that could not be paused. */
  readonly notPaused: readonly string[];
}

/**
 * Begins to search for duplicate starts of one id.
 *
 * @param start whether this run got the answer to its start, and the task in it. Without a task, the conversation counts as this
 *   run's, which has asked for it: otherwise nobody might stop its agent.
 */
export function duplicatesFrom(
  now: number,
  { kind, task }: { readonly kind: 'asked' | 'lost'; readonly task?: string },
): Duplicates {
  const isAnswered = kind === 'asked';
  return { ...(task !== undefined && { task }), isAnswered, stage: { kind: 'listing', since: now, at: now } };
}

/** Returns the next question to the API. */
export function duplicatesQuestion({ stage }: Duplicates): Question {
  switch (stage.kind) {
    case 'listing':
      return { ask: 'starts' };
    case 'locating':
      return { ask: 'sandbox' };
    case 'pausing':
      return { ask: 'pause', sandbox: stage.sandbox };
  }
}

/**
 * Advances the search by one turn, or returns its result. A failed request ends the search without an error: the
 * conversation exists.
 */
export function advanceDuplicates(
  duplicates: Duplicates,
  answer: Answer,
  now: number,
): Duplicates | DuplicatesResult {
  const { stage } = duplicates;
  switch (stage.kind) {
    case 'listing':
      return afterListing(duplicates, stage, answerTo('starts', answer), now);
    case 'locating':
      return afterLocating(duplicates, stage, answerTo('sandbox', answer), now);
    case 'pausing':
      return afterPausing(duplicates, stage, answerTo('pause', answer) === 'done', now);
  }
}

function afterListing(
  duplicates: Duplicates,
  stage: Listing,
  starts: readonly ListedStart[] | ApiFailure,
  now: number,
): Duplicates | DuplicatesResult {
  const { task, isAnswered } = duplicates;
  if (starts instanceof ApiFailure) return { isReused: false, hasMessage: undefined, notPaused: [] };
  const isPending = starts.some((start) => start.task !== task && start.progress.kind === 'pending');
  if (isPending && now - stage.since <= DOUBT_MS)
    return { ...duplicates, stage: { ...stage, at: now + LOOK_MS } };
  const alive = starts.filter(({ progress }) => isAlive(progress)).toSorted(byAge);
  const [first] = alive;
  const isListed = starts.some((start) => start.task === task);
  const isReused = isListed && first !== undefined && first.task !== task;
  // An agent server lists no starts, because it refuses a second start with the same id.
  const isKnown = isListed || (isAnswered && alive.length === 0);
  return alive.length < 2
    ? { isReused, hasMessage: isKnown ? !isReused : undefined, notPaused: [] }
    : { ...duplicates, stage: { kind: 'locating', isReused, isListed, alive, since: now, at: now } };
}

function afterLocating(
  duplicates: Duplicates,
  stage: Locating,
  sandbox: Sandbox | ApiFailure,
  now: number,
): Duplicates | DuplicatesResult {
  const { isReused, isListed, alive, since } = stage;
  const { task } = duplicates;
  const sorted = { isReused, hasMessage: undefined, notPaused: [] };
  if (sandbox instanceof ApiFailure) return sorted;
  if (sandbox.kind !== 'unavailable') {
    const { handle } = sandbox;
    const hasMessage = isListed ? hasMessageAt(alive, handle, task, isReused) : undefined;
    const found = { ...sorted, hasMessage };
    return pausing(duplicates, found, unneeded(alive, handle, task), now);
  }
  const at = now + LOOK_MS;
  return at - since < DOUBT_MS ? { ...duplicates, stage: { ...stage, at } } : sorted;
}

function afterPausing(
  duplicates: Duplicates,
  stage: Pausing,
  isPaused: boolean,
  now: number,
): Duplicates | DuplicatesResult {
  const { isReused, hasMessage, notPaused, sandbox, rest, tries } = stage;
  if (!isPaused && tries < MAX_TRIES)
    return { ...duplicates, stage: { ...stage, tries: tries + 1, at: now + LOOK_MS } };
  return pausing(
    duplicates,
    { isReused, hasMessage, notPaused: isPaused ? notPaused : [...notPaused, sandbox] },
    rest,
    now,
  );
}

function pausing(
  duplicates: Duplicates,
  sorted: DuplicatesResult,
  [sandbox, ...rest]: readonly string[],
  now: number,
): Duplicates | DuplicatesResult {
  if (sandbox === undefined) return sorted;
  return { ...duplicates, stage: { ...sorted, kind: 'pausing', sandbox, rest, at: now, tries: 1 } };
}

/** Orders starts by age, oldest first. All runs must get the same order. */
function byAge(one: ListedStart, other: ListedStart): number {
  return one.createdAt - other.createdAt || (one.task < other.task ? -1 : 1);
}

/**
 * Returns whether the conversation has this run's message, by the sandbox in which it runs; `undefined` if no start made
 * that sandbox.
 */
function hasMessageAt(
  starts: readonly ListedStart[],
  inUse: string,
  task: string | undefined,
  isReused: boolean,
): boolean | undefined {
  const [only, ...others] = starts.filter(({ sandbox }) => sandbox === inUse);
  // If several starts share the sandbox, the conversation has the message of the first.
  if (others.length > 0) return !isReused;
  return only && only.task === task;
}

/** Returns the sandboxes of the duplicates: those in which the conversation does not run. */
function unneeded(
  starts: readonly ListedStart[],
  inUse: string,
  task: string | undefined,
): readonly string[] {
  const others = starts.filter(({ sandbox }) => sandbox !== undefined && sandbox !== inUse);
  // A pending start may still become the conversation's, unless it is this run's own.
  const certain = others.filter((start) => start.task === task || start.progress.kind === 'created');
  return [...new Set(certain.flatMap(({ sandbox }) => sandbox ?? []))];
}
