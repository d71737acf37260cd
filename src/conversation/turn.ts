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

/** What can be asked of the API about a conversation, by the name of what answers it in {@link Answers}. */
export type Question =
  | { readonly ask: 'look' }
  | { readonly ask: 'stored' | 'steps' | 'result'; readonly since: Since }
  | { readonly ask: 'sandbox' }
  | { readonly ask: 'resume'; readonly sandbox: string }
  | { readonly ask: 'run'; readonly called: boolean }
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
  /** A look that holds up no other, and is not worth more time. */
  | { readonly ask: 'snapshot'; readonly withinMs: number };

/** What each question is answered with. */
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

/** What a turn has brought: to each of its questions an answer, or why there is none. */
export type Seen = { readonly [Name in keyof Answers]?: Answers[Name] | ApiFailure };

/**
 * The answer to a question that the turn has asked.
 *
 * @throws an error that is a bug of ours if it has not.
 */
export function answerTo<Name extends keyof Answers>(name: Name, seen: Seen): Answers[Name] | ApiFailure {
  const answer = seen[name];
  if (answer === undefined) throw new Error(`nobody asked for ${name}`);
  return answer;
}

/** What comes of a turn: what to tell, and how it goes on, or the end, or why nothing more can be had before the deadline. */
export interface Turn<Life> {
  readonly events: readonly LifeEvent[];
  readonly next: Life | Outcome | Interruption;
}

/** A turn that is the last. */
export interface LastTurn {
  readonly events: readonly LifeEvent[];
  readonly next: Outcome;
}

/** The turn after which a life is at another stage. */
export function advanceTo<Life extends { readonly stage: unknown }>(
  life: Life,
  stage: Life['stage'],
  events: readonly LifeEvent[] = [],
): Turn<Life> {
  return { events, next: { ...life, stage } };
}

/** The same turn, before which something else is told. */
export function withEvents<Life>(events: readonly LifeEvent[], turn: Turn<Life>): Turn<Life> {
  return { ...turn, events: [...events, ...turn.events] };
}
