import type { Deferred } from '../port/api.ts';
import { retryAfterDeadline } from '../port/interruption.ts';
import type { LastAnswer, Network } from './exchange.ts';
import { RequestFailed } from './failure.ts';
import {
  asksForLogin,
  AttemptFailed,
  isDeferred,
  neverArrived,
  type RequestFailure,
  retryAfterOf,
} from './request-failure.ts';

const FIRST_BACKOFF_MS = 1_000;
/** Added to Retry-After, once and up to a second time: servers round it down, even to 0. */
const ROUNDING_MS = 1_000;
/** The longest backoff. `recent`: the server has answered within a minute. `deferred`: it only refuses for now. */
const MAX_BACKOFF_MS = { usual: 30_000, recent: 15_000, deferred: 60_000 } as const;
const RECENT_MS = 60_000;
/** The last retry comes this long before the deadline. */
const LAST_RETRY_MARGIN_MS = 2_000;
/** How long to retry. A server that is known to have worked may be in a deployment, so it gets more time. */
const MAX_RETRY_MS = { unknown: 20_000, known: 180_000 } as const;
/** The spacing of requests after a rate limit, and after another one: then the account has many clients. */
const SPACING_MS = 6_000;
const CROWDED_SPACING_MS = 60_000;
const SPACING_SHRINK_FACTOR = 0.85;
const MIN_SPACING_MS = 1_000;
/** How long requests after one that was due are sent without spacing. */
const BURST_MS = 2_000;

export interface RetryOptions extends Pick<Network, 'clock'> {
  readonly signal: AbortSignal;
  readonly tries: number;
  readonly mayRetry: (failure: RequestFailure) => boolean;
  /** Returns the wait before the next try, in milliseconds. Throws if that would be too late. */
  readonly waitBefore: (failure: RequestFailure, failing: FailureStreak) => number;
}

/** Consecutive failures of one kind: all of them deferrals, or none. */
export interface FailureStreak {
  readonly isDeferred: boolean;
  /** The clock's time of the first failure. */
  readonly since: number;
  readonly count: number;
}

/** Runs `attempt` until it succeeds or may not be retried. Throws its failure, what `waitBefore` throws, or the signal's reason. */
export async function retry<T>(
  attempt: () => Promise<T>,
  { clock, signal, tries, mayRetry, waitBefore }: RetryOptions,
): Promise<T> {
  let failing: FailureStreak | undefined;
  for (let tried = 1; ; tried += 1) {
    signal.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof AttemptFailed) || !mayRetry(error.failure) || tried === tries) throw error;
      failing = streakWith(error.failure, failing, clock.now());
      await clock.sleep(waitBefore(error.failure, failing), signal);
    }
  }
}

/** Returns the streak with one more failure; a new streak if the failure is of the other kind. */
function streakWith(failure: RequestFailure, streak: FailureStreak | undefined, now: number): FailureStreak {
  const deferred = isDeferred(failure);
  if (streak?.isDeferred === deferred) return { ...streak, count: streak.count + 1 };
  return { isDeferred: deferred, since: now, count: 1 };
}

/** What slows down the requests to a server. Only this file changes it. */
export interface Throttle {
  /** How many requests that must not be repeated were deferred, in a row. */
  deferrals: number;
  /** The failures in a row of such requests that never reached the server. */
  unsent: FailureStreak | undefined;
  /** The spacing of requests after a rate limit, in milliseconds: the account has other clients, too. */
  spacingMs: number;
  /** When the next request is due by that, by the clock. */
  dueAt: number;
  /** Until when requests are sent without spacing, by the clock: one look can take several. */
  burstUntil: number;
}

export interface RetryTiming extends Pick<Network, 'clock' | 'random'> {
  /** The clock's time at which the signals of the requests are aborted. */
  readonly deadlineAt: number;
  /** The longest backoff, in milliseconds, if shorter than the usual 30 s. */
  readonly maxBackoffMs?: number;
  /** Whether the server is known to have worked, although it has not answered yet. */
  readonly isKnown?: boolean;
  /** Whether this is a server that another one has named, which has answered. */
  readonly isNamed?: true;
  /** Whether requests are not spaced after a rate limit: there is no time for that. */
  readonly isUnspaced?: true;
  readonly state: Throttle & Readonly<LastAnswer>;
}

/**
 * Returns the wait before the next try, in milliseconds. Throws {@link RequestFailed} if that would be too long since the first
 * failure, or an interruption if the server asks for a wait beyond the deadline.
 */
export function waitMsBeforeRetry(timing: RetryTiming, error: RequestFailed, failing: FailureStreak): number {
  const now = timing.clock.now();
  const waitMs = waitMsAfter(error.failure, failing, timing);
  const isWaitAsked = retryAfterOf(error.failure) !== undefined;
  // If the server has never answered, no retry gets past a login in front of it.
  if (asksForLogin(error.failure) && timing.state.answeredAt === undefined && !timing.isNamed) throw error;
  // Deferrals have no such limit: the server works, it only gets too many requests.
  if (!failing.isDeferred) {
    const hasAddress = error.failure.kind !== 'network' || error.failure.code !== 'ENOTFOUND';
    const isKnown = (timing.isKnown === true && hasAddress) || timing.state.answeredAt !== undefined;
    const maxMs = MAX_RETRY_MS[isKnown ? 'known' : 'unknown'];
    const triedMs = now - failing.since;
    // A wait that the server asks for does not count: it may be longer than the limit.
    const countedMs = isWaitAsked ? triedMs : triedMs + waitMs;
    if (countedMs > maxMs) throw error.withTriedTime(triedMs);
  }
  if ((isWaitAsked || failing.isDeferred) && waitMs > timing.deadlineAt - now)
    throw retryAfterDeadline(error, waitMs);
  return waitMs;
}

