import { ApiFailure, type StartAnswer } from './api.ts';
import { attached, started } from './attach.ts';
import { isDeadline, withGrace } from './clock.ts';
import { isSameId } from './conversation.ts';
import { deduplicate, type Deduplicated, type OwnStart } from './duplicates.ts';
import { type Hidden, onceListed } from './hidden.ts';
import type { Start } from './key.ts';
import type { Outcome } from './outcome.ts';
import { type Created, untilCreated, type WithoutMessage } from './prepare.ts';
import type { Problem } from './problem.ts';
import { type Keyed, sendTo } from './send.ts';
import { orFailure, reportFound, retryLater, type Session, sleepUntil } from './session.ts';
import { type Found, type StartProgress } from './start-progress.ts';

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
interface Accepted {
  readonly origin: Origin;
  readonly progress: StartProgress;
}

/** Starts a conversation, exactly one, and waits for its end if the step polls. */
export async function start(wanted: Start, session: Session): Promise<Outcome> {
  const first = await startOrAttach(wanted, session);
  const outcome = 'kind' in first ? await startNext(first, wanted, session) : first;
  // After a cancel the step is canceled, even if the server has refused. After the deadline the refusal counts.
  if (outcome.status !== 'running' && !isDeadline(session.signal.reason)) session.signal.throwIfAborted();
  return outcome;
}

/** Starts the next conversation of a key, because the server hides the first. Does that once. */
async function startNext({ isPaused, problem }: Hidden, { next }: Start, session: Session): Promise<Outcome> {
  if (!isPaused || next === undefined) return { status: 'missing', problem };
  const second = await startOrAttach(await next(), session);
  return 'kind' in second ? { status: 'missing', problem: second.problem } : second;
}

/** Finds or starts the conversation, follows the start until it exists, and continues from there. */
async function startOrAttach(wanted: Start, session: Session): Promise<Outcome | Hidden> {
  const { request, found: progress } = wanted;
  session.emit({ kind: 'chosen', id: request.id });
  let found: Accepted | Outcome | undefined = progress && { origin: { kind: 'found' }, progress };
  for (;;) {
    const accepted: Accepted | Outcome | Hidden | 'again' = found ?? (await ask(wanted, session));
    if (accepted === 'again') {
      // Another run may have started the conversation while this one waited.
      found = await lookUp(wanted, session);
      continue;
    }
    if (!('progress' in accepted)) return accepted;
    const { origin } = accepted;
    const created = await untilCreated(accepted.progress, wanted, withoutMessage(origin, wanted), session);
    if ('status' in created) return created;
    return afterStart(created, origin, wanted, session);
  }
}

/** Looks for the conversation of a key, in whatever state; `undefined` if there is none. */
async function lookUp(
  { isShared, request }: Start,
  session: Session,
): Promise<Accepted | Outcome | undefined> {
  if (!isShared) return undefined;
  const found = await orFailure(session.api.find({ id: request.id, isShared }, session.signal));
  if (found instanceof ApiFailure) return { status: 'start-failed', problem: found.problem };
  if (found.kind === 'not-there' || found.kind === 'unreported') return undefined;
  return { origin: { kind: 'found' }, progress: found };
}

/**
 * Asks for the conversation. If the answer is lost, looks for it, and asks once more if the server does not have it.
 *
 * @param lost why the answer to an earlier request is missing.
 */
async function ask(
  wanted: Start,
  session: Session,
  lost?: Problem,
): Promise<Accepted | Outcome | Hidden | 'again'> {
  const { api, clock, signal, emit } = session;
  const { request } = wanted;
  signal.throwIfAborted();
  emit({ kind: 'asking', id: request.id, at: clock.date().getTime() });
  const answer = await orFailure(
    withGrace(clock, GRACE_MS, signal, async (late) => api.start(request, late)),
  );
  const isLost = answer instanceof ApiFailure && answer.mayHaveActed;
  if (isLost) return searchLost(wanted, session, answer.problem, lost !== undefined);
  if (!(answer instanceof ApiFailure) && answer.kind === 'taken')
    return searchTaken(wanted, session, answer.problem, lost !== undefined);
  const isRefused = answer instanceof ApiFailure || answer.kind === 'deferred';
  // The earlier request may still succeed, whatever the server answers to the second one.
  if (isRefused && lost !== undefined) return { status: 'start-failed', problem: lost };
  if (isRefused) emit({ kind: 'refused' });
  if (answer instanceof ApiFailure) return { status: 'start-failed', problem: answer.problem };
  return answered(answer, wanted, session, lost !== undefined);
}

