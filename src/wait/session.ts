import { ApiFailure, ATTACH, type ConversationApi, type Deferred } from '../port/api.ts';
import type { Workplace } from '../port/assignment.ts';
import { type Clock, Interruption, retryAfterDeadline, withDeadline } from '../port/clock.ts';
import {
  type Conversation,
  type Facts,
  NO_FACTS,
  type OnPaused,
  type Since,
  type Snapshot,
  type StoredState,
} from '../port/conversation.ts';
import type { ConversationEvent, Role } from '../port/events.ts';
import type { ChecksNotPassed, CutShort, Outcome, Succeeded } from '../port/outcome.ts';
import type { Pace } from '../port/pace.ts';
import type { Problem } from '../port/problem.ts';

/** The time between two heartbeats while the step sleeps. */
const HEARTBEAT_MS = 60_000;
/** The time between two requests while the server is about to do something. */
const ASK_AGAIN_MS = 2_000;
/** After this many refusals of the key in a row, further requests have no use. */
const MAX_KEY_REFUSALS = 2;

/** Returns a function that takes each answer or failure, and says if further requests have no use. */
export function countKeyRefusals(): (answer: unknown) => boolean {
  let inARow = 0;
  return (answer) => {
    inARow = answer instanceof ApiFailure && answer.problem.isKeyRefused === true ? inARow + 1 : 0;
    return inARow === MAX_KEY_REFUSALS;
  };
}

/** What requests about a conversation need. */
export interface Access {
  readonly api: ConversationApi;
  readonly clock: Clock;
  /** Aborted with an interruption, by the deadline or a cancel. Every request and every wait then throws it. */
  readonly signal: AbortSignal;
  readonly emit: (event: ConversationEvent) => void;
}

/** What a step needs to work with its conversation. Times are the clock's milliseconds. */
export interface Session extends Access {
  readonly pace: Pace;
  readonly startedAt: number;
  /** Returns when a request last showed that the agents' server could not be reached or failed itself; absent if only looks show that. */
  readonly agentsGoneAt?: () => number;
  /** When the signal will be aborted. */
  readonly deadlineAt: number;
  /** Whether the step waits for the end. */
  readonly poll: boolean;
  readonly onPaused: OnPaused;
  /** The repository that the server clones for the conversation; absent without one, and if the step names the conversation by its id. */
  readonly workplace?: Workplace;
  /** The most that the conversation may cost, in US dollars; absent for no limit. */
  readonly maxCostUsd?: number;
  /** Whether the agent must have no tools. */
  readonly hasNoTools?: boolean;
  /** The earlier end of the agent, if the step continues after one. */
  readonly before?: Succeeded | ChecksNotPassed;
}

/** What every feature needs, besides its own options. `Known`: the part of the step's record that the feature reads. */
export interface Tools<FeatureEvent, Known = unknown> {
  readonly session: Session;
  /** Removes the secrets from a text. */
  readonly redact: (text: string) => string;
  readonly emit: (event: FeatureEvent) => void;
  /** Returns what the step knows by now: each event changes it. */
  readonly record: () => Known;
}

/**
 * Reports that a conversation exists and, if that is known, what the step does with it. `mayBeOthers`: another run may have started it.
 * `facts`: what the step has seen of it. `hasMessage`: it has the message of this run already.
 */
export function reportFound(
  id: string,
  { api, emit }: Pick<Access, 'api' | 'emit'>,
  role?: Role,
  {
    mayBeOthers,
    facts,
    hasMessage,
  }: {
    readonly mayBeOthers?: boolean | undefined;
    readonly facts?: Facts | undefined;
    readonly hasMessage?: true | undefined;
  } = {},
): void {
  const conversation = api.conversation(id);
  const known = {
    ...(mayBeOthers && { mayBeOthers }),
    ...(facts && { facts }),
    ...(hasMessage && { hasMessage }),
  };
  emit({ kind: 'found', conversation, ...(role && { role }), ...known });
}

