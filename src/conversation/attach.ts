import { ApiFailure, ATTACH } from './api.ts';
import type { Snapshot } from './conversation.ts';
import type { Outcome } from './outcome.ts';
import { DOUBT_MS } from './pace.ts';
import type { Problem } from './problem.ts';
import { lookAt, orFailure, reportFound, running, type Session, sleepUntil } from './session.ts';
import { waitForEnd } from './wait.ts';

/** A step that does not wait looks again after this time: servers list a new conversation half a second after its start. */
const LOOK_MS = 2_000;

/** Continues after this step has started the conversation. `firstLook`: a look that was just made. */
export async function started(id: string, session: Session, firstLook?: Snapshot): Promise<Outcome> {
  reportFound(id, session, 'started');
  if (session.poll) return waitForEnd({ id, ...(firstLook && { firstLook }) }, session);
  // The answer to the start may have come after a cancel or the deadline: then its agent is paused.
  session.signal.throwIfAborted();
  return running(id, session);
}

/**
 * Continues after the conversation of a key was found. If it is old and paused, an earlier step paused it at its deadline or
 * cancel: then resumes it.
 */
export async function attached(id: string, isOld: boolean, session: Session): Promise<Outcome> {
  reportFound(id, session, 'attached');
  const isResumed = isOld && session.onPaused === 'wait';
  return waitForEnd({ id, ...(isResumed && { onFoundPaused: 'resume' }) }, session);
}

/** Observes an existing conversation, without a message. */
export async function observe(id: string, session: Session): Promise<Outcome> {
  const { poll } = session;
  const firstLook = await listed(id, poll ? DOUBT_MS : LOOK_MS, false, session);
  if ('status' in firstLook) return firstLook;
  reportFound(id, session, 'observer');
  // A step that does not wait reports a missing sandbox at once.
  const { state } = firstLook;
  const isCertain = !poll && state.kind === 'unconfirmed' && state.ending === 'missing';
  return waitForEnd({ id, firstLook, isCertain }, session);
}

/** Looks for a conversation: a new one may not be listed yet. Returns the look, or the outcome if it is not there. */
export async function listed(
  id: string,
  doubtMs: number,
  isKeyed: boolean,
  session: Session,
): Promise<Snapshot | Outcome> {
  const { clock, emit } = session;
  const problem: Problem = {
    failedTo: ATTACH,
    because: `the server does not list the conversation ${id}`,
    todo: isKeyed
      ? 'use another idempotency-key to start again'
      : 'check conversation-id and base-url, and that api-key belongs to the account of the conversation',
    kind: 'not-found',
  };
  for (let since: number | undefined; ;) {
    const look = await orFailure(lookAt(id, session));
    if (look instanceof ApiFailure) return { status: 'start-failed', problem: look.problem };
    if (look.facts !== undefined) return look;
    if (since === undefined) emit({ kind: 'note', about: 'search', problem, limitMs: doubtMs });
    since ??= clock.now();
    if (clock.now() - since >= doubtMs) return { status: 'missing', problem };
    await sleepUntil(clock.now() + LOOK_MS, session);
  }
}
