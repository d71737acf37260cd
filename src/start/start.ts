import { isTooLargeWithPictures, send } from '../continue/send.ts';
import { ApiFailure, ATTACH } from '../port/api.ts';
import { STEP_TAG } from '../port/assignment.ts';
import { AFTER_CANCEL_MS } from '../port/cancel.ts';
import { withGrace } from '../port/clock.ts';
import type { Snapshot } from '../port/conversation.ts';
import { isCloneFailure, isDeadline } from '../port/interruption.ts';
import { isOver, noConversation, type Outcome } from '../port/outcome.ts';
import type { KnownPlace, Place } from '../port/place.ts';
import { OTHER_KEY, type Problem } from '../port/problem.ts';
import { catchFailure, countKeyRefusals, sleepUntil } from '../session/ask.ts';
import { beginFound, beginOwn, type Begun, putToWorkSince } from '../session/begun.ts';
import { checkClone } from '../session/clone.ts';
import { reportFound, type Session, waitToRetry } from '../session/session.ts';
import { MAX_STOP_MS, stopAgent } from '../session/stop.ts';
import { findStarter, type Origin, type Starter } from './duplicates.ts';
import { waitUntilListed } from './hidden.ts';
import { refuseOther, type WantedStart } from './key.ts';
import { locate } from './locate.ts';
import { type Created, waitUntilCreated } from './prepare.ts';
import { checkWorktree, warnOfNeighbors } from './worktree.ts';

/** The waits before each look for a start whose answer was lost. By the last look, the server has stored it. */
const SEARCH_AFTER_MS = [1_000, 3_000, 8_000] as const;
/** The same if the server refused the start because its id is taken: a minute, as for a start that is ready. */
const SEARCH_TAKEN_AFTER_MS = [...SEARCH_AFTER_MS, 16_000, 32_000] as const;

/** A start that the server has accepted, from this step or from another. */
interface AcceptedStart {
  readonly origin: Origin;
  readonly place: KnownPlace;
}

/** Starts a conversation, exactly one, or finds it. Returns what to wait for, or the outcome if that is impossible. */
export async function start(wanted: WantedStart, session: Session): Promise<Begun | Outcome> {
  const begun = await startOrNext(wanted, session);
  // After a cancel, the cancel counts, even if the server has refused the start. After the deadline, the refusal counts.
  if (isOver(begun) && !isDeadline(session.signal.reason)) session.signal.throwIfAborted();
  return begun;
}

/** Starts the conversation or, if it is archived, the key's next one. If the server hides that, starts the one after it. */
async function startOrNext(wanted: WantedStart, session: Session): Promise<Begun | Outcome> {
  let begun = await startOrAttach(wanted, session);
  let { next } = wanted;
  if (next && begun.kind === 'agent-failed' && begun.isArchived) {
    const { conversation } = begun;
    session.emit({ kind: 'archived', conversation });
    const later = await next(conversation);
    begun = await startOrAttach(later, session);
    next = later.next;
  }
  const isHidden = begun.kind === 'no-conversation' && begun.problem.isHidden;
  // Once: if the server hides the key's next conversation, too, it may hide them all.
  return isHidden && next ? startOrAttach(await next(), session) : begun;
}

/**
 * Replaces the conversation that the key has found if it lacks its repository and counts as failed: pauses its agent, and returns the key's
 * next conversation. Throws what was thrown otherwise, or if the agent could not be paused.
 *
 * @param thrown what the start or the wait has thrown.
 */
export async function replaceWithoutClone(
  thrown: unknown,
  { request, found, next, isReplaceable = false }: WantedStart,
  { api, clock, signal, emit }: Session,
): Promise<WantedStart> {
  if (!isCloneFailure(thrown) || found === undefined || !isReplaceable || !next) throw thrown;
  const conversation = api.conversation(request.id);
  const limits = { clock, signal, limitMs: MAX_STOP_MS, pendingWork: 'start' as const };
  const stopped = await stopAgent(api, conversation.id, limits);
  if (stopped.kind === 'not-stopped') throw thrown;
  emit({ kind: 'not-cloned', conversation });
  return next();
}

/** Finds or starts the conversation, follows the start until it exists, and continues from there. */
async function startOrAttach(wanted: WantedStart, session: Session): Promise<Begun | Outcome> {
  const { request, found, mark } = wanted;
  session.emit({ kind: 'chosen', id: request.id });
  const byKey: AcceptedStart | undefined = found && { origin: { kind: 'found' }, place: found };
  const [asked] = byKey
    ? [byKey]
    : await Promise.all([askToStart(wanted, session), warnOfNeighbors(wanted, session)]);
  if (isOver(asked)) return asked;
  const { origin, place } = asked;
  const isFound = origin.kind === 'found';
  const sendsFollowUp = mark !== undefined;
  // So that post finds this step's start if this process is killed. A start that was found after a lost answer may be another run's.
  if (origin.kind === 'asked' && place.kind === 'pending')
    session.emit({ kind: 'preparing', task: place.task, id: request.id });
  const created = await waitUntilCreated(place, wanted, isFound && sendsFollowUp, session);
  if (isOver(created)) return created;
  const refused = refuseOther(created, wanted);
  if (refused !== undefined) return refused;
  // A step that only found the conversation sends no message: others may have found it, too.
  if (created.kind === 'no-message' && isFound && !sendsFollowUp) {
    const because = 'its agent got no message within a minute: the start that created it may have failed';
    return noConversation({ failedTo: ATTACH, because, ...OTHER_KEY, kind: 'server' });
  }
  return beginAfterStart(created, origin, wanted, session);
}

