import { setTimeout as delay } from 'node:timers/promises';

import { asClause } from '../text/safe.ts';

/** A clock as a parameter, so that a test can wait twenty minutes in no time. */
export interface Clock {
  /** Milliseconds since a fixed moment; never goes back. */
  now(): number;
  /** The time of day, to compare with times of servers. */
  date(): Date;
  /** Resolves after `ms` milliseconds; with `Infinity` never. Throws the signal's reason as soon as it is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** Node's longest timer, 24 days: a longer one fires at once. Used for "never". */
const MAX_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => performance.now(),
  date: () => new Date(),
  async sleep(ms, signal) {
    try {
      // Never negative: Node warns about negative delays.
      await delay(Math.min(Math.max(ms, 0), MAX_TIMER_MS), undefined, { signal });
    } catch (error) {
      // Node throws an error of its own for an abort.
      signal.throwIfAborted();
      throw error;
    }
  },
};

/**
 * Why a step ends before its conversation does: it was cancelled, its deadline passed, the budget is spent, the context of the model is
 * too small, so that the agent gets nowhere, the server could not clone the repository, or the agent has tools that it must not have.
 */
export type InterruptionKind = 'cancel' | 'deadline' | 'budget' | 'context' | 'clone' | 'tools';

/** Says that the context of the model is too small. */
export const CONTEXT_TOO_SMALL = "the model's context is too small for this task";

const REASONS: Readonly<Record<InterruptionKind, string>> = {
  cancel: 'the step was canceled',
  deadline: 'the deadline passed',
  budget: 'max-cost-usd was reached',
  context: CONTEXT_TOO_SMALL,
  clone: 'the server could not clone the repository',
  tools: 'the agent may have tools, and tools is none',
};

/** An interruption as an error: the abort reason of the signal that every request gets. */
export class Interruption extends Error {
  override readonly name = 'Interruption';
  readonly kind: InterruptionKind;

  /** @param options `cause`: the failure that lasted until then. */
  constructor(kind: InterruptionKind, because = REASONS[kind], options?: ErrorOptions) {
    super(because, options);
    this.kind = kind;
  }
}

/** Whether an abort reason is the deadline. */
export function isDeadline(reason: unknown): reason is Interruption {
  return reason instanceof Interruption && reason.kind === 'deadline';
}

/** Whether an error says that the server could not clone the repository. */
export function isCloneFailure(error: unknown): error is Interruption {
  return error instanceof Interruption && error.kind === 'clone';
}

/** Returns the interruption of a step whose next retry, in `waitMs` milliseconds, would come after the deadline. */
export function retryAfterDeadline(failure: Error, waitMs: number): Interruption {
  const seconds = Math.round(waitMs / 1000);
  const because = `${asClause(failure.message)}; the next try would be in ${seconds} s, after the deadline`;
  return new Interruption('deadline', because, { cause: failure });
}

/** Runs the body with a signal that is aborted after `ms` milliseconds, or when `cancelled` is. `because` describes the deadline. */
export async function withDeadline<T>(
  clock: Clock,
  ms: number,
  cancelled: AbortSignal,
  body: (signal: AbortSignal) => Promise<T>,
  because?: string,
): Promise<T> {
  // The grace after a signal that is already aborted begins now.
  const alreadyAborted = AbortSignal.abort(new Interruption('deadline', because));
  return withGrace(clock, ms, alreadyAborted, async (passed) => body(AbortSignal.any([passed, cancelled])));
}

/** Runs the body with a signal that is aborted `ms` milliseconds after another one: work that is almost done can finish. */
export async function withGrace<T>(
  clock: Clock,
  ms: number,
  signal: AbortSignal,
  body: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const grace = new AbortController();
  const done = new AbortController();
  const abortLater = (): void => {
    clock.sleep(ms, done.signal).then(
      () => {
        grace.abort(signal.reason);
      },
      // The body was done first.
      () => undefined,
    );
  };
  if (signal.aborted) abortLater();
  else signal.addEventListener('abort', abortLater, { signal: done.signal });
  try {
    return await body(grace.signal);
  } finally {
    // A running timer would keep the process alive.
    done.abort();
  }
}
