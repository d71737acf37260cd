import { ApiFailure, type Deferred, type Places } from './api.ts';
import { type Interruption, retryAfterDeadline } from './clock.ts';
import { NO_FACTS, type OnPaused } from './conversation.ts';
import type { Turn } from './turn.ts';
import { waitingFor } from './waiting.ts';
import type { Waiting } from './waiting-stages.ts';
import { type Watch, watch } from './watch.ts';

/** What a step wants of a conversation, whichever way it comes to it. Times are the clock's milliseconds. */
export interface Plan {
  readonly places: Places;
  readonly startedAt: number;
  readonly deadlineAt: number;
  readonly onPaused: OnPaused;
  /** Whether the end is waited for. */
  readonly poll: boolean;
  /** What the conversation may cost, in US dollars; absent for no limit. */
  readonly maxCostUsd?: number;
}

/** Waits as is planned; a look is enough for a step that does not wait. */
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

/** Its own agent is at work, as far as anybody knows. */
export function started(plan: Plan, id: string): Turn<Waiting> {
  const conversation = plan.places.conversation(id);
  return {
    events: [{ kind: 'found', conversation, role: 'started' }],
    next: plan.poll
      ? waitingBy(plan, watch(conversation, plan.startedAt))
      : { status: 'running', conversation, facts: NO_FACTS },
  };
}

/** Takes up what a key means. An earlier step has paused at its deadline or cancel what is found paused: nobody else would resume it. */
export function attached(plan: Plan, id: string, isOld: boolean): Turn<Waiting> {
  const conversation = plan.places.conversation(id);
  const isLeft = isOld && plan.onPaused === 'wait';
  return {
    events: [{ kind: 'found', conversation, role: 'attached' }],
    next: waitingBy(plan, watch(conversation, plan.startedAt), isLeft ? 'resume' : undefined),
  };
}

/** Why the step ends, if the server wants to be asked again after the deadline. */
export function tooLate(
  { deadlineAt }: Plan,
  { problem, waitMs }: Deferred,
  now: number,
): Interruption | undefined {
  return now + waitMs <= deadlineAt ? undefined : retryAfterDeadline(new ApiFailure(problem), waitMs);
}
