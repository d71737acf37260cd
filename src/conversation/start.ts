import { ApiFailure, type Found, type StartAnswer, type StartProgress } from './api.ts';
import type { Start } from './assignment.ts';
import { attached, started } from './attach.ts';
import { isDeadline, withGrace } from './clock.ts';
import { isSameId } from './conversation.ts';
import { deduplicate, type OwnStart } from './duplicates.ts';
import type { Outcome } from './outcome.ts';
import { type Created, findStart, untilCreated, type WithoutMessage } from './prepare.ts';
import type { Problem } from './problem.ts';
import { type Keyed, type SenderRole, sendTo } from './send.ts';
import { orFailure, retryLater, type Session, sleepUntil, startFailed } from './session.ts';

/**
 * How long to wait for the answer to a start after a cancel or the deadline: without it, V0's conversation cannot be found.
 * The runner terminates a cancelled step after 7.5 s. The rest of that time is for the stop, the summary and the comment.
 */
const GRACE_MS = 5_500;
/** The waits before each look for a start whose answer was lost. A server that got the request has stored it by the last look. */
const SEARCH_AFTER_MS = [1_000, 3_000, 8_000] as const;
const SEARCH_MS = SEARCH_AFTER_MS.reduce((sum, each) => sum + each, 0);

/** How this step came to the start: the server knew it before, or as its {@link OwnStart}. */
type Origin = { readonly kind: 'found' } | OwnStart;

/** A start that the server has accepted, from this step or from another. */
interface Accepted {
  readonly origin: Origin;
  readonly progress: StartProgress;
}

/** Starts a conversation, so that one results and not two, and waits for its end if the step polls. */
export async function start(wanted: Start, session: Session): Promise<Outcome> {
  const outcome = await startOrAttach(wanted, session);
  // A refusal may have come after a cancel or the deadline. At the deadline it counts as the result.
  if (outcome.status !== 'running' && !isDeadline(session.signal.reason)) session.signal.throwIfAborted();
  return outcome;
}

/** Finds or starts the conversation, follows the start until it exists, and continues from there. */
async function startOrAttach(wanted: Start, session: Session): Promise<Outcome> {
  for (;;) {
    const accepted = (await lookUp(wanted, session)) ?? (await ask(wanted, session));
    // Another run may start the conversation while this one waits: look for it again first.
    if (accepted === 'again') continue;
    if ('status' in accepted) return accepted;
    const created = await untilCreated(
      accepted.progress,
      wanted,
      withoutMessage(accepted.origin, wanted),
      session,
    );
    if ('status' in created) return created;
    return afterStart(created, accepted.origin, wanted, session);
  }
}

/** Looks for the conversation of a key, in whatever state; `undefined` if there is none. */
async function lookUp(wanted: Start, session: Session): Promise<Accepted | Outcome | undefined> {
  if (!wanted.isShared) return undefined;
  const found = await orFailure(findStart(wanted, session));
  if (found instanceof ApiFailure) return startFailed(found.problem);
  if (found.kind === 'not-there' || found.kind === 'unreported') return undefined;
  return { origin: { kind: 'found' }, progress: found };
}

/**
 * Asks for the conversation. If the answer is lost, looks for it, and asks once more if the server does not have it.
 *
 * @param lost why the answer to an earlier request is missing.
 */
async function ask(wanted: Start, session: Session, lost?: Problem): Promise<Accepted | Outcome | 'again'> {
  const { api, clock, signal, emit } = session;
  const { request } = wanted;
  signal.throwIfAborted();
  emit({ kind: 'asking', id: request.id, at: clock.date().getTime() });
  const answer = await orFailure(
    withGrace(clock, GRACE_MS, signal, async (late) => api.start(request, late)),
  );
  if (answer instanceof ApiFailure && answer.mayHaveActed)
    return search(wanted, session, answer.problem, lost !== undefined);
  const isRefused = answer instanceof ApiFailure || answer.kind === 'deferred';
  // The earlier request may still succeed, whatever the server answers to the second one.
  if (isRefused && lost !== undefined) return startFailed(lost);
  if (isRefused) emit({ kind: 'refused' });
  if (answer instanceof ApiFailure) return startFailed(answer.problem);
  return answered(answer, wanted, session, lost !== undefined);
}

