import type { StartRequest } from './assignment.ts';
import { type Duplicates, duplicatesQuestion } from './duplicates.ts';
import type { Mark } from './mark.ts';
import type { Plan } from './plan.ts';
import type { Problem } from './problem.ts';
import type { Question } from './turn.ts';
import type { Workplace } from './workplace.ts';

/** How long to look for a start that seems to have failed, or for its conversation. Restarts each time the server reports it. */
export const FIND_MS = 15_000;

/** A conversation that this step starts. */
export interface Starting {
  readonly kind: 'starting';
  readonly request: StartRequest;
  /** Whether other runs may ask for the same id: then the step looks for an existing conversation first. */
  readonly isShared: boolean;
  /** Present if an existing conversation gets the message as a follow-up. The message ends with this mark. */
  readonly mark?: Mark;
  readonly plan: Plan;
  readonly stage: StartStage;
}

/**
 * The stage of a start. The next question is due at `at`, at the pace of polling but no later than `by`, or at once. Times are
 * the clock's milliseconds.
 */
export type StartStage =
  /** Looks for an existing conversation with the id. */
  | { readonly kind: 'looking-up'; readonly at: number }
  /** Asks for the conversation. `lost`: why the answer to an earlier request is missing. */
  | { readonly kind: 'asking'; readonly at: number; readonly lost?: Problem }
  /** Looks for the conversation after an answer was lost. `isSecond`: a second answer was lost, too. */
  | {
      readonly kind: 'searching';
      readonly at: number;
      readonly lost: Problem;
      readonly isSecond: boolean;
      readonly looks: number;
    }
  | Pending
  /** Looks for the conversation of a slow start: it may exist although the start is still pending. */
  | { readonly kind: 'finding'; readonly pending: Pending }
  /** Looks again for a start that has failed or whose progress cannot be read: it, or its conversation, may still exist. */
  | { readonly kind: 'rechecking'; readonly origin: Origin; readonly doubt: Doubt; readonly by: number }
  /** Asks whether the account can use the repository, because the start has failed without a reason. */
  | { readonly kind: 'explaining'; readonly workplace: Workplace }
  /** Looks for other starts of the conversation, by runs that asked for it at the same time. */
  | { readonly kind: 'deduplicating'; readonly id: string; readonly duplicates: Duplicates };

/**
 * How this step came to the start. `found`: it existed before. `asked`: the server accepted it, as `task` if that is known.
 * `lost`: the step asked for it, but the answer was lost, so that it may be another run's.
 */
export type Origin =
  { readonly kind: 'found' } | { readonly kind: 'asked'; readonly task?: string } | { readonly kind: 'lost' };

/** Why a start may have failed. */
export interface Doubt {
  /** The first failure; absent if the start has failed without a reason. */
  readonly problem?: Problem;
  /** When the server last reported the start or, before that, when the failure was seen. */
  readonly since: number;
}

/** A start in progress, and what is known about it. */
export interface Ongoing {
  readonly origin: Origin;
  /** Present if the start seemed to have failed, and was found again. */
  readonly doubt?: Doubt;
  readonly since: number;
  /** The phase as last seen. `phaseAt`: when it was first seen, if it is not the first phase. */
  readonly phase?: string;
  readonly phaseAt?: number;
  /** When the server last knew the start. */
  readonly knownAt: number;
  /** When the step last looked for the conversation. */
  readonly lookedForAt: number;
}

/** The server is preparing the conversation. */
export interface Pending extends Ongoing {
  readonly kind: 'pending';
  readonly task: string;
  /** The latest time of the next look. The pace of polling may ask for it earlier. */
  readonly by: number;
}

/** Begins to start a conversation. */
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

/** Returns the next question to the API. */
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
    case 'finding':
      return { ask: 'found', query: { id } };
    case 'rechecking':
      return { ask: 'found', query, withinMs: FIND_MS };
    case 'explaining':
      return { ask: 'refusal', workplace: stage.workplace };
    case 'deduplicating':
      return duplicatesQuestion(stage.duplicates);
  }
}
