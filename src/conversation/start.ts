import { ApiFailure, type ConversationApi, START, type StartProgress } from './api.ts';
import type { Clock } from './clock.ts';
import type { Conversation } from './conversation.ts';
import { type Pace, waitWithin } from './pace.ts';

/** So long a server may fail to tell of a start that it accepted, before that counts. */
const DOUBT_MS = 60_000;

/** What waiting for a start needs. Times are the clock's milliseconds. */
export interface StartOptions {
  readonly api: ConversationApi;
  readonly clock: Clock;
  readonly pace: Pace;
  readonly startedAt: number;
  readonly deadlineAt: number;
  readonly signal: AbortSignal;
  /** Called with each new phase of the start, in the server's words. */
  readonly onPhase: (phase: string) => void;
}

/**
 * Waits until a requested conversation exists.
 *
 * @throws {ApiFailure} where the start fails or the API cannot be used; the signal's reason once aborted.
 */
export async function untilCreated(first: StartProgress, options: StartOptions): Promise<Conversation> {
  const { api, clock, pace, startedAt, deadlineAt, signal, onPhase } = options;
  let progress = first;
  let phase: string | undefined;
  let knownAt = clock.now();
  while (progress.kind === 'pending' || (progress.kind === 'unknown' && clock.now() - knownAt < DOUBT_MS)) {
    if (progress.kind === 'pending') knownAt = clock.now();
    if (progress.kind === 'pending' && progress.phase !== phase) {
      phase = progress.phase;
      onPhase(phase);
    }
    const now = clock.now();
    await clock.sleep(waitWithin(deadlineAt - now, now - startedAt, pace), signal);
    progress = await progressOf(progress.task, options);
  }
  if (progress.kind === 'created') return { id: progress.id, url: api.page(progress.id) };
  throw new ApiFailure(
    progress.kind === 'unknown'
      ? { failedTo: START, because: 'the server no longer knows of the start', todo: lookFirst(api) }
      : {
          failedTo: START,
          because: progress.reason,
          todo: 'check that the account of the API key can reach the repository and the branch, and run the step again',
        },
  );
}

/** A start that was accepted goes on although nobody can ask about it: whoever runs the step again must know. */
async function progressOf(task: string, { api, signal }: StartOptions): Promise<StartProgress> {
  try {
    return await api.startProgress(task, signal);
  } catch (error) {
    if (!(error instanceof ApiFailure)) throw error;
    throw new ApiFailure({ ...error.problem, todo: `${lookFirst(api)}; then ${error.problem.todo}` });
  }
}

function lookFirst({ list }: ConversationApi): string {
  return `before running the step again, see at ${list} whether the conversation was started all the same`;
}
