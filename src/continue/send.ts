import { ApiFailure, type Delivery, SEND } from '../port/api.ts';
import { type Draft, endsWithMark, type Message, type RunMark } from '../port/assignment.ts';
import {
  containsMessage,
  type Facts,
  highestUsage,
  type MessageCursor,
  messagesAfter,
  NO_FACTS,
  type Snapshot,
} from '../port/conversation.ts';
import type { Role } from '../port/events.ts';
import { endedOutcome, isOver, type Outcome } from '../port/outcome.ts';
import { CONFIRM_MS } from '../port/pace.ts';
import { catchFailure, countKeyRefusals, sleepUntil, tryThreeTimes } from '../session/ask.ts';
import { beginFound, beginOwn, type Begun, putToWorkSince } from '../session/begun.ts';
import { checkBudget, isBudgetSpent, readUsage } from '../session/budget.ts';
import { checkClone } from '../session/clone.ts';
import { resumeProblem, resumeSandbox, type Unreached } from '../session/resume.ts';
import { lookAt, reportFound, type Session, waitToRetry } from '../session/session.ts';
import { requireNoTools } from '../wait/tools.ts';
import { Watch } from '../wait/watch.ts';
import { lookUntilListed } from './attach.ts';

/** The waits before each look for a message that may have arrived: events are stored up to half a minute late. */
const FIND_MESSAGE_AFTER_MS = [1_000, 3_000, 8_000, 28_000] as const;

/** A message to an existing conversation. */
interface ToSend {
  readonly id: string;
  readonly message: Draft;
}

/** A message to a conversation that is looked up first. */
export interface FollowUp extends ToSend {
  /** `unknown`: which step has started the conversation is not known. This one has, if its mark is found there. */
  readonly role: Role | 'unknown';
  /** Present if a key led to the conversation, and the message may have to be found again: the mark at its end. */
  readonly mark?: RunMark | undefined;
}

/** A message to an agent that has just ended. */
export interface NextMessage extends ToSend {
  readonly facts: Facts;
  /** The position before the message, if it was just read. */
  readonly cursor?: MessageCursor;
  /** Present if a newer message that is a correction makes this one needless: the agent answers that. */
  readonly isCorrection?: (message: string) => boolean;
  /** Called before the message is sent, unless the budget is spent. */
  readonly announce: () => void;
}

/**
 * Looks up a conversation, and sends it a message. Returns what to wait for: the answer or, if an earlier attempt of the run has sent the
 * message, the end of the conversation. Returns the outcome if that is impossible.
 */
export async function send(followUp: FollowUp, session: Session): Promise<Begun | Outcome> {
  const prepared = await prepareToSend(followUp, session);
  return 'kind' in prepared ? prepared : sendNow({ ...followUp, ...prepared, hasEnded: false }, session);
}

/** Sends a message to an agent that has just ended. Returns what to wait for, or the outcome if that is impossible. */
export async function sendNext(next: NextMessage, session: Session): Promise<Begun | Outcome> {
  return sendNow({ ...next, hasEnded: true }, session);
}

/** A message that goes to its conversation now. */
interface ToSendNow extends ToSend, Partial<Pick<NextMessage, 'cursor' | 'isCorrection' | 'announce'>> {
  readonly facts: Facts;
  /** Whether the agent has just ended. Otherwise the conversation was just looked up. */
  readonly hasEnded: boolean;
  readonly mark?: RunMark | undefined;
}

async function sendNow(toSend: ToSendNow, session: Session): Promise<Begun | Outcome> {
  const { id, facts, announce } = toSend;
  const { api, signal, emit } = session;
  checkBudget(facts, session);
  announce?.();
  // Before the position is read, since pictures may take a while.
  await toSend.message.write();
  const cursor = toSend.cursor ?? (await catchFailure(api.readMessageCursor(id, signal)));
  if (cursor instanceof ApiFailure) return undeliveredOutcome(id, facts, cursor.problem, session);
  const before = session.clock.now();
  const undelivered = await deliver({ ...toSend, cursor }, session);
  if (undelivered !== undefined) return undeliveredOutcome(id, facts, undelivered, session);
  emit({ kind: 'delivered', cursor });
  const putToWorkAt = putToWorkSince(before, session);
  return { kind: 'sent', id, startedAt: session.clock.now(), putToWorkAt, messageCursor: cursor, facts };
}

