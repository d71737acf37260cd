import type { Ended, OnPaused, ReadResult, Snapshot } from './conversation.ts';
import { resumeQuestion, type Resuming } from './resuming.ts';
import type { Question } from './turn.ts';
import { isCalled, sinceOf, type Watch } from './watch.ts';

/** A conversation that is waited for: what is remembered of it, and what is asked next. */
export interface Waiting {
  readonly kind: 'waiting';
  readonly watch: Watch;
  readonly stage: WaitingStage;
  readonly onPaused: OnPaused;
  /** The same if the first look shows it paused; what {@link onPaused} says, if it is left out. */
  readonly onFoundPaused?: OnPaused;
  /** Whether its end is waited for; else it is enough to see that it goes on. */
  readonly poll: boolean;
  /** Absent if it may cost whatever it costs. */
  readonly budget?: Budget;
}

/** What a conversation may cost. */
export interface Budget {
  /** US dollars. */
  readonly maxUsd: number;
  /** Whether people were warned that nobody tells the cost. */
  readonly isWarned?: true;
}

/** What the last state tells of an end. */
export interface KnownEnd extends Pick<Ended, 'status' | 'phase' | 'failure' | 'lacks'> {
  /** Whether the agent itself told it just now: then its last events may be on their way. */
  readonly isFresh: boolean;
}

/**
 * What is asked next, and for what: `at` a time, `by` a time if the pace of polling is slower, or at once. Times are the
 * clock's milliseconds.
 */
export type WaitingStage =
  /** A look, when the pace of polling says so, and at the latest then. */
  | { readonly kind: 'polling'; readonly by: number }
  /** The status hides how things stand: the stored events may tell. */
  | { readonly kind: 'consulting'; readonly snapshot: Snapshot }
  | { readonly kind: 'reading-steps'; readonly revision: string }
  | { readonly kind: 'resuming'; readonly resuming: Resuming }
  /** The sandbox runs, and the agent in it does not go on by itself. */
  | { readonly kind: 'running'; readonly tries: number; readonly at: number }
  /** Whether an end is that of an earlier message. */
  | { readonly kind: 'checking'; readonly end: KnownEnd }
  /** The end that an agent came to just before a pause may be stored late. */
  | { readonly kind: 'settling'; readonly snapshot: Snapshot; readonly at: number }
  /** The answer is read until its last events have arrived. */
  | {
      readonly kind: 'collecting';
      readonly end: KnownEnd;
      readonly since: number;
      readonly at: number;
      readonly read?: ReadResult;
    }
  /** One last look: cost, title and pull requests come out of the same late events. */
  | { readonly kind: 'closing'; readonly end: KnownEnd; readonly read: ReadResult };

/** What is asked next of a conversation that is waited for. */
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
      return { ask: 'run', called: isCalled(watch) };
    case 'checking':
    case 'collecting':
      return { ask: 'result', since: sinceOf(watch) };
  }
}
