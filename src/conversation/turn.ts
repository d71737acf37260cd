import type {
  ApiFailure,
  Deferred,
  Delivery,
  Found,
  ListedStart,
  Sandbox,
  StartAnswer,
  StartProgress,
  StartQuery,
} from './api.ts';
import type { StartRequest } from './assignment.ts';
import type { ChecksLook, ChecksQuery } from './checks.ts';
import type { Interruption } from './clock.ts';
import type { MessageCursor, Messages, ReadResult, Since, Snapshot, Steps, Stored } from './conversation.ts';
import type { LifeEvent } from './events.ts';
import type { Outcome } from './outcome.ts';
import type { Workplace } from './workplace.ts';

/** A question to the API about a conversation. It has the name of its answer in {@link Answers}. */
export type Question =
  | { readonly ask: 'look' }
  | { readonly ask: 'stored' | 'steps' | 'result'; readonly since: Since }
  | { readonly ask: 'sandbox' }
  | { readonly ask: 'resume'; readonly sandbox: string }
  | { readonly ask: 'run'; readonly hasPendingWork: boolean }
  | { readonly ask: 'start'; readonly request: StartRequest }
  | { readonly ask: 'found'; readonly query: StartQuery; readonly withinMs?: number }
  | { readonly ask: 'progress'; readonly task: string; readonly withinMs?: number }
  | { readonly ask: 'refusal'; readonly workplace: Workplace }
  | { readonly ask: 'starts' }
  | { readonly ask: 'pause'; readonly sandbox: string }
  | { readonly ask: 'cursor' }
  | { readonly ask: 'send'; readonly message: string }
  | { readonly ask: 'messages' }
  | { readonly ask: 'checks'; readonly query: ChecksQuery }
  /** A look of its own, with a time limit, so that it blocks no other conversation. */
  | { readonly ask: 'snapshot'; readonly withinMs: number };

/** The type of the answer to each question. */
export interface Answers {
  readonly look: Snapshot;
  readonly stored: Stored;
  readonly steps: Steps;
  readonly result: ReadResult;
  readonly sandbox: Sandbox;
  readonly resume: 'done';
  readonly run: 'done';
  readonly start: StartAnswer;
  readonly found: Found;
  readonly progress: StartProgress;
  readonly refusal: string;
  readonly starts: readonly ListedStart[];
  readonly pause: 'done';
  readonly cursor: MessageCursor;
  readonly send: Delivery;
  readonly messages: Messages;
  readonly snapshot: Snapshot;
  readonly checks: ChecksLook | Deferred;
}

/** The answer to the question of a turn, or why there is none, under the question's name. */
export type Answer = { readonly [Name in keyof Answers]?: Answers[Name] | ApiFailure };

/**
 * Returns the answer to the question of this turn.
 *
 * @throws an error if the turn has not asked that question: a bug in this action.
 */
export function answerTo<Name extends keyof Answers>(name: Name, answer: Answer): Answers[Name] | ApiFailure {
  const found = answer[name];
  if (found === undefined) throw new Error(`nobody asked for ${name}`);
  return found;
}

/**
 * The result of a turn: the events to emit, and the next life, the outcome, or the interruption if nothing more can be done
 * before the deadline.
 */
export interface Turn<Life> {
  readonly events: readonly LifeEvent[];
  readonly next: Life | Outcome | Interruption;
}

/** The last turn of a conversation. */
export interface LastTurn {
  readonly events: readonly LifeEvent[];
  readonly next: Outcome;
}

/** A stage of one kind. */
export type StageOf<Stage extends { readonly kind: string }, Kind extends Stage['kind']> = Stage & {
  readonly kind: Kind;
};

/** Returns the turn that moves a conversation to another stage. */
export function advanceTo<Life extends { readonly stage: unknown }>(
  life: Life,
  stage: Life['stage'],
  events: readonly LifeEvent[] = [],
): Turn<Life> {
  return { events, next: { ...life, stage } };
}

/** Adds events before those of a turn. */
export function withEvents<Life>(events: readonly LifeEvent[], turn: Turn<Life>): Turn<Life> {
  return { ...turn, events: [...events, ...turn.events] };
}