/** Looks up the conversation. Returns its facts if the message is still to be sent, and otherwise the same as {@link send}. */
async function prepareToSend(
  { id, role, mark }: FollowUp,
  session: Session,
): Promise<{ readonly facts: Facts } | Begun | Outcome> {
  const isNamedByInput = mark === undefined && role !== 'started';
  const look = await lookUntilListed(id, { limitMs: CONFIRM_MS, isNamedByInput }, session);
  if (isOver(look)) return look;
  const { facts: seen = NO_FACTS } = look;
  const facts = { ...seen, ...highestUsage(seen, await readUsage(id, session)) };
  if (role !== 'unknown') reportFound(id, session, role, { facts });
  const isSpent = isBudgetSpent(facts, session);
  const wasSent = await hasOwnMessage(id, mark, session);
  // Nothing is sent over budget, so nothing need be known of the message.
  if (wasSent instanceof ApiFailure && !isSpent)
    return undeliveredOutcome(id, facts, wasSent.problem, session);
  // This step's mark shows that the step has started the conversation.
  if (wasSent === true)
    return role === 'unknown'
      ? beginOwn(id, session)
      : beginFound(id, { isOld: true, hasMessage: true }, session);
  // As far as is known, another step has started the conversation.
  if (role === 'unknown') reportFound(id, session, 'follow-up', { facts });
  if (isSpent || session.hasNoTools) {
    // Over budget or with tools that it must not have, an agent at work is paused, whoever has started it.
    const watch = rememberBefore(look, id, facts, session);
    // One that has no message yet is looked at after this one.
    await requireNoTools(watch, session, { mayBeUntold: true });
  }
  return { facts };
}

/** Remembers a look at a conversation before its message: the record must know whether the agent is at work. */
function rememberBefore(look: Snapshot, id: string, facts: Facts, session: Session): Watch {
  const watch = new Watch({ id, facts }, session);
  watch.rememberLook(watch.interpret(look), false);
  return watch;
}

/** Whether the conversation has the message, which an earlier attempt of the run may have sent: each run sends it at most once. */
async function hasOwnMessage(
  id: string,
  mark: RunMark | undefined,
  session: Session,
): Promise<boolean | ApiFailure> {
  const { api, clock, signal } = session;
  if (mark?.mayHaveBeenSent !== true) return false;
  // After the last look, there is no wait.
  for (const waitMs of [...FIND_MESSAGE_AFTER_MS, undefined]) {
    const messages = await catchFailure(api.readMessages(id, signal));
    if (messages instanceof ApiFailure) return messages;
    if (messages.said.some(({ text }) => endsWithMark(text, mark))) return true;
    // Where messages are stored at once, none is late.
    if (waitMs === undefined || messages.isLive) break;
    await sleepUntil(clock.now() + waitMs, session);
  }
  return false;
}

interface Sending extends Pick<ToSendNow, 'id' | 'message' | 'mark' | 'hasEnded' | 'isCorrection'> {
  readonly cursor: MessageCursor;
}

/** Delivers the message, once. Returns why that is impossible; `undefined` once it is delivered. */
async function deliver(sending: Sending, session: Session): Promise<Unreached | undefined> {
  const { id, message: draft } = sending;
  const { api, signal, emit } = session;
  for (let isResumed = false; ;) {
    // An interrupted step sends nothing.
    signal.throwIfAborted();
    const message = await draft.write();
    emit({ kind: 'sending' });
    const answer = await catchFailure(api.send(id, message, signal));
    if (answer instanceof ApiFailure && answer.mayHaveActed)
      return (await waitForArrival(sending, session)) ? undefined : answer.problem;
    emitEffectOf(answer, isResumed, session);
    if (answer instanceof ApiFailure && isTooLargeWithPictures(answer, message)) {
      draft.dropPictures();
      continue;
    }
    if (answer instanceof ApiFailure) return answer.problem;
    switch (answer.kind) {
      case 'delivered':
        return undefined;
      case 'deferred':
        await waitToRetry(answer, session);
        await checkBudgetAgain(id, session);
        break;
      case 'sandbox-paused': {
        const because = 'the sandbox of the conversation was paused again as soon as it had started';
        if (isResumed) return { ...resumeProblem(because), kind: 'paused' };
        const resumed = await resumeToSend(sending, session);
        if (resumed !== 'send') return resumed;
        isResumed = true;
        break;
      }
      case 'refused':
        return { failedTo: SEND, because: answer.reason, advice: 'check the conversation', kind: 'server' };
      case 'unavailable':
        return { phase: answer.reason };
      case 'archived':
        return { phase: answer.reason, isArchived: true };
    }
  }
}

