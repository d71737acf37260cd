import { ApiFailure, type ConversationApi, type Deferred } from '../port/api.ts';
import type { Workplace } from '../port/assignment.ts';
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
import { retryAfterDeadline } from '../port/interruption.ts';
import type { ChecksNotPassed, CutShort, Outcome, Succeeded } from '../port/outcome.ts';
import type { Pace } from '../port/pace.ts';
import type { Problem } from '../port/problem.ts';
import { catchFailure, sleepUntil, type Timed, tryWithTimeLimit } from './ask.ts';

/** What requests about a conversation need. */
export interface Access extends Timed {
  readonly api: ConversationApi;
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
