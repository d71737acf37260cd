import { ApiFailure, ATTACH } from '../port/api.ts';
import { type Clock, withDeadline } from '../port/clock.ts';
import { Interruption } from '../port/interruption.ts';

/** What asking again, and waiting, needs. */
export interface Timed {
  readonly clock: Clock;
  /** Aborted with an interruption, by the deadline or a cancel. Every request and every wait then throws it. */
  readonly signal: AbortSignal;
}

/** The time between two heartbeats while the step sleeps. */
const HEARTBEAT_MS = 60_000;

/** The time between two requests while the server is about to do something. */
const ASK_AGAIN_MS = 2_000;

/** After this many refusals of the key in a row, further requests have no use. */
const MAX_KEY_REFUSALS = 2;

/** Returns a function that takes each answer or failure in turn, and says whether the server has refused the key twice in a row. */
export function countKeyRefusals(): (answer: unknown) => boolean {
  let inARow = 0;
  return (answer) => {
    inARow = answer instanceof ApiFailure && answer.problem.isKeyRefused === true ? inARow + 1 : 0;
    return inARow === MAX_KEY_REFUSALS;
  };
}

/** Returns the answer, or the failure of the API. */
export async function catchFailure<T>(request: Promise<T>): Promise<T | ApiFailure> {
  try {
    return await request;
  } catch (error) {
    if (error instanceof ApiFailure) return error;
    throw error;
  }
}

/** Asks again until there is an answer; `undefined` if there is none `limitMs` milliseconds after the first response. */
export async function askUntilKnown<T>(
  limitMs: number,
  access: Timed,
  ask: () => Promise<T | undefined>,
): Promise<T | undefined> {
  const { clock } = access;
  let answer = await ask();
  const until = clock.now() + limitMs;
  while (answer === undefined && clock.now() < until) {
    await sleepUntil(clock.now() + ASK_AGAIN_MS, access);
    answer = await ask();
  }
  return answer;
}

/**
 * Asks again until there is an answer; `undefined` if there is none within `ms` milliseconds. A failed request is no answer. Ends at once
 * if the key is refused twice in a row.
 */
export async function askWithin<T>(
  ms: number,
  access: Timed,
  ask: (signal: AbortSignal) => Promise<T | undefined>,
): Promise<T | undefined> {
  return tryWithTimeLimit(ms, access, async (signal) => {
    const limited = { clock: access.clock, signal };
    const isKeyRefused = countKeyRefusals();
    return askUntilKnown(Infinity, limited, async () => {
      // The inner limit never ends first. It turns a failed request into no answer, so that the asking goes on.
      const answer = await withTimeLimit({ ms, failedTo: ATTACH }, limited, ask);
      const isFinal = isKeyRefused(answer);
      if (!(answer instanceof ApiFailure)) return answer;
      if (isFinal) throw answer;
      return undefined;
    });
  });
}

/** Returns the answer; after three failures, the last one. */
export async function tryThreeTimes<T>(request: () => Promise<T>, access: Timed): Promise<T | ApiFailure> {
  for (let tries = 1; ; tries += 1) {
    const answer = await catchFailure(request());
    if (!(answer instanceof ApiFailure) || tries === 3) return answer;
    await sleepUntil(access.clock.now() + ASK_AGAIN_MS, access);
  }
}

/** Sends a request with a time limit. Returns the answer or the failure. */
export async function withTimeLimit<T>(
  { ms, failedTo }: { readonly ms: number; readonly failedTo: string },
  { clock, signal }: Timed,
  request: (signal: AbortSignal) => Promise<T>,
): Promise<T | ApiFailure> {
  try {
    return await catchFailure(withDeadline(clock, ms, signal, request));
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof Interruption)) throw error;
    // The server asked to wait past the limit.
    if (error.cause instanceof ApiFailure) return error.cause;
    return new ApiFailure({
      failedTo,
      because: `no complete answer within ${ms / 1000} s`,
      advice: 'watch the agent in the conversation',
      kind: 'network',
    });
  }
}

/** Like {@link withTimeLimit}, but returns `undefined` if the API fails or takes too long. */
export async function tryWithTimeLimit<T>(
  ms: number,
  access: Timed,
  request: (signal: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  if (ms <= 0) return undefined;
  // The failure is dropped, so nobody reads what failed.
  const answer = await withTimeLimit({ ms, failedTo: ATTACH }, access, request);
  return answer instanceof ApiFailure ? undefined : answer;
}

/** Sleeps until a time. Calls `heartbeat` each minute. */
export async function sleepUntil(
  at: number,
  { clock, signal }: Timed,
  heartbeat: () => void = () => undefined,
): Promise<void> {
  signal.throwIfAborted();
  for (let leftMs = at - clock.now(); leftMs > 0; leftMs = at - clock.now()) {
    await clock.sleep(Math.min(leftMs, HEARTBEAT_MS), signal);
    if (leftMs > HEARTBEAT_MS) heartbeat();
  }
}
