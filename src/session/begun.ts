import type { Facts, MessageCursor, OnPaused, Snapshot } from '../port/conversation.ts';
import { reportFound, type Session } from './session.ts';

/** A conversation to look at until it ends. */
export interface WatchedConversation {
  readonly id: string;
  /** When its message was delivered, in the clock's milliseconds; by default, when the step began. */
  readonly startedAt?: number;
  /** See {@link putToWorkSince}; absent if this step has neither started it nor sent it its message. */
  readonly putToWorkAt?: number | undefined;
  /** Facts that are known already. */
  readonly facts?: Facts;
  /** For a follow-up, the position before it: earlier ends do not count. */
  readonly messageCursor?: MessageCursor;
  /** Whether an unconfirmed state counts at once. */
  readonly isCertain?: boolean;
}

/** The same, and what the first look means. */
export interface AwaitedConversation extends WatchedConversation {
  readonly firstLook?: Snapshot;
  /** Replaces `on-paused` if the first look shows the conversation paused. */
  readonly onFoundPaused?: OnPaused;
}

/** A conversation with which the step has begun, and what it waits for: it has started it, has sent it a message, or has found it. */
export interface Begun extends AwaitedConversation {
  readonly kind: 'started' | 'sent' | 'found';
  /** Present if nobody has asked whether its repository was cloned. */
  readonly mayLackClone?: true;
}

/** What is known of a conversation that counts as started by this step. */
interface OwnStart {
  /** A look that was just made. */
  readonly firstLook?: Snapshot | undefined;
  /** Whether another run may have started it. */
  readonly mayBeOthers?: boolean;
  /** See {@link putToWorkSince}; absent if that is not known. */
  readonly putToWorkAt?: number;
}

/**
 * Returns since when this step has put the agent to work on a server that was there already, in the clock's milliseconds. The server of a
 * sandbox begins with it, and the step may just have started or resumed that: its uptime shows no restart.
 *
 * @param before when the step was about to put it to work.
 */
export function putToWorkSince(before: number, { api, clock }: Pick<Session, 'api' | 'clock'>): number {
  return api.worksInFolder ? before : clock.now();
}

/** Reports that this step has started the conversation. */
export function beginOwn(
  id: string,
  session: Session,
  { firstLook, mayBeOthers, putToWorkAt }: OwnStart = {},
): Begun {
  reportFound(id, session, 'started', { mayBeOthers });
  return { kind: 'started', id, ...(firstLook && { firstLook }), putToWorkAt };
}

/**
 * Reports that a key has found its conversation. `isOld`: it was there before this step asked for it. If an old one is paused, an
 * earlier step has paused it: the wait resumes it, even if `on-paused` is `wait`. `hasMessage`: it has the message of this run already.
 */
export function beginFound(
  id: string,
  { isOld, hasMessage }: { readonly isOld: boolean; readonly hasMessage?: true },
  session: Session,
): Begun {
  reportFound(id, session, 'attached', { hasMessage });
  const mustResume = isOld && session.onPaused === 'wait';
  return { kind: 'found', id, ...(mustResume && { onFoundPaused: 'resume' }) };
}
