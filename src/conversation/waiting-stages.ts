import type { Ended, OnPaused, ReadResult, Snapshot } from './conversation.ts';
import { resumeQuestion, type Resuming } from './resuming.ts';
import type { Question } from './turn.ts';
import { hasPendingWork, sinceOf, type Watch } from './watch.ts';

/** A conversation that the step waits for: what is known about it, and the stage that determines the next question. */
export interface Waiting {
  readonly kind: 'waiting';
  readonly watch: Watch;
  readonly stage: WaitingStage;
  readonly onPaused: OnPaused;
  /** Replaces {@link onPaused} if the first look shows the conversation paused. */
  readonly onFoundPaused?: OnPaused;
  /** Whether to wait for the end. If not, one look at the state is enough. */
  readonly poll: boolean;
  /** Absent if there is no limit. */
  readonly budget?: Budget;
}

/** What a conversation may cost. */
export interface Budget {
  /** In US dollars. */
  readonly maxUsd: number;
  /** Whether a warning was emitted that the server does not report the cost. */
  readonly isWarned?: true;
}

/** What the last state shows about the end. */
export interface KnownEnd extends Pick<Ended, 'status' | 'phase' | 'failure' | 'lacks'> {
  /** Whether the agent's own state shows the end: then its last events may still be on their way. */
  readonly isFromAgent: boolean;
}

/**
 * The stage of the wait. The next question is due at `at`, at the pace of polling but no later than `by`, or at once. Times are
 * the clock's milliseconds.
 */
export type WaitingStage =
  /** Looks at the conversation at the pace of polling, and at the latest at `by`. */
  | { readonly kind: 'polling'; readonly by: number }
  /** Reads the stored events, because the status may hide the real state. */
  | { readonly kind: 'consulting'; readonly snapshot: Snapshot }
  | { readonly kind: 'reading-steps'; readonly revision: string }
  | { readonly kind: 'resuming'; readonly resuming: Resuming }
  /** Runs the agent in a resumed sandbox: it does not continue on its own. */
  | { readonly kind: 'running'; readonly tries: number; readonly at: number }
  /** Checks whether the end is that of an earlier message. */
  | { readonly kind: 'checking-message'; readonly end: KnownEnd }
  /** Waits until `at` for stored events: the agent may have ended just before the pause. */
  | { readonly kind: 'settling'; readonly snapshot: Snapshot; readonly at: number }
  /** Reads the answer until the last events have arrived. */
  | {
      readonly kind: 'collecting';
      readonly end: KnownEnd;
      readonly since: number;
      readonly at: number;
      readonly read?: ReadResult;
    }
  /** Looks one last time: cost, title and pull requests also arrive with the last events. */
  | { readonly kind: 'closing'; readonly end: KnownEnd; readonly read: ReadResult };

/** Returns the next question to the API. */
export function waitingQuestion({ stage, watch }: Waiting): Question {
  switch (stage.kind) {
    case 'polling':
    case 'closing':
      return { ask: 'look' };
    case 'consulting':
    case 'settling':
      return { ask: 'stored', since: sinceOf(watch) };
    case 'reading-steps':
      return { ask: 'steps', since: sinceOf(watch) };
    case 'resuming':
      return resumeQuestion(stage.resuming);
    case 'running':
      return { ask: 'run', hasPendingWork: hasPendingWork(watch) };
    case 'checking-message':
    case 'collecting':
      return { ask: 'result', since: sinceOf(watch) };
  }
}
