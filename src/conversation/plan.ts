import { ApiFailure, type Deferred, type Links } from './api.ts';
import { type Interruption, retryAfterDeadline } from './clock.ts';
import { NO_FACTS, type OnPaused } from './conversation.ts';
import type { Turn } from './turn.ts';
import { waitingFor } from './waiting.ts';
import type { Waiting } from './waiting-stages.ts';
import { type Watch, watch } from './watch.ts';

/** What a step wants from its conversation, whether it starts it or finds it. Times are the clock's milliseconds. */
export interface Plan {
  readonly links: Links;
  readonly startedAt: number;
  readonly deadlineAt: number;
  readonly onPaused: OnPaused;
  /** Whether the step waits for the end. */
  readonly poll: boolean;
  /** The most that the conversation may cost, in US dollars; absent for no limit. */
  readonly maxCostUsd?: number;
}

/** Starts the wait for a conversation as planned. A step that does not wait only looks once, whatever `on-paused` says. */
export function waitingBy(
  { onPaused, poll, maxCostUsd }: Plan,
  watched: Watch,
  onFoundPaused?: OnPaused,
): Waiting {
  return waitingFor(watched, {
    onPaused: poll ? onPaused : 'wait',
    poll,
    ...(poll && onFoundPaused && { onFoundPaused }),
    ...(poll && maxCostUsd !== undefined && { budget: { maxUsd: maxCostUsd } }),
  });
}

/** Returns the turn after this step has started the conversation. */
export function started(plan: Plan, id: string): Turn<Waiting> {
  const conversation = plan.links.conversation(id);
  return {
    events: [{ kind: 'found', conversation, role: 'started' }],
    next: plan.poll
      ? waitingBy(plan, watch(conversation, plan.startedAt))
      : { status: 'running', conversation, facts: NO_FACTS },
  };
}

/**
 * Returns the turn after the conversation of a key was found. If it is old and paused, an earlier step has paused it at its
 * deadline or cancel, so that this step must resume it.
 */
export function attached(plan: Plan, id: string, isOld: boolean): Turn<Waiting> {
  const conversation = plan.links.conversation(id);
  const mayBePausedByStep = isOld && plan.onPaused === 'wait';
  return {
    events: [{ kind: 'found', conversation, role: 'attached' }],
    next: waitingBy(plan, watch(conversation, plan.startedAt), mayBePausedByStep ? 'resume' : undefined),
  };
}

/** Returns the interruption if the server asks for a retry after the deadline; otherwise `undefined`. */
export function tooLate(
  { deadlineAt }: Plan,
  { problem, waitMs }: Deferred,
  now: number,
): Interruption | undefined {
  return now + waitMs <= deadlineAt ? undefined : retryAfterDeadline(new ApiFailure(problem), waitMs);
}