/**
 * Runs once what must not be repeated. If the server defers it, or it never reached the server, returns that, and how long to wait. What
 * never reached the server is tried for as long as a read is.
 */
export async function runOnce<T>(attempt: () => Promise<T>, timing: RetryTiming): Promise<T | Deferred> {
  const { state, clock } = timing;
  try {
    const result = await attempt();
    state.deferrals = 0;
    state.unsent = undefined;
    return result;
  } catch (error) {
    const waitMs = error instanceof RequestFailed ? waitMsAfterOnce(error, timing) : undefined;
    if (!(error instanceof RequestFailed) || waitMs === undefined) throw error;
    // A caller that looks first whether the retry is needed does not wait once more for that.
    state.dueAt = clock.now() + waitMs;
    return { kind: 'deferred', problem: error.problem, waitMs };
  }
}

/** Returns the wait before a caller tries again; `undefined` if it may not. Throws if it has tried for too long. */
function waitMsAfterOnce(error: RequestFailed, timing: RetryTiming): number | undefined {
  const { state, clock } = timing;
  if (neverArrived(error.failure)) {
    state.unsent = streakWith(error.failure, state.unsent, clock.now());
    return waitMsBeforeRetry(timing, error, state.unsent);
  }
  // The request has reached the server, so the outage is over. The next one is counted from its own beginning.
  state.unsent = undefined;
  if (!isDeferred(error.failure)) return undefined;
  state.deferrals += 1;
  return waitMsAfter(error.failure, { isDeferred: true, count: state.deferrals }, timing);
}

/**
 * Returns the wait before the next try, in milliseconds: exponential backoff with full jitter; or Retry-After (RFC 9110, section
 * 10.2.3) and a little more. The last try of a deferred request comes just before the deadline.
 */
function waitMsAfter(
  failure: RequestFailure,
  failing: Omit<FailureStreak, 'since'>,
  timing: RetryTiming,
): number {
  const { clock, random, deadlineAt } = timing;
  const askedMs = retryAfterOf(failure);
  const minMs = askedMs === undefined ? 0 : askedMs + ROUNDING_MS;
  const jitterMs =
    askedMs === undefined
      ? random() * Math.min(maxBackoffMsFor(failing, timing), FIRST_BACKOFF_MS * 2 ** failing.count)
      : random() * ROUNDING_MS +
        // The server says when: other clients are a reason to spread that time, and no other.
        spreadMs(Math.min(timing.state.spacingMs, Math.max(SPACING_MS, askedMs)), timing);
  const waitMs = minMs + jitterMs;
  const leftMs = deadlineAt - clock.now();
  const hasRoomForLastTry = leftMs > 2 * LAST_RETRY_MARGIN_MS;
  if (!failing.isDeferred || !hasRoomForLastTry) return waitMs;
  return Math.max(minMs, Math.min(waitMs, leftMs - LAST_RETRY_MARGIN_MS));
}

/** Returns the longest backoff, in milliseconds. Shorter ones notice sooner that an outage is over. */
function maxBackoffMsFor({ isDeferred }: Pick<FailureStreak, 'isDeferred'>, timing: RetryTiming): number {
  if (isDeferred) return MAX_BACKOFF_MS.deferred;
  const { clock, state, maxBackoffMs = Infinity } = timing;
  const isRecent = clock.now() - (state.answeredAt ?? -Infinity) < RECENT_MS;
  return Math.min(maxBackoffMs, isRecent ? MAX_BACKOFF_MS.recent : MAX_BACKOFF_MS.usual);
}

/** Returns a time of ±50 %, in milliseconds. */
function spreadMs(ms: number, { random, isUnspaced }: Pick<RetryTiming, 'random' | 'isUnspaced'>): number {
  return isUnspaced ? 0 : ms * (0.5 + random());
}

/** Waits until the spacing since the last request has passed. What follows that request at once belongs to it. */
export async function waitUntilDue(timing: RetryTiming & { readonly signal: AbortSignal }): Promise<void> {
  const { clock, state, isUnspaced, signal, deadlineAt } = timing;
  if (isUnspaced || clock.now() < state.burstUntil) return;
  const dueAt = Math.min(state.dueAt, deadlineAt - LAST_RETRY_MARGIN_MS);
  if (dueAt > clock.now()) await clock.sleep(dueAt - clock.now(), signal);
  state.burstUntil = clock.now() + BURST_MS;
}

/**
 * Sends a request, and remembers what it shows of the rate limit. The clients of an account share that without knowing each other: after a
 * refusal, each spaces out its requests, less with each success.
 */
export async function heedLimits<T>(
  attempt: () => Promise<T>,
  timing: Pick<RetryTiming, 'clock' | 'random' | 'isUnspaced' | 'state'>,
): Promise<T> {
  const { clock, state } = timing;
  const sentAt = clock.now();
  try {
    const result = await attempt();
    const spacingMs = state.spacingMs * SPACING_SHRINK_FACTOR;
    state.spacingMs = spacingMs < MIN_SPACING_MS ? 0 : spacingMs;
    // A retry after a rate limit has waited, too.
    if (state.burstUntil === -Infinity) state.burstUntil = clock.now() + BURST_MS;
    return result;
  } catch (error) {
    const failure = error instanceof AttemptFailed ? error.failure : undefined;
    if (failure?.kind === 'status' && failure.limit === 'rate-limit') {
      state.burstUntil = -Infinity;
      state.spacingMs = state.spacingMs > 0 ? CROWDED_SPACING_MS : SPACING_MS;
    }
    throw error;
  } finally {
    state.dueAt = sentAt + spreadMs(state.spacingMs, timing);
  }
}
