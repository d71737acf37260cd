import type { Deferred } from '../conversation/api.ts';
import { type Clock, retryAfterDeadline } from '../conversation/clock.ts';
import { RequestFailed } from './failure.ts';
import { isDeferred, type RequestFailure } from './request-failure.ts';

const FIRST_BACKOFF_MS = 1_000;
const MAX_BACKOFF_MS = 60_000;
/** The last retry comes so long before the deadline. */
const LAST_TRY_MS = 2_000;
/** If the server has never answered, the step fails early. */
const BUDGET_BEFORE_FIRST_ANSWER_MS = 20_000;
/** If the server has answered before, it gets the time of a deployment. */
const BUDGET_AFTER_FIRST_ANSWER_MS = 180_000;

/** An estimate of how many clients share the account's limits. */
export interface Congestion {
  /** From 0 (none others) to 4. */
  level: number;
  /** How many requests in a row were deferred that must not be done twice. */
  refusals: number;
}

const HIGHEST_LEVEL = 4;
/** Each answered attempt lowers the level by this. */
const DECAY = 0.1;

/** What {@link retried} needs. */
export interface RetryOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly congestion: Congestion;
  readonly signal: AbortSignal;
  /** The clock's time at which the signal is aborted. */
  readonly deadlineAt: number;
  /** Whether the request may be sent again after this failure. */
  readonly mayRetry: (failure: RequestFailure) => boolean;
  /** Whether the server has answered anything yet. */
  readonly answered: () => boolean;
  /** Called before each wait, with its length in milliseconds. */
  readonly onRetry: (error: RequestFailed, waitMs: number) => void;
}

/**
 * Runs `attempt` until it succeeds, with exponential backoff and full jitter, while `mayRetry` and the retry budget allow.
 *
 * @throws {RequestFailed} the last failure; an interruption if the server asks for a wait beyond the deadline;
 *   the signal's reason once aborted.
 */
export async function retried<T>(attempt: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { clock, signal, mayRetry, onRetry, congestion } = options;
  let failing: Failing | undefined;
  for (;;) {
    signal.throwIfAborted();
    try {
      return await counted(attempt, congestion);
    } catch (error) {
      if (!(error instanceof RequestFailed) || !mayRetry(error.failure)) throw error;
      failing = failingOn(failing, isDeferred(error.failure), clock.now());
      const waitMs = waitWithin(error, failing, options);
      onRetry(error, waitMs);
      await clock.sleep(waitMs, signal);
    }
  }
}

/** Returns the wait before the next try. Throws if the retry budget or the step ends before that. */
function waitWithin(
  error: RequestFailed,
  failing: Failing,
  { clock, random, deadlineAt, answered, congestion }: RetryOptions,
): number {
  const leftMs = deadlineAt - clock.now();
  const waitMs = waitAfter(error, failing, leftMs, random, congestion.level);
  const budgetMs = answered() ? BUDGET_AFTER_FIRST_ANSWER_MS : BUDGET_BEFORE_FIRST_ANSWER_MS;
  const asked = retryAfterOf(error) !== undefined;
  // With Retry-After the wait may exceed the budget: the server says when to return. A deferral needs no budget at all: the
  // server works, it only gets too many requests.
  const triedMs = clock.now() - failing.since;
  if (!failing.isDeferred && triedMs + (asked ? 0 : waitMs) > budgetMs) throw error.triedFor(triedMs);
  if ((asked || failing.isDeferred) && waitMs > leftMs) throw retryAfterDeadline(error, waitMs);
  return waitMs;
}

/** Runs an attempt, and updates the congestion level: a deferral adds 1, an answer subtracts {@link DECAY}. */
async function counted<T>(attempt: () => Promise<T>, congestion: Congestion): Promise<T> {
  try {
    const result = await attempt();
    congestion.level = Math.max(0, congestion.level - DECAY);
    return result;
  } catch (error) {
    if (error instanceof RequestFailed && isDeferred(error.failure))
      congestion.level = Math.min(HIGHEST_LEVEL, congestion.level + 1);
    throw error;
  }
}

/**
 * Runs once what must not be done twice. If the server defers it, returns that with the time to wait.
 *
 * @throws {RequestFailed} any other failure; the signal's reason once aborted.
 */
export async function orDeferred<T>(
  attempt: () => Promise<T>,
  {
    clock,
    random,
    deadlineAt,
    congestion,
  }: Pick<RetryOptions, 'clock' | 'random' | 'deadlineAt' | 'congestion'>,
): Promise<T | Deferred> {
  try {
    const result = await counted(attempt, congestion);
    congestion.refusals = 0;
    return result;
  } catch (error) {
    if (!(error instanceof RequestFailed) || !isDeferred(error.failure)) throw error;
    congestion.refusals += 1;
    const failing = { isDeferred: true, tries: congestion.refusals };
    const waitMs = waitAfter(error, failing, deadlineAt - clock.now(), random, congestion.level);
    return { kind: 'deferred', problem: error.problem, waitMs };
  }
}

/** Consecutive failures of one kind: all deferrals, or none. */
interface Failing {
  readonly isDeferred: boolean;
  /** The clock's time of the first failure. */
  readonly since: number;
  readonly tries: number;
}

function failingOn(before: Failing | undefined, isDeferred: boolean, now: number): Failing {
  return before?.isDeferred === isDeferred
    ? { ...before, tries: before.tries + 1 }
    : { isDeferred, since: now, tries: 1 };
}

/**
 * Returns the wait before the next try: full jitter with exponential backoff, or Retry-After (RFC 9110, section 10.2.3)
 * with jitter added. Servers round Retry-After down, even to 0, so a second is added, too.
 */
function waitAfter(
  error: RequestFailed,
  { isDeferred, tries }: Pick<Failing, 'isDeferred' | 'tries'>,
  leftMs: number,
  random: () => number,
  level: number,
): number {
  const asked = retryAfterOf(error);
  if (asked !== undefined) return asked + FIRST_BACKOFF_MS * (1 + random() * jitterSeconds(level, tries));
  const waitMs = random() * Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** tries);
  // The last try comes just before the deadline.
  return isDeferred && leftMs > 2 * LAST_TRY_MS ? Math.min(waitMs, leftMs - LAST_TRY_MS) : waitMs;
}

/**
 * Returns the width, in seconds, of the jitter after Retry-After. All clients of an account get the same time: the more
 * clients, the wider the jitter. More tries narrow it, so that no request waits for ever. Measured with the limits of the
 * Cloud and 50 clients: half as many 429s, and the slowest client waits no longer.
 */
function jitterSeconds(level: number, tries: number): number {
  return Math.min(4 ** Math.max(level - 1, 0), Math.max(10 - tries, 2));
}

function retryAfterOf({ failure }: RequestFailed): number | undefined {
  return failure.kind === 'status' ? failure.retryAfterMs : undefined;
}