/** Looks at one conversation. */
export async function lookAt(id: string, { api, signal }: Pick<Access, 'api' | 'signal'>): Promise<Snapshot> {
  const [look] = await api.look([id], signal);
  if (look === undefined) throw new Error('the answer has fewer conversations than were asked for');
  return look;
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

/** Reads the state from the stored events. Reports a failure, and then returns `undefined`. */
export async function readStoredState(
  { id, since }: { readonly id: string; readonly since: Since },
  { api, signal, emit }: Access,
): Promise<StoredState | undefined> {
  const stored = await catchFailure(api.readStored(id, signal, since));
  if (!(stored instanceof ApiFailure)) return stored;
  emit({ kind: 'note', about: 'failure', problem: stored.problem });
  return undefined;
}

/** Asks again until there is an answer; `undefined` if there is none `limitMs` milliseconds after the first response. */
export async function askUntilKnown<T>(
  limitMs: number,
  access: Pick<Access, 'clock' | 'signal'>,
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
  access: Pick<Access, 'clock' | 'signal'>,
  ask: (signal: AbortSignal) => Promise<T | undefined>,
): Promise<T | undefined> {
  return tryWithTimeLimit(ms, access, async (signal) => {
    const limited = { clock: access.clock, signal };
    const isRefusedForGood = countKeyRefusals();
    return askUntilKnown(Infinity, limited, async () => {
      // The inner limit never ends first. It turns a failed request into no answer, so that the asking goes on.
      const answer = await withTimeLimit({ ms, failedTo: ATTACH }, limited, ask);
      const isFinal = isRefusedForGood(answer);
      if (!(answer instanceof ApiFailure)) return answer;
      if (isFinal) throw answer;
      return undefined;
    });
  });
}

/** Returns the answer; after three failures, the last one. */
export async function tryThreeTimes<T>(request: () => Promise<T>, access: Access): Promise<T | ApiFailure> {
  for (let tries = 1; ; tries += 1) {
    const answer = await catchFailure(request());
    if (!(answer instanceof ApiFailure) || tries === 3) return answer;
    await sleepUntil(access.clock.now() + ASK_AGAIN_MS, access);
  }
}

/** Sends a request with a time limit. Returns the answer or the failure. */
export async function withTimeLimit<T>(
  { ms, failedTo }: { readonly ms: number; readonly failedTo: string },
  { clock, signal }: Pick<Access, 'clock' | 'signal'>,
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
  access: Pick<Access, 'clock' | 'signal'>,
  request: (signal: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  if (ms <= 0) return undefined;
  // The failure is dropped, so nobody reads what failed.
  const answer = await withTimeLimit({ ms, failedTo: ATTACH }, access, request);
  return answer instanceof ApiFailure ? undefined : answer;
}

/** How long to ask why a sandbox is gone. */
const SANDBOX_DETAIL_MS = 5_000;

/** Returns why the sandbox of a conversation has failed or is gone; `undefined` if the server does not say. `sandbox`: see the port. */
export async function readSandboxDetail(
  id: string,
  { api, ...access }: Pick<Access, 'api' | 'clock' | 'signal'>,
  sandbox?: string,
): Promise<string | undefined> {
  return tryWithTimeLimit(SANDBOX_DETAIL_MS, access, async (signal) =>
    api.readSandboxDetail?.(id, signal, sandbox),
  );
}

/** Sleeps until a time. Calls `heartbeat` each minute. */
export async function sleepUntil(
  at: number,
  { clock, signal }: Pick<Access, 'clock' | 'signal'>,
  heartbeat: () => void = () => undefined,
): Promise<void> {
  signal.throwIfAborted();
  for (let leftMs = at - clock.now(); leftMs > 0; leftMs = at - clock.now()) {
    await clock.sleep(Math.min(leftMs, HEARTBEAT_MS), signal);
    if (leftMs > HEARTBEAT_MS) heartbeat();
  }
}

/** Sleeps until the server may be asked again. Throws the interruption if that is after the deadline. */
export async function waitToRetry({ problem, waitMs }: Deferred, session: Session): Promise<void> {
  session.signal.throwIfAborted();
  const at = session.clock.now() + waitMs;
  if (at > session.deadlineAt) throw retryAfterDeadline(new ApiFailure(problem), waitMs);
  session.emit({ kind: 'retrying', problem, waitMs });
  await sleepUntil(at, session);
}

/** Returns the outcome of a step that does not wait for the agent. */
export function runningOutcome(id: string, { api }: Pick<Access, 'api'>, facts: Facts = NO_FACTS): Outcome {
  return { kind: 'running', status: 'running', conversation: api.conversation(id), facts };
}

/** Returns the outcome of a wait that failed. The facts are those last seen. */
export function unreachableOutcome(conversation: Conversation, facts: Facts, problem: Problem): CutShort {
  return {
    kind: 'cut-short',
    status: 'unreachable',
    conversation,
    facts,
    problem: { ...problem, next: 'again' },
  };
}
