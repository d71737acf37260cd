import { createHash } from 'node:crypto';

import { ApiFailure } from '../port/api.ts';
import { plainDraft } from '../port/assignment.ts';
import {
  type Facts,
  factsAfter,
  type MessageCursor,
  messagesAfter,
  type PersonMessage,
  showsAgent,
  type StoredEnd,
} from '../port/conversation.ts';
import type { Role } from '../port/events.ts';
import { type InvalidOutput, type Outcome, type Succeeded } from '../port/outcome.ts';
import type { Next } from '../port/problem.ts';
import { catchFailure, sleepUntil } from '../session/ask.ts';
import { checkBudget } from '../session/budget.ts';
import { lookAt, type Tools } from '../session/session.ts';
import { waitFor, waitIfBegun } from '../wait/wait.ts';
import { sendNext, whyUnanswered } from './send.ts';

/** The answer is not as required. */
interface InvalidAnswer {
  readonly name: AnswerRule<unknown>['name'];
  readonly problems: readonly string[];
  readonly checks?: 'passed' | 'none';
}

export type CorrectionEvent =
  /** The model sees no pictures: the agent is asked to do without. */
  | { readonly kind: 'pictures-unseen'; readonly model: string }
  /** The agent is asked for another answer. */
  | ({ readonly kind: 'invalid-answer' } & InvalidAnswer)
  /** The step waits this long, because another step may ask the agent for another answer. */
  | ({ readonly kind: 'correction-left'; readonly waitMs: number } & InvalidAnswer)
  /** The agent has a newer message, whose answer this step waits for. `isCorrection`: another step has asked for another answer. */
  | { readonly kind: 'newer-message'; readonly isCorrection: boolean };

/** How long, besides its poll interval, a step waits for the correction of another step, which may see the end that much later. */
const LEFT_MS = 20_000;
/** The most by which this wait is longer: each step has a wait of its own, so that one of them is the first. */
const SPREAD_MS = 20_000;

/** What is wrong with an answer. */
interface Problems {
  readonly problems: readonly string[];
}

/** What an answer must be like. */
export interface AnswerRule<Found> {
  /** What the answer must match, for people. */
  readonly name:
    'output-schema' | 'the review schema' | 'the schema of replies' | 'require-result' | 'the message';
  /** Returns what the answer holds, or what is wrong with it. */
  readonly check: (answer: string | undefined, end: StoredEnd | undefined) => Promise<Found | Problems>;
  /** What is emitted before the message, if that is not `invalid-answer`. */
  readonly announcement?: CorrectionEvent;
  /** Returns the message that asks for another answer; absent if the agent must not be asked. */
  readonly correctionOf?: (problems: readonly string[]) => string;
  /** Whether a message asks for another answer, whichever step has sent it. */
  readonly isCorrection: (message: string) => boolean;
  /** What fails if there is no right answer in the end, and what to do then: see `Problem`. */
  readonly failedTo: string;
  readonly advice: string;
  readonly next?: Next;
}

/** What a correction reads in the step's record. */
export interface CorrectionRecord {
  readonly role?: Role;
  /** The position before the newest message that the step has delivered. */
  readonly messageCursor?: MessageCursor;
}

/** What a correction needs. */
export interface CorrectionContext extends Omit<Tools<CorrectionEvent, CorrectionRecord>, 'redact'> {
  /** Tells this step from all others. */
  readonly stepTag: string;
}

/** Returns the position before this step's last message: that of its start is the first one; `undefined` if it has sent none. */
function lastAskedAt({ role, messageCursor }: CorrectionRecord): MessageCursor | undefined {
  return messageCursor ?? (role === 'started' ? {} : undefined);
}

/**
 * Checks the answer of an agent that has succeeded. If it is not as required, asks the agent once, in the same conversation, for
 * another answer, or waits for that if another step has asked. Returns what the last answer holds, with the end that it belongs to; or the
 * outcome if it is wrong, too.
 *
 * @param said the messages of persons, if they were just read, newest first.
 * @throws an interruption.
 */
export async function requireAnswer<Found extends object>(
  ended: Succeeded,
  rule: AnswerRule<Found>,
  context: CorrectionContext,
  said?: readonly PersonMessage[],
): Promise<{ readonly ended: Succeeded; readonly found: Found } | Outcome> {
  const { check } = rule;
  const { checks } = ended;
  const first = await check(ended.storedEnd?.answer, ended.storedEnd);
  if (!('problems' in first)) return { ended, found: first };
  const { problems } = first;
  const other = await getOtherAnswer(ended, problems, rule, context, said);
  if (other === undefined) return invalidAnswer(ended, problems, rule);
  const { again, messageCursor } = other;
  const unanswered = whyUnanswered(again);
  // Nothing has replaced the first answer.
  if (unanswered !== undefined) return invalidAnswer(ended, [...problems, unanswered], rule);
  if (again.kind !== 'succeeded') return withFirstAnswer(again, ended);
  const second = await check(again.storedEnd?.answer, again.storedEnd);
  const last = checks === undefined ? again : { ...again, checks };
  if (!('problems' in second)) return { ended: last, found: second };
  if (messageCursor === undefined) return invalidAnswer(last, second.problems, rule);
  // The message of somebody else need not be a correction.
  const { api, signal } = context.session;
  const messages = await catchFailure(api.readMessages(ended.conversation.id, signal));
  return messages instanceof ApiFailure || hasCorrection(messages.said, messageCursor, rule)
    ? invalidAnswer(last, second.problems, rule)
    : requireAnswer(last, rule, context, messages.said);
}

