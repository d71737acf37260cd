import pRetry from 'p-retry';

import { type Clock, Interruption } from '../conversation/clock.ts';
import { reasonOf, RequestFailed, type RequestFailure } from './failure.ts';

const FIRST_BACKOFF_MS = 1_000;
const LONGEST_BACKOFF_MS = 60_000;
/** A server that was never there is told quickly. */
const PATIENCE_BEFORE_FIRST_ANSWER_MS = 20_000;
/** One that was there is given the time of a deployment. */
const PATIENCE_AFTER_FIRST_ANSWER_MS = 180_000;

/** How a request is tried again. */
export interface RetryOptions {
  readonly clock: Clock;
  readonly random: () => number;
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
 * Does `attempt` until it succeeds, with exponential backoff and full jitter, while its failures allow that and patience
 * lasts.
 *
 * @throws {RequestFailed} the last failure; {@link Interruption} where the server asks for a wait beyond the deadline;
 *   the signal's reason once aborted.
 */
export async function retried<T>(
  attempt: () => Promise<T>,
  { clock, random, signal, deadlineAt, mayRepeat, answered, onRetry }: RetryOptions,
): Promise<T> {
  const since = clock.now();
  return pRetry(attempt, {
    retries: Number.POSITIVE_INFINITY,
    // The wait is made in onFailedAttempt: p-retry's own knows neither full jitter nor Retry-After nor our clock.
    minTimeout: 0,
    signal,
    async onFailedAttempt({ error, attemptNumber }) {
      if (!(error instanceof RequestFailed) || !mayRepeat(error.failure)) throw error;
      const waitMs = waitAfter(error, attemptNumber, random);
      const patience = answered() ? PATIENCE_AFTER_FIRST_ANSWER_MS : PATIENCE_BEFORE_FIRST_ANSWER_MS;
      const asked = retryAfterOf(error) !== undefined;
      // A server that says when to come back is taken at its word; one that does not may stay away for ever. A single
      // attempt, which may have lasted longer than all patience, says little.
      if (attemptNumber > 1 && clock.now() - since + (asked ? 0 : waitMs) > patience) throw error;
      if (asked && clock.now() + waitMs > deadlineAt) {
        const seconds = Math.round(waitMs / 1000);
        throw new Interruption(
          'deadline',
          `${reasonOf(error.failure)}, to be tried again in ${seconds} s, after the deadline`,
        );
      }
      onRetry(error, waitMs);
      await clock.sleep(waitMs, signal);
    },
  });
}

/**
 * Full jitter, after the time that the server asks for. Servers round that down, to 0 even: a second is added.
 * Source: RFC 9110, section 10.2.3 (Retry-After).
 */
function waitAfter(error: RequestFailed, attempt: number, random: () => number): number {
  const asked = retryAfterOf(error);
  if (asked !== undefined) return asked + FIRST_BACKOFF_MS * (1 + random());
  return random() * Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** attempt);
}

function retryAfterOf({ failure }: RequestFailed): number | undefined {
  return failure.kind === 'status' ? failure.retryAfterMs : undefined;
}
