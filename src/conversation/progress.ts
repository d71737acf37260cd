import { ApiFailure, type ConversationApi } from './api.ts';
import { type Clock, Interruption, withDeadline } from './clock.ts';
import type { AgentStep, Conversation, Sighting, Since, Steps } from './conversation.ts';
import type { Problem } from './problem.ts';
import { mostUsed } from './usage.ts';
import type { Watch } from './watch.ts';

/** Steps are read this often although nothing tells of new ones, and after a reading that failed. */
const READ_ANYWAY_MS = 60_000;
/** The same of a server that shows no use of a model: its statistics do not work, or not yet, and tell of nothing. */
const READ_BLINDLY_MS = 12_000;
/** A look at the conversation must not be kept waiting by its steps. */
const PATIENCE_MS = 10_000;

/** What is told of the agent's progress. */
export type ProgressEvent =
  | {
      readonly kind: 'steps';
      readonly conversation: Conversation;
      readonly steps: readonly AgentStep[];
      /** Whether older steps are left out. */
      readonly isCut: boolean;
    }
  /** The steps cannot be read; told once. */
  | { readonly kind: 'no-steps'; readonly conversation: Conversation; readonly problem: Problem };

interface ProgressOptions {
  readonly api: ConversationApi;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly observe: (event: ProgressEvent) => void;
}

/** Where the next reading of steps begins. */
export function sinceOf({ mark, progress }: Watch): Since {
  const { cursor } = progress;
  return { ...(mark && { mark }), ...(cursor !== undefined && { cursor }) };
}

/** Tells steps that were read, and remembers how far. */
export function tellSteps(
  watched: Watch,
  read: Steps | undefined,
  observe: ProgressOptions['observe'],
): Watch {
  if (read === undefined) return watched;
  const { steps, isCut, cursor, usage = {} } = read;
  if (steps.length > 0) observe({ kind: 'steps', conversation: watched.conversation, steps, isCut });
  return {
    ...watched,
    facts: { ...watched.facts, ...mostUsed(watched.facts, usage) },
    progress: { ...watched.progress, ...(cursor !== undefined && { cursor }) },
  };
}

/**
 * Reads and tells new steps, by one request where a look shows that there may be some, else by none. Whether that succeeds
 * changes nothing else.
 */
export async function tellProgress(
  watched: Watch,
  sighting: Sighting,
  { api, clock, signal, observe }: ProgressOptions,
): Promise<Watch> {
  const { conversation, progress } = watched;
  const { state, revision } = sighting;
  const now = clock.now();
  const isAtWork = state.kind === 'active' || state.kind === 'unclear';
  if (!isAtWork || revision === undefined || !mayHaveNews(progress, sighting, now)) return watched;
  const since = sinceOf(watched);
  try {
    const read = await withDeadline(clock, PATIENCE_MS, signal, async (inTime) =>
      api.steps(conversation.id, inTime, since),
    );
    const told = tellSteps(watched, read, observe);
    return { ...told, progress: { ...told.progress, readAt: now, revision } };
  } catch (error) {
    signal.throwIfAborted();
    const problem = problemIn(error);
    if (!progress.failed) observe({ kind: 'no-steps', conversation, problem });
    return { ...watched, progress: { ...progress, readAt: now, revision, failed: true } };
  }
}

function mayHaveNews(
  { readAt = Number.NEGATIVE_INFINITY, revision: last, failed }: Watch['progress'],
  { revision, facts }: Sighting,
  now: number,
): boolean {
  const isBlind = facts?.costUsd === undefined && facts?.tokens === undefined;
  const anywayMs = isBlind && !failed ? READ_BLINDLY_MS : READ_ANYWAY_MS;
  return now - readAt >= anywayMs || (revision !== last && !failed);
}

function problemIn(error: unknown): Problem {
  if (error instanceof ApiFailure) return error.problem;
  if (!(error instanceof Interruption)) throw error;
  const seconds = PATIENCE_MS / 1000;
  return {
    failedTo: 'read the steps of the agent',
    because: `no complete answer within ${seconds} s`,
    todo: 'watch the agent in the conversation',
    kind: 'network',
  };
}
