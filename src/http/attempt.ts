import { type Clock, withDeadline } from '../conversation/clock.ts';
import type { Server } from './advice.ts';
import { RequestFailed, type Sent } from './failure.ts';
import { type RequestFailure, Unusable } from './request-failure.ts';

/** One attempt of a request. */
export interface Attempt {
  /** What it is for, as "VERB NOUN". */
  readonly to: string;
  readonly signal: AbortSignal;
  /** The timeout, answer included. */
  readonly timeoutMs: number;
  readonly sent: Sent;
}

/** The server of an attempt, and what an attempt needs. */
export interface AttemptOptions extends Server {
  readonly clock: Clock;
  /** Redacts and shortens the words of a server. */
  readonly sanitize: (text: string) => string;
}

/**
 * Sends a request once, with a timeout.
 *
 * @throws {RequestFailed} for each {@link Unusable} of `exchange`; the signal's reason once aborted.
 */
export async function attempt<T>(
  { to, signal: outer, timeoutMs, sent }: Attempt,
  options: AttemptOptions,
  exchange: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return withDeadline(options.clock, timeoutMs, outer, async (signal) => {
    try {
      return await exchange(signal);
    } catch (error) {
      outer.throwIfAborted();
      if (signal.aborted) throw new RequestFailed(to, { kind: 'time-out', timeoutMs }, options, sent);
      if (!(error instanceof Unusable)) throw error;
      throw new RequestFailed(to, sanitized(error.failure, options.sanitize), options, sent);
    }
  });
}

/** The system's message can quote the server, too, such as the names in its certificate. */
function sanitized(failure: RequestFailure, sanitize: AttemptOptions['sanitize']): RequestFailure {
  switch (failure.kind) {
    case 'network':
    case 'unexpected':
      return { ...failure, reason: sanitize(failure.reason) };
    case 'status':
      return { ...failure, detail: sanitize(failure.detail) };
    case 'redirect':
      return { ...failure, location: sanitize(failure.location) };
    default:
      return failure;
  }
}
