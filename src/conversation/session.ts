import { ApiFailure, ATTACH, type ConversationApi, type Deferred } from './api.ts';
import { type Clock, Interruption, retryAfterDeadline, withDeadline } from './clock.ts';
import { type Facts, NO_FACTS, type OnPaused, type Snapshot } from './conversation.ts';
import type { LifeEvent } from './events.ts';
import type { Outcome } from './outcome.ts';
import type { Pace } from './pace.ts';
import type { Problem } from './problem.ts';

/** After this long without anything to do, a heartbeat is emitted. */
const HEARTBEAT_MS = 60_000;

/** What a step needs to work with its conversation. Times are the clock's milliseconds. */
export interface Session {
  readonly api: ConversationApi;
  readonly clock: Clock;
  readonly pace: Pace;
  /** When the signal will be aborted. */
  readonly deadlineAt: number;
  /** Aborted with an interruption. Every request and every wait throws it then. */
  readonly signal: AbortSignal;
  readonly emit: (event: LifeEvent) => void;
}

/** What a step wants from its conversation, whether it starts it or finds it. Times are the clock's milliseconds. */
export interface Plan {
  readonly startedAt: number;
  readonly onPaused: OnPaused;
  /** Whether the step waits for the end. */
  readonly poll: boolean;
  /** The most that the conversation may cost, in US dollars; absent for no limit. */
  readonly maxCostUsd?: number;
}

/** Looks at one conversation. */
export async function lookAt(id: string, { api, signal }: Session): Promise<Snapshot> {
  const [look] = await api.look([id], signal);
  if (look === undefined) throw new Error('the answer has fewer conversations than were asked for');
  return look;
}

/** Returns the answer, or the failure of the API. */
export async function orFailure<T>(request: Promise<T>): Promise<T | ApiFailure> {
  try {
    return await request;
  } catch (error) {
    if (error instanceof ApiFailure) return error;
    throw error;
  }
}

/**
 * Sends a request with a time limit. Also fails if the server asks for a retry after the deadline.
 *
 * @throws the signal's reason once it is aborted.
 */
export async function inTime<T>(
  { ms, failedTo }: { readonly ms: number; readonly failedTo: string },
  { clock, signal }: Pick<Session, 'clock' | 'signal'>,
  request: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  try {
    return await withDeadline(clock, ms, signal, request);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof Interruption)) throw error;
    throw new ApiFailure({
      failedTo,
      because: `no complete answer within ${ms / 1000} s`,
      todo: 'watch the agent in the conversation',
      kind: 'network',
    });
  }
}

/** Like {@link inTime}, but returns `undefined` if the API fails or takes too long. */
export async function answerWithin<T>(
  ms: number,
  session: Pick<Session, 'clock' | 'signal'>,
  request: (signal: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  const answer = await orFailure(inTime({ ms, failedTo: ATTACH }, session, request));
  return answer instanceof ApiFailure ? undefined : answer;
}

/** Sleeps until a time. Calls `heartbeat` after each minute, if there is more than that left. */
export async function sleepUntil(
  at: number,
  { clock, signal }: Pick<Session, 'clock' | 'signal'>,
  heartbeat: () => void = () => undefined,
): Promise<void> {
  signal.throwIfAborted();
  for (let leftMs = at - clock.now(); leftMs > 0; leftMs = at - clock.now()) {
    await clock.sleep(Math.min(leftMs, HEARTBEAT_MS), signal);
    if (leftMs > HEARTBEAT_MS) heartbeat();
  }
}

/**
 * Sleeps until the server may be asked again.
 *
 * @throws the interruption if that is after the deadline.
 */
export async function retryLater({ problem, waitMs }: Deferred, session: Session): Promise<void> {
  session.signal.throwIfAborted();
  const at = session.clock.now() + waitMs;
  if (at > session.deadlineAt) throw retryAfterDeadline(new ApiFailure(problem), waitMs);
  session.emit({ kind: 'retrying', problem, waitMs });
  await sleepUntil(at, session);
}

/** Returns the interruption of a conversation that has reached its budget; `undefined` if it has not. */
export function spentBudget({ costUsd = 0 }: Facts, { maxCostUsd }: Plan): Interruption | undefined {
  if (maxCostUsd === undefined || costUsd < maxCostUsd) return undefined;
  return new Interruption(
    'budget',
    `the conversation has cost ${dollars(costUsd)} (max-cost-usd is ${dollars(maxCostUsd)})`,
  );
}

/** Formats an amount with up to four decimals, so that a cost just above the limit does not look equal to it. */
function dollars(usd: number): string {
  const [whole = '', parts = ''] = String(Number(usd.toFixed(4))).split('.');
  return `$${whole}.${parts.padEnd(2, '0')}`;
}

/** Returns the outcome of a step that does not wait for the agent. */
export function running(id: string, { api }: Session, facts: Facts = NO_FACTS): Outcome {
  return { status: 'running', conversation: api.conversation(id), facts };
}

/** Returns the outcome of a start that failed. */
export function startFailed(problem: Problem): Outcome {
  return { status: 'start-failed', problem };
}