/** Checks the budget after a wait, in which the agent may have worked. Over budget, it is paused, whoever has started it. */
async function checkBudgetAgain(id: string, session: Session): Promise<void> {
  const facts = { ...NO_FACTS, ...(await readUsage(id, session)) };
  if (!isBudgetSpent(facts, session)) return;
  const look = await catchFailure(lookAt(id, session));
  if (!(look instanceof ApiFailure)) rememberBefore(look, id, facts, session);
  checkBudget(facts, session);
}

/** Whether the server refuses a message for its size, and a message without its pictures is smaller. */
export function isTooLargeWithPictures({ problem }: ApiFailure, { pictures }: Message): boolean {
  return problem.isTooLarge === true && pictures.length > 0;
}

/** Says whether an agent may work although the message is not at its server. A part of one that is refused may be. */
function emitEffectOf(
  answer: Delivery | ApiFailure,
  isResumed: boolean,
  { emit }: Pick<Session, 'emit'>,
): void {
  const kind = answer instanceof ApiFailure ? 'failed' : answer.kind;
  if (kind === 'delivered' || kind === 'refused') return;
  emit({ kind: isResumed || kind === 'sandbox-paused' ? 'only-resumed' : 'no-work' });
}

/** Resumes the sandbox. Returns `send` if the message is still to be sent, and otherwise the same as {@link deliver}. */
async function resumeToSend(sending: Sending, session: Session): Promise<Unreached | 'send' | undefined> {
  const failure = await resumeSandbox(sending.id, session);
  if (failure !== undefined) return failure;
  // An agent that has just ended has a repository, or has removed it.
  if (!sending.hasEnded) await checkClone(sending.id, session);
  const isThere = await hasMessageByNow(sending, session);
  if (isThere instanceof ApiFailure) return isThere.problem;
  return isThere ? runAgain(sending.id, session) : 'send';
}

/**
 * Whether the agent has something to answer already: this message from an earlier attempt, or the correction of another step. One that
 * was sent just before a pause is stored only once the sandbox runs again.
 */
async function hasMessageByNow(
  { id, message, mark, hasEnded, isCorrection, cursor }: Sending,
  session: Session,
): Promise<boolean | ApiFailure> {
  const { api, signal } = session;
  if (mark?.mayHaveBeenSent === true) return hasOwnMessage(id, mark, session);
  // After an end, another attempt may have sent the same round of failed checks.
  if (!hasEnded) return false;
  const messages = await catchFailure(api.readMessages(id, signal));
  if (messages instanceof ApiFailure) return messages;
  return isCorrection
    ? messagesAfter(cursor, messages.said).some(({ text }) => text !== undefined && isCorrection(text))
    : containsMessage((await message.write()).text, cursor, messages.said);
}

/** Runs an agent that has the message, in a sandbox that was resumed: it does not continue on its own. Returns why that failed. */
async function runAgain(id: string, session: Session): Promise<Unreached | undefined> {
  session.signal.throwIfAborted();
  session.emit({ kind: 'sending' });
  const run = await tryThreeTimes(async () => session.api.run(id, session.signal, true), session);
  return run instanceof ApiFailure ? run.problem : undefined;
}

/**
 * Looks in the stored events for a message whose response was lost. It is never sent again. A failed look does not end the search, unless
 * the key is refused again.
 */
async function waitForArrival({ id, message, cursor }: Sending, session: Session): Promise<boolean> {
  const { api, clock, signal } = session;
  const isKeyRefused = countKeyRefusals();
  const { text } = await message.write();
  for (const waitMs of FIND_MESSAGE_AFTER_MS) {
    await sleepUntil(clock.now() + waitMs, session);
    const messages = await catchFailure(api.readMessages(id, signal));
    if (isKeyRefused(messages)) return false;
    if (!(messages instanceof ApiFailure) && containsMessage(text, cursor, messages.said)) return true;
  }
  return false;
}

/** Returns the outcome if the message was not delivered. */
function undeliveredOutcome(id: string, facts: Facts, why: Unreached, { api }: Session): Outcome {
  const conversation = api.conversation(id);
  if ('phase' in why) {
    const { phase, ...more } = why;
    return endedOutcome('missing', { conversation, phase, facts }, more);
  }
  return {
    kind: 'failed-start',
    status: 'start-failed',
    conversation,
    facts,
    problem: { ...why, stage: 'send' },
  };
}

/** Returns why a message has no answer, by what came of it: it was not sent, or the sandbox is gone; `undefined` for another end. */
export function whyUnanswered(outcome: Outcome): string | undefined {
  if (outcome.kind === 'failed-start') return outcome.problem.because;
  return outcome.status === 'missing' ? 'the sandbox is gone' : undefined;
}
