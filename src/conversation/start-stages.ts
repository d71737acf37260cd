import type { StartRequest } from './assignment.ts';
import { type Duplicates, duplicatesQuestion } from './duplicates.ts';
import type { Mark } from './mark.ts';
import type { Plan } from './plan.ts';
import type { Problem } from './problem.ts';
import type { Question } from './turn.ts';
import type { Workplace } from './workplace.ts';

/** A server that could not be asked about the start is given so long to tell of it or its conversation, anew each time it does. */
export const FIND_MS = 15_000;

/** A conversation that is asked for. */
export interface Starting {
  readonly kind: 'starting';
  readonly request: StartRequest;
  /** Whether others may ask for the same id: then it is looked up before it is asked for. */
  readonly isShared: boolean;
  /** Present if a conversation that is there already gets the message as a follow-up: the message ends in that. */
  readonly mark?: Mark;
  readonly plan: Plan;
  readonly stage: StartStage;
}

/**
 * What is asked next, and for what: `at` a time, `by` a time if the pace of polling is slower, or at once. Times are the
 * clock's milliseconds.
 */
export type StartStage =
  /** Whether there is one of that id already. */
  | { readonly kind: 'looking-up'; readonly at: number }
  /** `lost` if it was asked for before, and the answer did not come. */
  | { readonly kind: 'asking'; readonly at: number; readonly lost?: Problem }
  /** The answer did not come, or a second one: what was asked for may be found. */
  | {
      readonly kind: 'searching';
      readonly at: number;
      readonly lost: Problem;
      readonly isSecond: boolean;
      readonly looks: number;
    }
  | Pending
  /** The start is slow: its conversation may be there although it does not say so. */
  | { readonly kind: 'listing'; readonly pending: Pending }
  /** It is called failed, or cannot be asked about: it, or its conversation, may be there all the same. */
  | { readonly kind: 'rechecking'; readonly origin: Origin; readonly doubt: Doubt; readonly by: number }
  /** It has failed without a word: the repository may be out of reach. */
  | { readonly kind: 'explaining'; readonly workplace: Workplace }
  /** The conversation is there: others may have asked for it at the same moment. */
  | { readonly kind: 'sorting'; readonly id: string; readonly duplicates: Duplicates };

/**
 * Whose start it is: found by the id; asked for, `task` if the server has answered with it; or asked for without an answer, so
 * that it may be another run's.
 */
export type Origin =
  { readonly kind: 'found' } | { readonly kind: 'asked'; readonly task?: string } | { readonly kind: 'lost' };

/** Why a start may have come to nothing. */
export interface Doubt {
  /** What was wrong first; absent if the start has failed without a word. */
  readonly problem?: Problem;
  /** When the server last told of it, or at first when that was wrong. */
  readonly since: number;
}

/** A start that goes on, and what is known of it. */
export interface Begun {
  readonly origin: Origin;
  /** Present if it is what was found of a start that was called failed, or could not be asked about. */
  readonly doubt?: Doubt;
  readonly since: number;
  /** As last seen, and when it was first seen, if it is not the first. */
  readonly phase?: string;
  readonly phaseAt?: number;
  /** When the server last knew of it. */
  readonly knownAt: number;
  /** When its conversation was last looked for. */
  readonly listedAt: number;
}

/** The server prepares the conversation. */
export interface Pending extends Begun {
  readonly kind: 'pending';
  readonly task: string;
  /** It is looked at when the pace of polling says so, and at the latest then. */
  readonly by: number;
}

/** Begins to ask for a conversation. */
export function startingBy(request: StartRequest, isShared: boolean, plan: Plan, mark?: Mark): Starting {
  return {
    kind: 'starting',
    request,
    isShared,
    ...(mark && { mark }),
    plan,
    stage: { kind: isShared ? 'looking-up' : 'asking', at: 0 },
  };
}

/** What is asked next. */
export function startQuestion({ request, isShared, stage }: Starting): Question {
  const { id, message } = request;
  const query = { id, ...(isShared && ({ isShared } as const)) };
  switch (stage.kind) {
    case 'looking-up':
      return { ask: 'found', query };
    case 'asking':
      return { ask: 'start', request };
    case 'searching':
      return { ask: 'found', query: { ...query, message } };
    case 'pending':
      return { ask: 'progress', task: stage.task };
    case 'listing':
      return { ask: 'found', query: { id } };
    case 'rechecking':
      return { ask: 'found', query, withinMs: FIND_MS };
    case 'explaining':
      return { ask: 'refusal', workplace: stage.workplace };
    case 'sorting':
      return duplicatesQuestion(stage.duplicates);
  }
}
