import { isSameId } from './conversation.ts';
import { CONFIRM_MS } from './pace.ts';

/** Where a conversation is, or the start of it. */
export type Place =
  | KnownPlace
  /** The server knows neither. For a short time after a start, that is normal. */
  | { readonly kind: 'not-there' }
  /** It may be there, but the API or the server cannot tell. */
  | { readonly kind: 'unreported' };

/** A place that the server has told. */
export type KnownPlace =
  /** The server is preparing the sandbox. `task` identifies the start. */
  | ({ readonly kind: 'pending'; readonly task: string; readonly phase: string } & StartTimes)
  /** `unlisted`: present if only the start names the conversation so far. */
  | (Existing & { readonly kind: 'created'; readonly unlisted?: Unlisted })
  /** The agent is idle: the message may be on its way, or the server failed to deliver it. */
  | (Existing & { readonly kind: 'no-message' })
  | FailedStart;

/** The server gave up. */
export interface FailedStart {
  readonly kind: 'failed';
  /** Why, in the server's words; empty if it does not say. */
  readonly reason: string;
  /** Present if the server could not clone the repository, or check out the branch. */
  readonly isCloneFailure?: true;
  /** The sandbox that it had started, if it says so. */
  readonly sandbox?: string;
}

/** When the server has worked on a start, by its clock; absent if it does not say. */
interface StartTimes {
  /** In milliseconds since 1970. */
  readonly createdAt?: number;
  /** How long the start has not changed, in milliseconds. */
  readonly unchangedMs?: number;
}

/** The age, in milliseconds, after which a start without a conversation will never lead to one: it no longer holds its key. */
export const MAX_START_AGE_MS = 30 * 60_000;

/** A conversation that exists. */
export interface Existing {
  readonly id: string;
  /** Absent if the server names none. */
  readonly repository?: string | undefined;
  /** The {@link STEP_TAG} of its start, if the server tells it. */
  readonly startedBy?: string | undefined;
}

/** A conversation that is ready according to its start, but not listed: the server lists it a moment later, or hides it for good. */
interface Unlisted {
  /** The sandbox in which the agent works; absent if the start does not name it. */
  readonly sandbox?: string;
  /** How long the start has been ready, in milliseconds by the server's clock; absent if it does not say. */
  readonly readyMs?: number;
}

/** Whether a start has led to a conversation, or still may. */
export function isAlive(place: Place): place is KnownPlace & { readonly kind: 'pending' | 'created' } {
  return place.kind === 'pending' || place.kind === 'created';
}

/** How long after its start a server may list a conversation, in milliseconds: after that it is hidden. */
const MAX_LISTING_MS = CONFIRM_MS;

/** Whether a start may lead to a conversation that the server will list. */
export function mayBeListed(place: KnownPlace): boolean {
  if (place.kind === 'pending') return true;
  return place.kind === 'created' && (place.unlisted?.readyMs ?? 0) < MAX_LISTING_MS;
}

/** A start that the server has accepted, of any run. */
export interface Start {
  readonly task: string;
  /** The id that was chosen for the conversation; absent if the server does not report it: older ones choose another. */
  readonly id?: string;
  readonly message?: string;
  /** By the server's clock, in milliseconds since 1970; 0 if it does not say. */
  readonly createdAt: number;
  /** How long ago that was, in milliseconds by the server's clock. */
  readonly ageMs: number;
  /** The sandbox of this start; absent until it exists. */
  readonly sandbox?: string;
  readonly place: KnownPlace;
}

/** Returns the starts that asked for a conversation with a chosen id: several, if several runs asked for it at the same time. */
export function startsOf(id: string, starts: readonly Start[]): readonly Start[] {
  return starts.filter((start) => start.id !== undefined && isSameId(start.id, id));
}