async function answered(
  answer: StartAnswer,
  wanted: Start,
  session: Session,
  isSecond: boolean,
): Promise<Accepted | 'again'> {
  switch (answer.kind) {
    case 'deferred':
      await retryLater(answer, session);
      return 'again';
    case 'existing': {
      // It is another run's, if others may ask for the id and this run has not lost the answer to an earlier request. Then
      // there is nothing to stop. Its message may be on its way.
      const isOthers = wanted.isShared && !isSecond;
      if (isOthers) session.emit({ kind: 'refused' });
      const progress = { kind: 'no-message', id: answer.id } as const;
      return { origin: { kind: isOthers ? 'found' : 'lost' }, progress };
    }
    default: {
      const task = answer.kind === 'pending' && { task: answer.task };
      return announced({ origin: { kind: 'asked', ...task }, progress: answer }, wanted, session);
    }
  }
}

/** Looks for a start whose answer was lost. If a look fails, the next may succeed. */
async function search(
  wanted: Start,
  session: Session,
  lost: Problem,
  isSecond: boolean,
): Promise<Accepted | Outcome | 'again'> {
  let found: Found | ApiFailure = new ApiFailure(lost);
  session.emit({ kind: 'searching', problem: lost, limitMs: SEARCH_MS });
  for (const waitMs of SEARCH_AFTER_MS) {
    await sleepUntil(session.clock.now() + waitMs, session);
    found = await orFailure(findStart(wanted, session, wanted.request.message));
    if (found instanceof ApiFailure || found.kind === 'not-there') continue;
    if (found.kind === 'unreported') return startFailed(lost);
    return announced({ origin: { kind: 'lost' }, progress: found }, wanted, session);
  }
  return found instanceof ApiFailure || isSecond ? startFailed(lost) : ask(wanted, session, lost);
}

/** Lets post know of the start, in case this process is killed. */
function announced(own: Accepted, { request, isShared }: Start, { emit }: Session): Accepted {
  const { progress } = own;
  if (progress.kind === 'pending') emit({ kind: 'preparing', task: progress.task, id: request.id, isShared });
  return own;
}

/** When a conversation whose agent has no message counts: then it gets this step's. */
function withoutMessage({ kind }: Origin, { mark }: Start): WithoutMessage {
  if (kind !== 'found') return 'after-a-minute';
  return mark === undefined ? 'never' : 'at-once';
}

/** Continues with the conversation: this step's own, or one that another run has started. */
async function afterStart(
  { id, hasMessage }: Created,
  origin: Origin,
  wanted: Start,
  session: Session,
): Promise<Outcome> {
  const { isShared, request, mark } = wanted;
  if (origin.kind === 'found')
    return mark === undefined ? attached(id, true, session) : sendMessage(id, 'follow-up', wanted, session);
  if (!hasMessage) return sendMessage(id, 'started', wanted, session);
  if (isShared && isSameId(id, request.id)) return afterSharedStart(id, origin, wanted, session);
  if (isShared) session.emit({ kind: 'key-ignored' });
  return started(id, session);
}

/** Continues with the conversation of a key: several runs may have asked for it at the same time. */
async function afterSharedStart(
  id: string,
  origin: OwnStart,
  wanted: Start,
  session: Session,
): Promise<Outcome> {
  const { request, mark } = wanted;
  session.emit({ kind: 'linked', conversation: session.api.conversation(id) });
  const { isReused, hasMessage: hasOwn } = await deduplicate(request.id, origin, session);
  if (mark === undefined || hasOwn === true)
    return isReused ? attached(id, false, session) : started(id, session);
  if (hasOwn === false) return sendMessage(id, isReused ? 'follow-up' : 'started', wanted, session);
  // This run may have mistaken another run's start for its own: the stored events show whose message the conversation has.
  const keyed = { mark: { ...mark, mayBeSent: true }, ...(isReused && ({ role: 'follow-up' } as const)) };
  return sendTo({ id, message: request.message, keyed }, session);
}

async function sendMessage(
  id: string,
  role: SenderRole,
  { mark, request: { message } }: Start,
  session: Session,
): Promise<Outcome> {
  const keyed: Keyed = { role, ...(mark && { mark }) };
  return sendTo({ id, message, keyed }, session);
}