/** Looks for the conversation of a key: another run may have started it while this one waited. `undefined` if there is none. */
async function findByKey(
  { isShared, request: { id } }: WantedStart,
  session: Session,
): Promise<AcceptedStart | Outcome | undefined> {
  if (!isShared) return undefined;
  const place = await catchFailure(locate({ id, isShared }, session));
  if (place instanceof ApiFailure) return noConversation(place.problem);
  if (place.kind === 'not-there' || place.kind === 'unreported') return undefined;
  return { origin: { kind: 'found' }, place };
}

/**
 * Asks for the conversation. If the answer is lost, looks for it, and asks once more. `lost`: why an earlier answer is missing. With it,
 * no refusal counts: the earlier request may still succeed.
 */
async function askToStart(
  wanted: WantedStart,
  session: Session,
  lost?: Problem,
): Promise<AcceptedStart | Outcome> {
  const { api, clock, signal, emit } = session;
  const { request, isShared, message: draft } = wanted;
  signal.throwIfAborted();
  const message = await draft.write();
  const at = clock.date().getTime();
  const stepTag = stepTagIn(wanted);
  emit({ kind: 'asking', id: request.id, at, ...(stepTag !== undefined && { stepTag }) });
  const answer = await catchFailure(
    withGrace(clock, AFTER_CANCEL_MS.startAnswered, signal, async (graceSignal) =>
      api.start({ ...request, message }, graceSignal),
    ),
  );
  if (answer instanceof ApiFailure) {
    if (!isTooLargeWithPictures(answer, message))
      return handleFailedStart(answer, wanted, { at, lost }, session);
    draft.dropPictures();
    return askToStart(wanted, session, lost);
  }
  // Others may ask for the id, and this run has not asked before: if the conversation exists already, it is another run's. Then there is
  // nothing to stop.
  const wouldBeOthers = isShared && lost === undefined;
  const originIfExisting: Origin = wouldBeOthers ? { kind: 'found' } : { kind: 'lost', at };
  switch (answer.kind) {
    case 'taken':
      // This request had no effect. If an earlier one may have had, post still looks for its start.
      if (lost === undefined) emit({ kind: 'no-work' });
      return searchTaken(originIfExisting, wanted, session, answer.problem);
    case 'deferred':
      if (lost !== undefined) return noConversation(lost);
      emit({ kind: 'no-work' });
      await waitToRetry({ ...answer, problem: { ...answer.problem, stage: 'start' } }, session);
      return (await findByKey(wanted, session)) ?? askToStart(wanted, session);
    case 'existing':
      if (wouldBeOthers) emit({ kind: 'no-work' });
      // Its message may still arrive.
      return { origin: originIfExisting, place: { kind: 'no-message', id: answer.id } };
    default:
      return {
        origin: { kind: 'asked', ...('task' in answer && { task: answer.task }) },
        place: answer,
      };
  }
}

/** Returns the tag of this step's start if other runs may ask for the same id. */
function stepTagIn({ request, isShared }: WantedStart): string | undefined {
  return isShared ? request.tags?.[STEP_TAG] : undefined;
}

/**
 * If the answer was lost, looks for the start, and asks once more if the server does not have it. `at`: when the start was asked for.
 * `lost`: why an earlier answer is missing. With it, no refusal counts: the earlier request may still succeed.
 */
async function handleFailedStart(
  { problem, mayHaveActed }: ApiFailure,
  wanted: WantedStart,
  { at, lost }: { readonly at: number; readonly lost: Problem | undefined },
  session: Session,
): Promise<AcceptedStart | Outcome> {
  if (mayHaveActed) {
    const found = await searchStart({ kind: 'lost', at }, wanted, session, problem, SEARCH_AFTER_MS);
    if (found !== undefined) return found;
    return lost === undefined ? askToStart(wanted, session, problem) : noConversation(problem);
  }
  if (lost === undefined) session.emit({ kind: 'no-work' });
  return noConversation(lost ?? problem);
}

