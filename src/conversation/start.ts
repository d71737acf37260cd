import { ApiFailure } from './api.ts';
import { waitForFound, waitForOwn } from './attach.ts';
import { isDeadline, withGrace } from './clock.ts';
import { isSameId } from './conversation.ts';
import { deduplicate, type Deduplicated, type OwnStart } from './duplicates.ts';
import { continueOnceListed, type HiddenStart } from './hidden.ts';
import type { WantedStart } from './key.ts';
import type { Outcome } from './outcome.ts';
import { type CountsWithoutMessage, type Created, waitUntilCreated } from './prepare.ts';
import type { Problem } from './problem.ts';
import { type Keyed, sendTo } from './send.ts';
import { catchFailure, reportFound, type Session, sleepUntil, waitToRetry } from './session.ts';
import { type FoundStart, type StartProgress } from './start-progress.ts';

/**
 * How long to wait for the answer to a start after a cancel or the deadline: without it, a conversation of V0 cannot be found.
 * The runner terminates a cancelled step after 7.5 s: the rest is for the stop, the summary and the comment.
 */
const GRACE_MS = 5_500;
/** The waits before each look for a start whose answer was lost. By the last look, the server has stored it. */
const SEARCH_AFTER_MS = [1_000, 3_000, 8_000] as const;
/** The same if the server refused the start because its id is taken: a minute, as for a start that is ready. */
const SEARCH_TAKEN_AFTER_MS = [...SEARCH_AFTER_MS, 16_000, 32_000] as const;

/** Where the start comes from: the server knew of it before, or this step asked for it. */
type Origin = { readonly kind: 'found' } | OwnStart;

/** A start that the server has accepted, from this step or from another. */
interface AcceptedStart {
  readonly origin: Origin;
  readonly progress: StartProgress;
}

/** Starts a conversation, exactly one, and waits for its end if the step polls. */
export async function start(wanted: WantedStart, session: Session): Promise<Outcome> {
  const first = await startOrAttach(wanted, session);
  const outcome = 'kind' in first ? await startNext(first, wanted, session) : first;
  // After a cancel, the cancel counts, even if the server has refused the start. After the deadline, the refusal counts.
  if (outcome.status !== 'running' && !isDeadline(session.signal.reason)) session.signal.throwIfAborted();
  return outcome;
}

/** Starts the next conversation of a key, because the server hides the first. Does that once. */
async function startNext(
  { isPaused, problem }: HiddenStart,
  { next }: WantedStart,
  session: Session,
): Promise<Outcome> {
  if (!isPaused || next === undefined) return { status: 'missing', problem };
  const second = await startOrAttach(await next(), session);
  return 'kind' in second ? { status: 'missing', problem: second.problem } : second;
}

/** What this step's request for a conversation led to. `again`: the server asks to try again. */
type AskResult = AcceptedStart | Outcome | HiddenStart | 'again';

/** Finds or starts the conversation, follows the start until it exists, and continues from there. */
async function startOrAttach(wanted: WantedStart, session: Session): Promise<Outcome | HiddenStart> {
  const { request, found: progress } = wanted;
  session.emit({ kind: 'chosen', id: request.id });
  const found: AcceptedStart | undefined = progress && { origin: { kind: 'found' }, progress };
  let asked: AskResult = found ?? (await askToStart(wanted, session));
  while (asked === 'again') asked = (await findByKey(wanted, session)) ?? (await askToStart(wanted, session));
  if (!('progress' in asked)) return asked;
  const { origin } = asked;
  const created = await waitUntilCreated(asked.progress, wanted, whenWithoutMessage(origin, wanted), session);
  return 'status' in created ? created : continueAfterStart(created, origin, wanted, session);
}

/** Looks for the conversation of a key: another run may have started it while this one waited. */
async function findByKey(
  { isShared, request }: WantedStart,
  session: Session,
): Promise<AcceptedStart | Outcome | undefined> {
  if (!isShared) return undefined;
  const found = await catchFailure(session.api.findStart({ id: request.id, isShared }, session.signal));
  if (found instanceof ApiFailure) return { status: 'start-failed', problem: found.problem };
  if (found.kind === 'not-there' || found.kind === 'unreported') return undefined;
  return { origin: { kind: 'found' }, progress: found };
}

/** Asks for the conversation. If the answer is lost, looks for it, and asks once more. `lost`: why an earlier answer is missing. */
async function askToStart(wanted: WantedStart, session: Session, lost?: Problem): Promise<AskResult> {
  const { api, clock, signal, emit } = session;
  const { request, isShared } = wanted;
  signal.throwIfAborted();
  emit({ kind: 'asking', id: request.id, at: clock.date().getTime() });
  const answer = await catchFailure(
    withGrace(clock, GRACE_MS, signal, async (graceSignal) => api.start(request, graceSignal)),
  );
  // The earlier request may still succeed, whatever the server answers to the second one.
  if (answer instanceof ApiFailure) return retryLostStart(answer, wanted, session, lost);
  // It is another run's if others may ask for the id and this run has not asked before. Then there is nothing to stop.
  const isFromOtherRun = isShared && lost === undefined;
  const origin = { kind: isFromOtherRun ? 'found' : 'lost' } as const;
  switch (answer.kind) {
    case 'taken':
      if (lost === undefined) emit({ kind: 'refused' });
      return searchTaken(origin, wanted, session, answer.problem);
    case 'deferred':
      if (lost !== undefined) return { status: 'start-failed', problem: lost };
      emit({ kind: 'refused' });
      await waitToRetry({ ...answer, problem: { ...answer.problem, stage: 'start' } }, session);
      return 'again';
    case 'existing':
      if (isFromOtherRun) emit({ kind: 'refused' });
      // Its message may still arrive.
      return { origin, progress: { kind: 'no-message', id: answer.id } };
    case 'pending':
      return reportAccepted(answer, { kind: 'asked', task: answer.task }, wanted, session);
    default:
      return reportAccepted(answer, { kind: 'asked' }, wanted, session);
  }
}