/** Whether a message after the cursor asks for another answer. `said`: newest first. */
function hasCorrection(
  said: readonly PersonMessage[],
  cursor: MessageCursor,
  { isCorrection }: Pick<AnswerRule<unknown>, 'isCorrection'>,
): boolean {
  return messagesAfter(cursor, said).some(({ text }) => text !== undefined && isCorrection(text));
}

/** The end after another message. `messageCursor`: the position before it, if this step has not sent it. */
interface OtherAnswer {
  readonly again: Outcome;
  readonly messageCursor?: MessageCursor;
}

/** Waits for the answer to a newer message, or sends this step's correction. Returns the end after it; `undefined` if there is none. */
async function getOtherAnswer(
  ended: Succeeded,
  problems: readonly string[],
  rule: AnswerRule<unknown>,
  context: CorrectionContext,
  said: readonly PersonMessage[] | undefined,
): Promise<OtherAnswer | undefined> {
  const { name, correctionOf, announcement, isCorrection } = rule;
  const { conversation, facts, checks } = ended;
  const session = { ...context.session, before: ended };
  const invalid = { name, problems, ...(checks && { checks }) };
  // Where this step has asked, no other step repairs its answer.
  if (correctionOf === undefined && lastAskedAt(context.record()) !== undefined) return undefined;
  if (correctionOf !== undefined) checkBudget(facts, session);
  const turn = await catchFailure(waitForTurn(ended, invalid, rule, { ...context, session }, said));
  if (turn instanceof ApiFailure) {
    const { problem } = turn;
    return { again: { kind: 'failed-start', status: 'start-failed', conversation, facts, problem } };
  }
  if ('again' in turn) return turn;
  if (correctionOf === undefined) return undefined;
  const announce = (): void => {
    context.emit(announcement ?? { kind: 'invalid-answer', ...invalid });
  };
  const message = plainDraft(correctionOf(problems));
  const sent = await sendNext({ id: conversation.id, message, isCorrection, ...turn, announce }, session);
  return { again: await waitIfBegun(sent, session) };
}

/** What is known before a correction: the facts, and the position after which the message goes. */
interface Turn {
  readonly facts: Facts;
  readonly cursor: MessageCursor;
}

/**
 * Waits until this step may send a correction. Of several steps that wait for a conversation, the one that has sent its newest message
 * may at once. Any other one leaves that to it for a while, and then looks again. If a message came, returns the end after it instead.
 */
async function waitForTurn(
  { conversation: { id }, facts, storedEnd }: Succeeded,
  invalid: InvalidAnswer,
  rule: Pick<AnswerRule<unknown>, 'isCorrection'>,
  { session, record, stepTag, emit }: CorrectionContext,
  said: readonly PersonMessage[] | undefined,
): Promise<Turn | OtherAnswer> {
  const { api, clock, signal, pace } = session;
  const before = said ?? (await api.readMessages(id, signal)).said;
  const cursor = cursorAfter(before);
  const asked = lastAskedAt(record());
  if (asked !== undefined && messagesAfter(asked, before).length <= 1) return { facts, cursor };
  const waitMs = pace.maxMs + LEFT_MS + SPREAD_MS * shareOf(stepTag);
  emit({ kind: 'correction-left', waitMs, ...invalid });
  await sleepUntil(clock.now() + waitMs, session);
  const firstLook = await lookAt(id, session);
  const now = (await api.readMessages(id, signal)).said;
  const [newest, ...earlier] = now;
  // The agent may be at work on a message that is not stored yet.
  const isAtWork = firstLook.state.kind === 'active' && showsAgent(firstLook);
  const hasNewMessage = newest?.id !== cursor.lastMessage || isAtWork;
  const beforeNewest = cursorAfter(earlier);
  if (!hasNewMessage) {
    // Another step may have sent the newest message before this one read the messages, as a correction. So this looks for an end after the
    // message before it. There is none if the other step has paused the agent.
    const end = await api.readStoredEnd(id, signal, { messageCursor: beforeNewest });
    if (!end.complete || end.answer === storedEnd?.answer)
      return { facts: factsAfter(facts, firstLook.facts), cursor: end.complete ? cursor : beforeNewest };
  }
  const messageCursor = hasNewMessage ? cursor : beforeNewest;
  emit({ kind: 'newer-message', isCorrection: hasCorrection(now, messageCursor, rule) });
  const after = hasNewMessage && { messageCursor };
  const again = await waitFor(
    { kind: 'found', id, startedAt: clock.now(), facts, firstLook, ...after },
    session,
  );
  return { again, messageCursor };
}

function cursorAfter([newest]: readonly PersonMessage[]): MessageCursor {
  return newest === undefined ? {} : { lastMessage: newest.id };
}

/** Returns a number in [0, 1) that is always the same for a text. */
function shareOf(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE() / 2 ** 32;
}

/** Returns the end of an agent that failed at its correction, with its first answer if it gave no other. */
function withFirstAnswer(again: Outcome, { storedEnd: first }: Succeeded): Outcome {
  if (again.kind !== 'agent-failed' || again.storedEnd === undefined) return again;
  if (again.storedEnd.answer !== undefined || first?.answer === undefined) return again;
  return { ...again, storedEnd: { ...again.storedEnd, answer: first.answer } };
}

function invalidAnswer(
  ended: Succeeded,
  problems: readonly string[],
  { failedTo, advice, next }: Pick<AnswerRule<unknown>, 'failedTo' | 'advice' | 'next'>,
): InvalidOutput {
  const problem = {
    failedTo,
    because: problems.join('; '),
    advice,
    ...(next && { next }),
    kind: 'output',
  } as const;
  return { ...ended, kind: 'invalid-output', status: 'invalid-output', problem };
}