async function answered(
  answer: Exclude<StartAnswer, { readonly kind: 'taken' }>,
  wanted: Start,
  session: Session,
  isSecond: boolean,
): Promise<Accepted | 'again'> {
  switch (answer.kind) {
    case 'deferred':
      await retryLater({ ...answer, problem: { ...answer.problem, stage: 'start' } }, session);
      return 'again';
    case 'existing': {
      // Another run has made it, if others may ask for the id and this run has not asked before. Then there is nothing to stop.
      // Its message may still arrive.
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

/** Looks for a start whose answer was lost, and asks once more if the server does not have it. */
async function searchLost(
  wanted: Start,
  session: Session,
  lost: Problem,
  isSecond: boolean,
): Promise<Accepted | Outcome | Hidden | 'again'> {
  const found = await search(wanted, session, lost, SEARCH_AFTER_MS);
  if (found === undefined)
    return isSecond ? { status: 'start-failed', problem: lost } : ask(wanted, session, lost);
  return 'status' in found
    ? found
    : announced({ origin: { kind: 'lost' }, progress: found }, wanted, session);
}

/** Looks for the conversation that another run with the same key, or an earlier request of this step, has asked for. */
async function searchTaken(
  wanted: Start,
  session: Session,
  problem: Problem,
  hasAsked: boolean,
): Promise<Accepted | Outcome | Hidden> {
  const isOthers = wanted.isShared && !hasAsked;
  if (!hasAsked) session.emit({ kind: 'refused' });
  const found = await search(wanted, session, problem, SEARCH_TAKEN_AFTER_MS);
  if (found === undefined && wanted.isShared) {
    const todo = 'use another idempotency-key';
    return { kind: 'hidden', isPaused: true, problem: { ...problem, todo, kind: 'not-found' } };
  }
  if (found === undefined) return { status: 'start-failed', problem };
  if ('status' in found) return found;
  return announced({ origin: { kind: isOthers ? 'found' : 'lost' }, progress: found }, wanted, session);
}

/** Looks for a start after each wait; `undefined` if it is not there. A failed look does not end the search. */
async function search(
  { request: { id, message }, isShared }: Start,
  session: Session,
  problem: Problem,
  waitsMs: readonly number[],
): Promise<StartProgress | Outcome | undefined> {
  const { api, clock, signal, emit } = session;
  let found: Found | ApiFailure | undefined;
  emit({ kind: 'note', about: 'search', problem, limitMs: waitsMs.reduce((sum, each) => sum + each, 0) });
  for (const waitMs of waitsMs) {
    await sleepUntil(clock.now() + waitMs, session);
    found = await orFailure(api.find({ id, isShared, message }, signal));
    if (found instanceof ApiFailure || found.kind === 'not-there') continue;
    return found.kind === 'unreported' ? { status: 'start-failed', problem } : found;
  }
  return found instanceof ApiFailure ? { status: 'start-failed', problem } : undefined;
}

/** Lets post know of the start, in case this process is killed. */
function announced(own: Accepted, { request, isShared }: Start, { emit }: Session): Accepted {
  const { progress } = own;
  if (progress.kind === 'pending') emit({ kind: 'preparing', task: progress.task, id: request.id, isShared });
  return own;
}

/** Returns when a conversation counts although its agent has no message. It then gets this step's. */
function withoutMessage({ kind }: Origin, { mark }: Start): WithoutMessage {
  if (kind !== 'found') return 'after-a-minute';
  return mark === undefined ? 'never' : 'at-once';
}

/** Continues with the conversation: this step's own, or one that another run has started. */
async function afterStart(
  created: Created,
  origin: Origin,
  wanted: Start,
  session: Session,
): Promise<Outcome | Hidden> {
  const { id, hasMessage } = created;
  const { request, mark } = wanted;
  const send = async (keyed: Keyed): Promise<Outcome> =>
    sendTo({ id, message: request.message, keyed }, session);
  if (origin.kind === 'found')
    return onceListed(created, wanted, undefined, session, async () =>
      mark === undefined ? attached(id, true, session) : send({ role: 'follow-up', mark }),
    );
  if (!hasMessage) return send({ role: 'started', mark });
  const { isReused, hasMessage: hasOwn } = await findStarter(id, origin, wanted, session);
  return onceListed(created, wanted, isReused ? undefined : 'started', session, async (look) => {
    if (mark === undefined || hasOwn === true)
      return isReused ? attached(id, false, session) : started(id, session, look);
    if (hasOwn === false) return send({ role: isReused ? 'follow-up' : 'started', mark });
    // The start may have been another run's: the stored events show whose message the conversation has.
    return send({ mark: { ...mark, mayBeSent: true }, ...(isReused && { role: 'follow-up' }) });
  });
}

/** Finds out which run has started the conversation of a key: several may have asked for it at the same time. */
async function findStarter(
  id: string,
  origin: OwnStart,
  { isShared, request }: Start,
  session: Session,
): Promise<Deduplicated> {
  const isKept = isSameId(id, request.id);
  if (isShared && isKept) {
    reportFound(id, session);
    return deduplicate(request.id, origin, session);
  }
  if (isShared) session.emit({ kind: 'note', about: 'ignored-key' });
  return { isReused: false, hasMessage: true };
}
