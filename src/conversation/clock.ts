import { setTimeout as delay } from 'node:timers/promises';

/** Time, as a parameter, so that a test can wait twenty minutes in no time. */
export interface Clock {
  /** Milliseconds since a fixed moment; never goes back. */
  now(): number;
  /** The time of day, for what servers compare with theirs. */
  date(): Date;
  /**
   * Resolves after `ms` milliseconds; with `Infinity` never.
   *
   * @throws what the signal was aborted with, as soon as it is.
   */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** Node fires a timer of more than a signed 32-bit number of milliseconds at once; 24 days pass for never here. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => performance.now(),
  date: () => new Date(),
  async sleep(ms, signal) {
    try {
      // What is due already is slept for no time: Node warns of less.
      await delay(Math.min(Math.max(ms, 0), LONGEST_TIMER_MS), undefined, { signal });
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    }
  },
};

/** Why a step ends before its conversation does: it was cancelled, its deadline passed, or the budget is spent. */
export type Interrupted = 'cancel' | 'deadline' | 'budget';

const BECAUSE: Readonly<Record<Interrupted, string>> = {
  cancel: 'the step was canceled',
  deadline: 'the deadline passed',
  budget: 'max-cost-usd was reached',
};

/** The same as an error: the reason of the abort signal that everything listens to. */
export class Interruption extends Error {
  override readonly name = 'Interruption';
  readonly kind: Interrupted;

  /**
   * @param because the reason in words, if there is more to say than the kind does.
   * @param options `cause`: the failure that could not be waited out.
   */
  constructor(kind: Interrupted, because = BECAUSE[kind], options?: ErrorOptions) {
    super(because, options);
    this.kind = kind;
  }
}

/** Whether that is why something was broken off. */
export function isDeadline(reason: unknown): reason is Interruption {
  return reason instanceof Interruption && reason.kind === 'deadline';
}

/** Why a step ends, if what failed is to be tried again in `waitMs` milliseconds and the deadline comes first. */
export function retryAfterDeadline(failure: Error, waitMs: number): Interruption {
  const seconds = Math.round(waitMs / 1000);
  const because = `${failure.message.replace(/\.$/, '')}; the server says to try again in ${seconds} s, which is after the deadline`;
  return new Interruption('deadline', because, { cause: failure });
}

/**
 * Does something under a signal that is aborted when `ms` milliseconds have passed, or when `cancelled` is.
 *
 * @throws what the body throws.
 */
export async function withDeadline<T>(
  clock: Clock,
  ms: number,
  cancelled: AbortSignal,
  body: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const passed = new AbortController();
  const done = new AbortController();
  clock.sleep(ms, done.signal).then(
    () => {
      passed.abort(new Interruption('deadline'));
    },
    () => undefined,
  );
  try {
    return await body(AbortSignal.any([passed.signal, cancelled]));
  } finally {
    // A timer that is left running would keep the process alive.
    done.abort();
  }
}

/**
 * Does something under a signal that is aborted `ms` milliseconds later than another one, so that what is nearly done comes
 * to its end.
 *
 * @throws what the body throws.
 */
export async function withGrace<T>(
  clock: Clock,
  ms: number,
  signal: AbortSignal,
  body: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  const done = new AbortController();
  const onAbort = (): void => {
    clock.sleep(ms, done.signal).then(
      () => {
        late.abort(signal.reason);
      },
      () => undefined,
    );
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { signal: done.signal });
  try {
    return await body(late.signal);
  } finally {
    done.abort();
  }
}
