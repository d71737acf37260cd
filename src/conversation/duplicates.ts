import { ApiFailure, isAlive, type ListedStart, type Sandbox } from './api.ts';
import { DOUBT_MS } from './pace.ts';
import { answerTo, type Question, type Seen } from './turn.ts';

const LOOK_MS = 2_000;
const MOST_TRIES = 3;

/**
 * The starts of one id, of which all but one are duplicates: the last that becomes ready has the conversation, and the agents
 * in the other sandboxes work for nothing. Times are the clock's milliseconds.
 */
export interface Duplicates {
  /** The start of this run, if the server has named it to this run. */
  readonly task?: string;
  /** Whether the server has answered this run's start at all. */
  readonly isAnswered: boolean;
  readonly stage: DuplicatesStage;
}

/** What is asked next, and for what. */
type DuplicatesStage = Listing | Locating | Pausing;

/** The starts, until no other is under way. */
interface Listing {
  readonly kind: 'listing';
  readonly since: number;
  readonly at: number;
}

/** The sandbox that the conversation lives in: for a moment the server does not list it. */
interface Locating {
  readonly kind: 'locating';
  readonly isReused: boolean;
  readonly isListed: boolean;
  readonly since: number;
  readonly at: number;
  readonly alive: readonly ListedStart[];
}

interface Pausing extends Sorted {
  readonly kind: 'pausing';
  readonly at: number;
  readonly tries: number;
  readonly sandbox: string;
  readonly rest: readonly string[];
}

/** What came of the duplicates. */
export interface Sorted {
  /** Whether another run has started the conversation. */
  readonly isReused: boolean;
  /**
   * Whether the conversation has the message of this run: it has that of the start in whose sandbox it lives. `undefined` if
   * nobody knows.
   */
  readonly hasMessage: boolean | undefined;
  /** The sandboxes that nobody needs and that could not be paused. */
  readonly left: readonly string[];
}

/**
 * Begins to sort out the starts of one id.
 *
 * @param start of this run, and its task. If that is not known for sure the conversation counts as this run's, which has asked for
 *   it: else nobody might stop its agent.
 */
export function duplicatesFrom(
  now: number,
  { kind, task }: { readonly kind: 'asked' | 'lost'; readonly task?: string },
): Duplicates {
  const isAnswered = kind === 'asked';
  return { ...(task !== undefined && { task }), isAnswered, stage: { kind: 'listing', since: now, at: now } };
}

/** What is asked next. */
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

/** One turn further, or what came of them. A server that does not tell is no reason to fail: there is a conversation. */
export function advanceDuplicates(duplicates: Duplicates, seen: Seen, now: number): Duplicates | Sorted {
  const { stage } = duplicates;
  switch (stage.kind) {
    case 'listing':
      return afterListing(duplicates, stage, answerTo('starts', seen), now);
    case 'locating':
      return afterLocating(duplicates, stage, answerTo('sandbox', seen), now);
    case 'pausing':
      return afterPausing(duplicates, stage, answerTo('pause', seen) === 'done', now);
  }
}

function afterListing(
  duplicates: Duplicates,
  stage: Listing,
  starts: readonly ListedStart[] | ApiFailure,
  now: number,
): Duplicates | Sorted {
  const { task, isAnswered } = duplicates;
  if (starts instanceof ApiFailure) return { isReused: false, hasMessage: undefined, left: [] };
  const isPending = starts.some((start) => start.task !== task && start.progress.kind === 'pending');
  if (isPending && now - stage.since <= DOUBT_MS)
    return { ...duplicates, stage: { ...stage, at: now + LOOK_MS } };
  const alive = starts.filter(({ progress }) => isAlive(progress)).toSorted(byAge);
  const [first] = alive;
  const isListed = starts.some((start) => start.task === task);
  const isReused = isListed && first !== undefined && first.task !== task;
  // An agent server lists no starts: it refuses the second.
  const isKnown = isListed || (isAnswered && alive.length === 0);
  return alive.length < 2
    ? { isReused, hasMessage: isKnown ? !isReused : undefined, left: [] }
    : { ...duplicates, stage: { kind: 'locating', isReused, isListed, alive, since: now, at: now } };
}

function afterLocating(
  duplicates: Duplicates,
  stage: Locating,
  home: Sandbox | ApiFailure,
  now: number,
): Duplicates | Sorted {
  const { isReused, isListed, alive, since } = stage;
  const { task } = duplicates;
  const sorted = { isReused, hasMessage: undefined, left: [] };
  if (home instanceof ApiFailure) return sorted;
  if (home.kind !== 'unavailable') {
    const { handle } = home;
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
): Duplicates | Sorted {
  const { isReused, hasMessage, left, sandbox, rest, tries } = stage;
  if (!isPaused && tries < MOST_TRIES)
    return { ...duplicates, stage: { ...stage, tries: tries + 1, at: now + LOOK_MS } };
  return pausing(duplicates, { isReused, hasMessage, left: isPaused ? left : [...left, sandbox] }, rest, now);
}

function pausing(
  duplicates: Duplicates,
  sorted: Sorted,
  [sandbox, ...rest]: readonly string[],
  now: number,
): Duplicates | Sorted {
  if (sandbox === undefined) return sorted;
  return { ...duplicates, stage: { ...sorted, kind: 'pausing', sandbox, rest, at: now, tries: 1 } };
}

/** The earlier first; both runs must come to the same order. */
function byAge(one: ListedStart, other: ListedStart): number {
  return one.createdAt - other.createdAt || (one.task < other.task ? -1 : 1);
}

/** Whether the conversation has the message of this run's start, by the sandbox it lives in; `undefined` if that is none of theirs. */
function hasMessageAt(
  starts: readonly ListedStart[],
  home: string,
  task: string | undefined,
  isReused: boolean,
): boolean | undefined {
  const [only, ...others] = starts.filter(({ sandbox }) => sandbox === home);
  // In a sandbox that several share the first has it.
  if (others.length > 0) return !isReused;
  return only && only.task === task;
}

/** The sandboxes that the conversation does not live in. */
function unneeded(starts: readonly ListedStart[], home: string, task: string | undefined): readonly string[] {
  const others = starts.filter(({ sandbox }) => sandbox !== undefined && sandbox !== home);
  // One that is being prepared may be the conversation's home in a moment, unless it is this run's own.
  const sure = others.filter((start) => start.task === task || start.progress.kind === 'created');
  return [...new Set(sure.flatMap(({ sandbox }) => sandbox ?? []))];
}
