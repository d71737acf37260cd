import { ApiFailure, type Found, type StartAnswer, type StartProgress } from './api.ts';
import type { Start } from './assignment.ts';
import { attached, started } from './attach.ts';
import { isDeadline, withGrace } from './clock.ts';
import { isSameId } from './conversation.ts';
import { deduplicate, type OwnStart } from './duplicates.ts';
import type { Role } from './events.ts';
import type { Outcome } from './outcome.ts';
import { type Created, untilCreated, type WithoutMessage } from './prepare.ts';
import type { Problem } from './problem.ts';
import { type SenderRole, sendTo } from './send.ts';
import { type Access, answerWithin, orFailure, retryLater, type Session, sleepUntil } from './session.ts';

/**
 * How long to wait for the answer to a start after a cancel or the deadline: without it, V0's conversation cannot be found.
 * The runner terminates a cancelled step after 7.5 s. The rest of that time is for the stop, the summary and the comment.
 */
const GRACE_MS = 5_500;
/** The waits before each look for a start whose answer was lost. A server that got the request has stored it by the last look. */
const SEARCH_AFTER_MS = [1_000, 3_000, 8_000] as const;
const LOOK_MS = 2_000;
/** How long to wait for one answer of a slow server before the next question. */
const ASK_MS = 10_000;
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
  const found = await orFailure(session.api.find({ id: wanted.request.id, isShared: true }, session.signal));
  if (found instanceof ApiFailure) return { status: 'start-failed', problem: found.problem };
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
  if (isRefused && lost !== undefined) return { status: 'start-failed', problem: lost };
  if (isRefused) emit({ kind: 'refused' });
  if (answer instanceof ApiFailure) return { status: 'start-failed', problem: answer.problem };
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
  const { api, clock, signal } = session;
  const { request, isShared } = wanted;
  const { id, message } = request;
  let found: Found | ApiFailure = new ApiFailure(lost);
  session.emit({ kind: 'searching', problem: lost, limitMs: SEARCH_MS });
  for (const waitMs of SEARCH_AFTER_MS) {
    await sleepUntil(clock.now() + waitMs, session);
    found = await orFailure(api.find({ id, isShared, message }, signal));
    if (found instanceof ApiFailure || found.kind === 'not-there') continue;
    if (found.kind === 'unreported') return { status: 'start-failed', problem: lost };
    return announced({ origin: { kind: 'lost' }, progress: found }, wanted, session);
  }
  return found instanceof ApiFailure || isSecond
    ? { status: 'start-failed', problem: lost }
    : ask(wanted, session, lost);
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
  const send = async (role: SenderRole): Promise<Outcome> =>
    sendTo({ id, message: request.message, keyed: { role, mark } }, session);
  if (origin.kind === 'found') return mark === undefined ? attached(id, true, session) : send('follow-up');
  if (!hasMessage) return send('started');
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
  const { message } = request;
  session.emit({ kind: 'linked', conversation: session.api.conversation(id) });
  const { isReused, hasMessage: hasOwn } = await deduplicate(request.id, origin, session);
  if (mark === undefined || hasOwn === true)
    return isReused ? attached(id, false, session) : started(id, session);
  if (hasOwn === false)
    return sendTo({ id, message, keyed: { role: isReused ? 'follow-up' : 'started', mark } }, session);
  // This run may have mistaken another run's start for its own: the stored events show whose message the conversation has.
  const keyed = { mark: { ...mark, mayBeSent: true }, ...(isReused && ({ role: 'follow-up' } as const)) };
  return sendTo({ id, message, keyed }, session);
}

/** A start that another process has made. */
export interface UnfinishedStart {
  /** The id chosen for the conversation. The server may list the conversation before the start reports it. */
  readonly id: string;
  /** The server's id of the start; absent if the server's answer is not known. */
  readonly task?: string;
  /** Whether other runs may have asked for the same id. */
  readonly isShared: boolean;
  /** When to give up, in the clock's milliseconds. */
  readonly until: number;
}

/** Follows a start that another process has made, until its conversation exists: that is an event. This process starts nothing. */
export async function followUnfinished(start: UnfinishedStart, access: Access): Promise<void> {
  const { task, isShared } = start;
  const { api, emit } = access;
  const id = await createdBy(start, access);
  if (id === undefined) return;
  const conversation = api.conversation(id);
  let role: Role = 'started';
  if (isShared && isSameId(id, start.id)) {
    emit({ kind: 'linked', conversation });
    const own = { kind: 'asked', ...(task !== undefined && { task }) } as const;
    if ((await deduplicate(start.id, own, access)).isReused) role = 'attached';
  }
  emit({ kind: 'found', conversation, role });
}

/** Returns the id of the conversation; `undefined` if there is none. */
async function createdBy({ id, task, until }: UnfinishedStart, access: Access): Promise<string | undefined> {
  const { api, clock } = access;
  const asks: ((signal: AbortSignal) => Promise<Found>)[] = [async (signal) => api.find({ id }, signal)];
  if (task !== undefined) asks.unshift(async (signal) => api.startProgress(task, signal));
  for (;;) {
    const answers: (Found | undefined)[] = [];
    for (const ask of asks) {
      const found = await answerWithin(ASK_MS, access, ask);
      // A conversation without its message may still get it.
      if (found?.kind === 'created' || found?.kind === 'no-message') return found.id;
      answers.push(found);
    }
    const at = clock.now() + LOOK_MS;
    // The first answer decides: the progress of the start, if there is a task to ask for.
    if (['unreported', 'failed'].includes(answers[0]?.kind ?? '') || at > until) return undefined;
    await sleepUntil(at, access);
  }
}
