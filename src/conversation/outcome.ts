import type { Conversation, Ended } from './conversation.ts';
import type { Problem } from './problem.ts';

/** How a step ends. `status` is the output of that name. */
export type Outcome =
  /** Started and not waited for. */
  | { readonly status: 'running'; readonly conversation: Conversation }
  /** Waited for to an end, good or bad. */
  | Ended
  /** A message was not taken, or the wait broke or was broken off; the conversation exists and may go on. */
  | {
      readonly status: 'start-failed' | 'unreachable' | 'timed-out' | 'cancelled';
      readonly conversation: Conversation;
      readonly problem: Problem;
    }
  /** Nothing was asked of the agent, for a reason that is no fault. */
  | { readonly status: 'skipped'; readonly conversation?: undefined; readonly notice: string }
  /** There is no conversation that this step knows of. */
  | {
      readonly status: 'start-failed' | 'cancelled';
      readonly conversation?: undefined;
      readonly problem: Problem;
    };

/** Every value of the output `status`, and whether the step succeeds with it. */
export const SUCCEEDS = {
  running: true,
  finished: true,
  stopped: true,
  skipped: true,
  'needs-input': false,
  error: false,
  stuck: false,
  missing: false,
  paused: false,
  'start-failed': false,
  unreachable: false,
  'timed-out': false,
  cancelled: false,
} as const satisfies Record<Outcome['status'], boolean>;
