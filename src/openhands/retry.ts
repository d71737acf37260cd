import type { Deferred } from '../conversation/api.ts';
import { type Clock, retryAfterDeadline } from '../conversation/clock.ts';
import { RequestFailed } from './failure.ts';
import { isDeferred, type RequestFailure } from './request-failure.ts';

const FIRST_BACKOFF_MS = 1_000;
const LONGEST_BACKOFF_MS = 60_000;
const LAST_TRY_MS = 2_000;
/** A server that was never there is told quickly. */
const BUDGET_BEFORE_FIRST_ANSWER_MS = 20_000;
/** One that was there is given the time of a deployment. */
const BUDGET_AFTER_FIRST_ANSWER_MS = 180_000;

/** How crowded the account is, as one client can tell: `level` goes from 0 to 4. */
export interface Crowd {
  level: number;
  /** How often in a row the server has put off what must not be done twice. */
  refusals: number;
}

const FULL = 4;
const CALM = 0.1;

/** How a request is tried again. */
export interface RetryOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly crowd: Crowd;
  readonly signal: AbortSignal;
  /** The clock's time at which the signal will be aborted: a wait beyond it is not begun. */
  readonly deadlineAt: number;
  /** Whether the same request may be sent again after such a failure. */
  readonly mayRepeat: (failure: RequestFailure) => boolean;
  /** Whether the server has answered anything yet. */
  readonly answered: () => boolean;
  /** Called before each wait, with its length in milliseconds. */
  readonly onRetry: (error: RequestFailed, waitMs: number) => void;
}

/**
 * Does `attempt` until it succeeds, with exponential backoff and full jitter, while its failures allow that and the retry
 * budget lasts.
 *
 * @throws {RequestFailed} the last failure; an interruption if the server asks for a wait beyond the deadline;
 *   the signal's reason once aborted.
 */
export async function retried<T>(attempt: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { clock, signal, mayRepeat, onRetry, crowd } = options;
  let failing: Failing | undefined;
  for (;;) {
    signal.throwIfAborted();
    try {
      return await counted(attempt, crowd);
    } catch (error) {
      if (!(error instanceof RequestFailed) || !mayRepeat(error.failure)) throw error;
      failing = failingOn(failing, isDeferred(error.failure), clock.now());
      const waitMs = waitWithin(error, failing, options);
      onRetry(error, waitMs);
      await clock.sleep(waitMs, signal);
    }
  }
}

/** How long to wait before the next try; throws if the retry budget or the step would end before it. */
function waitWithin(
  error: RequestFailed,
  failing: Failing,
  { clock, random, deadlineAt, answered, crowd }: RetryOptions,
): number {
  const leftMs = deadlineAt - clock.now();
  const waitMs = waitAfter(error, failing, leftMs, random, crowd.level);
  const budgetMs = answered() ? BUDGET_AFTER_FIRST_ANSWER_MS : BUDGET_BEFORE_FIRST_ANSWER_MS;
  const asked = retryAfterOf(error) !== undefined;
  // A server that says when to come back is taken at its word; one that does not may stay away for ever. One that is
  // asked too often is well.
  const triedMs = clock.now() - failing.since;
  if (!failing.isDeferred && triedMs + (asked ? 0 : waitMs) > budgetMs) throw error.triedFor(triedMs);
  if ((asked || failing.isDeferred) && waitMs > leftMs) throw retryAfterDeadline(error, waitMs);
  return waitMs;
}

/** Does an attempt, and keeps the level: each that was one too many adds 1, and each that is answered takes some away. */
async function counted<T>(attempt: () => Promise<T>, crowd: Crowd): Promise<T> {
  try {
    const result = await attempt();
    crowd.level = Math.max(0, crowd.level - CALM);
    return result;
  } catch (error) {
    if (error instanceof RequestFailed && isDeferred(error.failure))
      crowd.level = Math.min(FULL, crowd.level + 1);
    throw error;
  }
}

/**
 * Does what must not be done twice, once. If the server refuses it for now, that is the answer, with the time to wait.
 *
 * @throws {RequestFailed} any other failure; the signal's reason once aborted.
 */
export async function orDeferred<T>(
  attempt: () => Promise<T>,
  { clock, random, deadlineAt, crowd }: Pick<RetryOptions, 'clock' | 'random' | 'deadlineAt' | 'crowd'>,
): Promise<T | Deferred> {
  try {
    const result = await counted(attempt, crowd);
    crowd.refusals = 0;
    return result;
  } catch (error) {
    if (!(error instanceof RequestFailed) || !isDeferred(error.failure)) throw error;
    crowd.refusals += 1;
    const row = { isDeferred: true, tries: crowd.refusals };
    const waitMs = waitAfter(error, row, deadlineAt - clock.now(), random, crowd.level);
    return { kind: 'deferred', problem: error.problem, waitMs };
  }
}

/** Failures in a row that are all refusals for now, or all something else. */
interface Failing {
  readonly isDeferred: boolean;
  /** When the first of them came. */
  readonly since: number;
  readonly tries: number;
}

function failingOn(before: Failing | undefined, isDeferred: boolean, now: number): Failing {
  return before?.isDeferred === isDeferred
    ? { ...before, tries: before.tries + 1 }
    : { isDeferred, since: now, tries: 1 };
}

/**
 * Full jitter, after the time that the server asks for. Servers round that down, to 0 even: a second is added.
 * Source: RFC 9110, section 10.2.3 (Retry-After).
 */
function waitAfter(
  error: RequestFailed,
  { isDeferred, tries }: Pick<Failing, 'isDeferred' | 'tries'>,
  leftMs: number,
  random: () => number,
  level: number,
): number {
  const asked = retryAfterOf(error);
  if (asked !== undefined) return asked + FIRST_BACKOFF_MS * (1 + random() * widthOf(level, tries));
  const waitMs = random() * Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** tries);
  // The last try comes just before the deadline.
  return isDeferred && leftMs > 2 * LAST_TRY_MS ? Math.min(waitMs, leftMs - LAST_TRY_MS) : waitMs;
}

/**
 * How many seconds wide the jitter is after the time that a server asks for. All clients of an account are told the same
 * time: the more there are, the wider; but the longer a request has waited, the sooner it comes, so that none is the last
 * for ever. Measured with the limits of the Cloud and 50 clients: half the 429s, and the last one waits no longer.
 */
function widthOf(level: number, tries: number): number {
  return Math.min(4 ** Math.max(level - 1, 0), Math.max(10 - tries, 2));
}

function retryAfterOf({ failure }: RequestFailed): number | undefined {
  return failure.kind === 'status' ? failure.retryAfterMs : undefined;
}