/** If the answer was lost, looks for the start, and asks once more if the server does not have it. */
async function retryLostStart(
  { problem, mayHaveActed }: ApiFailure,
  wanted: WantedStart,
  session: Session,
  lost: Problem | undefined,
): Promise<AskResult> {
  if (mayHaveActed) {
    const found = await search(wanted, session, problem, SEARCH_AFTER_MS);
    if (found !== undefined) return reportAccepted(found, { kind: 'lost' }, wanted, session);
    return lost === undefined ? askToStart(wanted, session, problem) : { status: 'start-failed', problem };
  }
  if (lost === undefined) session.emit({ kind: 'refused' });
  return { status: 'start-failed', problem: lost ?? problem };
}

/** Looks for the conversation that another run with the same key, or an earlier request of this step, has asked for. */
async function searchTaken(
  origin: Origin,
  wanted: WantedStart,
  session: Session,
  problem: Problem,
): Promise<AcceptedStart | Outcome | HiddenStart> {
  const found = await search(wanted, session, problem, SEARCH_TAKEN_AFTER_MS);
  if (found !== undefined) return reportAccepted(found, origin, wanted, session);
  if (!wanted.isShared) return { status: 'start-failed', problem };
  const advice = 'use another idempotency-key';
  return { kind: 'hidden', isPaused: true, problem: { ...problem, advice, kind: 'not-found' } };
}

/** Looks for a start after each wait; `undefined` if it is not there. A failed look does not end the search. */
async function search(
  { request: { id, message }, isShared }: WantedStart,
  session: Session,
  problem: Problem,
  waitsMs: readonly number[],
): Promise<StartProgress | Outcome | undefined> {
  const { api, clock, signal, emit } = session;
  let found: FoundStart | ApiFailure | undefined;
  emit({ kind: 'note', about: 'search', problem, limitMs: waitsMs.reduce((sum, each) => sum + each, 0) });
  for (const waitMs of waitsMs) {
    await sleepUntil(clock.now() + waitMs, session);
    found = await catchFailure(api.findStart({ id, isShared, message }, signal));
    if (found instanceof ApiFailure || found.kind === 'not-there') continue;
    return found.kind === 'unreported' ? { status: 'start-failed', problem } : found;
  }
  return found instanceof ApiFailure ? { status: 'start-failed', problem } : undefined;
}

/** Reports an accepted start, so that post finds it if this process is killed. Returns an outcome unchanged. */
function reportAccepted(
  progress: StartProgress | Outcome,
  origin: Origin,
  { request, isShared }: WantedStart,
  { emit }: Session,
): AcceptedStart | Outcome {
  if ('status' in progress) return progress;
  if (progress.kind === 'pending') emit({ kind: 'preparing', task: progress.task, id: request.id, isShared });
  return { origin, progress };
}

/** Returns when a conversation counts although its agent has no message. It then gets this step's. */
function whenWithoutMessage({ kind }: Origin, { mark }: WantedStart): CountsWithoutMessage {
  if (kind !== 'found') return 'after-a-minute';
  return mark === undefined ? 'never' : 'at-once';
}

/** Continues with the conversation: this step's own, or one that another run has started. */
async function continueAfterStart(
  created: Created,
  origin: Origin,
  wanted: WantedStart,
  session: Session,
): Promise<Outcome | HiddenStart> {
  const { id, hasMessage } = created;
  const { request, mark } = wanted;
  const send = async (keyed: Keyed): Promise<Outcome> =>
    sendTo({ id, message: request.message, keyed }, session);
  if (origin.kind === 'found')
    return continueOnceListed(created, wanted, undefined, session, async () =>
      mark === undefined ? waitForFound(id, true, session) : send({ role: 'follow-up', mark }),
    );
  if (!hasMessage) return send({ role: 'started', mark });
  const { isReused, hasMessage: hasOwnMessage } = await findStarter(id, origin, wanted, session);
  return continueOnceListed(created, wanted, isReused ? undefined : 'started', session, async (look) => {
    if (mark === undefined || hasOwnMessage === true)
      return isReused ? waitForFound(id, false, session) : waitForOwn(id, session, look);
    if (hasOwnMessage === false) return send({ role: isReused ? 'follow-up' : 'started', mark });
    // The start may have been another run's: the stored events show whose message the conversation has.
    return send({ mark: { ...mark, mayBeSent: true }, ...(isReused && { role: 'follow-up' }) });
  });
}

/** Finds out which run has started the conversation of a key: several may have asked for it at the same time. */
async function findStarter(
  id: string,
  origin: OwnStart,
  { isShared, request }: WantedStart,
  session: Session,
): Promise<Deduplicated> {
  const hasChosenId = isSameId(id, request.id);
  if (isShared && hasChosenId) {
    reportFound(id, session);
    return deduplicate(request.id, origin, session);
  }
  if (isShared) session.emit({ kind: 'note', about: 'ignored-key' });
  return { isReused: false, hasMessage: true };
}
