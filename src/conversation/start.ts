import type { ConversationApi, StartProgress } from './api.ts';
import { ApiFailure } from './api.ts';
import type { Clock } from './clock.ts';
import type { Conversation } from './conversation.ts';
import type { Pace } from './pace.ts';
import { waitWithin } from './pace.ts';

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
  while (progress.kind === 'pending') {
    if (progress.phase !== phase) {
      phase = progress.phase;
      onPhase(phase);
    }
    const now = clock.now();
    await clock.sleep(waitWithin(deadlineAt - now, now - startedAt, pace), signal);
    progress = await api.startProgress(progress.task, signal);
  }
  if (progress.kind === 'created') return { id: progress.id, url: api.page(progress.id) };
  throw new ApiFailure({
    failedTo: 'start the conversation',
    because: progress.reason,
    todo: 'check that the account of the API key can reach the repository and the branch, and run the step again',
  });
}