/** Looks for the conversation that another run with the same key, or an earlier request of this step, has asked for. */
async function searchTaken(
  origin: Origin,
  wanted: WantedStart,
  session: Session,
  problem: Problem,
): Promise<AcceptedStart | Outcome> {
  const found = await searchStart(origin, wanted, session, problem, SEARCH_TAKEN_AFTER_MS);
  if (found !== undefined) return found;
  if (!wanted.isShared) return noConversation(problem);
  // The id is taken, but neither a start nor a conversation shows by whom: so the server hides that.
  return noConversation({ ...problem, ...OTHER_KEY, kind: 'not-found', isHidden: true }, 'missing');
}

/**
 * Looks for a start after each wait; `undefined` if it is not there. A failed look does not end the search, unless the key is refused
 * again.
 *
 * @param problem why the step searches. It is the problem of the outcome if the server cannot tell where the start is.
 */
async function searchStart(
  origin: Origin,
  { request: { id }, message: draft, isShared }: WantedStart,
  session: Session,
  problem: Problem,
  waitsMs: readonly number[],
): Promise<AcceptedStart | Outcome | undefined> {
  const { clock, emit } = session;
  const isKeyRefused = countKeyRefusals();
  let place: Place | ApiFailure | undefined;
  emit({ kind: 'note', about: 'search', problem, limitMs: waitsMs.reduce((sum, each) => sum + each, 0) });
  for (const waitMs of waitsMs) {
    await sleepUntil(clock.now() + waitMs, session);
    const { text: message } = await draft.write();
    place = await catchFailure(locate({ id, isShared, message }, session));
    if (isKeyRefused(place)) break;
    if (place instanceof ApiFailure || place.kind === 'not-there') continue;
    return place.kind === 'unreported' ? noConversation(problem) : { origin, place };
  }
  return place instanceof ApiFailure ? noConversation(problem) : undefined;
}

/**
 * Begins with the conversation: this step's own, or one that another run has started. Sends it the message if that did not reach it or,
 * with a mark, if it may have only another run's.
 */
async function beginAfterStart(
  created: Created,
  origin: Origin,
  wanted: WantedStart,
  session: Session,
): Promise<Begun | Outcome> {
  const { id } = created;
  const { request, mark } = wanted;
  const isFound = origin.kind === 'found';
  if (!isFound && created.kind === 'no-message') return sendFirst(created, wanted, session);
  const asked = { id: request.id, isShared: wanted.isShared, stepTag: stepTagIn(wanted) };
  // The message that it has may be unknown, too.
  const { starter, hasMessage } = await findStarter(created, origin, asked, session);
  const firstLook = await lookFirst(created, starter, wanted, session);
  if (isOver(firstLook)) return firstLook;
  // Without a mark, another run's conversation gets no message.
  if (mark !== undefined && hasMessage !== true)
    return sendToShared(id, { isOthers: starter === 'another-run', hasMessage }, wanted, session);
  const mayBeOthers = starter === 'unknown';
  const begun =
    starter === 'another-run'
      ? beginFound(id, { isOld: isFound }, session)
      : beginOwn(id, session, {
          firstLook,
          mayBeOthers,
          putToWorkAt: putToWorkSince(session.startedAt, session),
        });
  return { ...begun, mayLackClone: true };
}

/** Sends the message to a conversation that this step's start has created, but that it did not reach. */
async function sendFirst(created: Created, wanted: WantedStart, session: Session): Promise<Begun | Outcome> {
  const { id } = created;
  const { message, mark } = wanted;
  const look = await lookFirst(created, 'this-run', wanted, session);
  if (isOver(look)) return look;
  await checkClone(id, session);
  return send({ id, message, mark, role: 'started' }, session);
}

/** Sends the message to a conversation of several runs, which may have that of another one. `hasMessage`: `false`, or `undefined` if unknown. */
async function sendToShared(
  id: string,
  { isOthers, hasMessage }: { readonly isOthers: boolean; readonly hasMessage: false | undefined },
  { message, followUp, mark }: WantedStart,
  session: Session,
): Promise<Begun | Outcome> {
  // A step that fails must know which conversation it was.
  reportFound(id, session);
  await checkClone(id, session);
  const draft = isOthers ? followUp : message;
  // If it is unknown whose message it has, the stored events show that.
  const isUnknown = hasMessage === undefined;
  const sought = mark && (isUnknown ? { ...mark, mayHaveBeenSent: true } : mark);
  const role = isOthers ? 'follow-up' : isUnknown ? 'unknown' : 'started';
  return send({ id, message: draft, mark: sought, role }, session);
}

/**
 * Waits until the conversation is listed and, if it should have a worktree, looks at its folder. Returns the last look, if there was one,
 * or the outcome.
 */
async function lookFirst(
  created: Created,
  starter: Starter,
  wanted: WantedStart,
  session: Session,
): Promise<Snapshot | Outcome | undefined> {
  // Only a conversation that is certainly this step's is reported as started while it is not listed.
  const role = starter === 'this-run' ? 'started' : undefined;
  const look = await waitUntilListed(created, wanted, role, session);
  if (isOver(look)) return look;
  const later = await checkWorktree(created.id, starter, wanted, session);
  return later ?? look;
}
