import { ApiFailure, type Places, type PutOff } from './api.ts';
import { type Interruption, retryAfterDeadline } from './clock.ts';
import type { OnPaused } from './conversation.ts';
import { waitingFor } from './waiting.ts';
import type { Waiting } from './waiting-stages.ts';
import type { Watch } from './watch.ts';

/** What a step wants of a conversation, whichever way it comes to it. Times are the clock's milliseconds. */
export interface Plan {
  readonly places: Places;
  readonly startedAt: number;
  readonly deadlineAt: number;
  readonly onPaused: OnPaused;
  /** Whether the end is waited for. */
  readonly poll: boolean;
}

/** Waits as is planned; a look is enough for a step that does not wait. */
export function waitingBy({ onPaused, poll }: Plan, watch: Watch, onFoundPaused?: OnPaused): Waiting {
  return waitingFor(watch, {
    onPaused: poll ? onPaused : 'wait',
    poll,
    ...(poll && onFoundPaused && { onFoundPaused }),
  });
}

/** Why the step ends, if the server wants to be asked again after the deadline. */
export function tooLate(
  { deadlineAt }: Plan,
  { problem, waitMs }: PutOff,
  now: number,
): Interruption | undefined {
  return now + waitMs <= deadlineAt ? undefined : retryAfterDeadline(new ApiFailure(problem), waitMs);
}
