import { withinBudget } from './budget.ts';
import { advanceChecking, type Checking, checkingQuestion, uncheckedAtDeadline } from './checking.ts';
import type { PushUpdate } from './conversation.ts';
import { knownEnd } from './ending.ts';
import type { LifeEvent } from './events.ts';
import { advanceFollowUp } from './follow-up.ts';
import { running } from './follow-up-ends.ts';
import { type FollowUp, followUpQuestion } from './follow-up-stages.ts';
import { advanceFollowing, type Following, followingQuestion } from './following.ts';
import { afterUpdates } from './push.ts';
import { type Starting, startQuestion } from './start-stages.ts';
import { advanceStarting } from './starting.ts';
import type { Answer, LastTurn, Question, Turn } from './turn.ts';
import { advanceWaiting } from './waiting.ts';
import { type Waiting, waitingQuestion } from './waiting-stages.ts';
import { currentStateOf } from './watch.ts';

/**
 * A conversation, by what the step does with it now: starts it, follows a start of another process, sends it a message,
 * waits for its end, or waits for the checks of its pull requests.
 */
export type Life = Starting | Following | FollowUp | Waiting | Checking;

/** Advances a conversation by one turn: handles the answer to its question. */
export function advance(life: Life, answer: Answer, now: number): Turn<Life> {
  switch (life.kind) {
    case 'starting':
      return advanceStarting(life, answer, now);
    case 'following':
      return advanceFollowing(life, answer, now);
    case 'follow-up':
      return advanceFollowUp(life, answer, now);
    case 'waiting':
      return withinBudget(advanceWaiting(life, answer, now), now);
    case 'checking':
      return advanceChecking(life, answer, now);
  }
}

/** Like {@link advance}, but handles the updates that the server pushed, oldest first. */
export function advanceByPush(life: Life, updates: readonly PushUpdate[], now: number): Turn<Life> {
  return life.kind === 'waiting'
    ? withinBudget(afterUpdates(life, updates, now), now)
    : { events: [], next: life };
}

/** Returns the next question to the API. */
export function questionOf(life: Life): Question {
  switch (life.kind) {
    case 'starting':
      return startQuestion(life);
    case 'following':
      return followingQuestion(life);
    case 'follow-up':
      return followUpQuestion(life);
    case 'waiting':
      return waitingQuestion(life);
    case 'checking':
      return checkingQuestion(life);
  }
}

/**
 * Returns when the next question is due: at the time that the stage sets, or at once.
 *
 * @param pacedAt when the pace of polling asks for the next look.
 */
export function dueAt({ stage }: Life, pacedAt: number): number {
  if ('by' in stage) return Math.min(pacedAt, stage.by);
  if (stage.kind === 'resuming') return stage.resuming.at;
  if (stage.kind === 'deduplicating') return stage.duplicates.stage.at;
  return 'at' in stage ? stage.at : 0;
}

/**
 * Returns the events to emit right before the next question is sent, so that they are recorded even if the process is
 * killed during the request.
 */
export function eventsBefore(life: Life): readonly LifeEvent[] {
  const { ask } = questionOf(life);
  if (ask === 'start') return [{ kind: 'asking', id: idOf(life) }];
  // An agent that is resumed for a message may start to work before the message arrives.
  const isSent = ask === 'send' || (ask === 'resume' && life.kind === 'follow-up');
  return isSent ? [{ kind: 'sending' }] : [];
}

/** Returns how the conversation has ended by the deadline; `undefined` if it has not, as far as is known. */
export function endAtDeadline(life: Life): LastTurn | undefined {
  switch (life.kind) {
    case 'starting':
    case 'following':
      return undefined;
    case 'follow-up':
      // The message is delivered, even if the agent was not seen to start on it.
      return life.stage.kind === 'beginning' ? { events: [], next: running(life) } : undefined;
    case 'waiting':
      return knownEnd(life);
    case 'checking':
      return uncheckedAtDeadline(life);
  }
}

/** Returns the id of the conversation. While it is being started, that is the id chosen for it. */
export function idOf(life: Life): string {
  switch (life.kind) {
    case 'starting':
      return life.request.id;
    case 'following':
    case 'follow-up':
      return life.id;
    case 'waiting':
      return life.watch.conversation.id;
    case 'checking':
      return life.ended.conversation.id;
  }
}

/**
 * Returns the time that the pace of looks counts from, in the clock's milliseconds: when the step began, delivered its message,
 * or began to wait for checks.
 */
export function startOf(life: Life): number {
  return life.kind === 'waiting' ? life.watch.startedAt : life.plan.startedAt;
}

/** Whether to subscribe to pushed events: the step waits for the end, and the agent was last seen at work. */
export function isWorthSubscribing(life: Life): boolean {
  return life.kind === 'waiting' && life.poll && life.watch.phase?.state === 'active';
}

/** Whether pushed updates can be handled now. */
export function canTakeUpdates(life: Life): boolean {
  return isWorthSubscribing(life) && life.stage.kind === 'polling';
}

/** Whether the server pushes the events of this conversation, so that few looks are needed. */
export function isPushed(life: Life): boolean {
  return isWorthSubscribing(life) && life.kind === 'waiting' && life.watch.push !== undefined;
}

/** Returns the events to emit now and then while nothing else happens. */
export function heartbeatEvents(life: Life): readonly LifeEvent[] {
  switch (life.kind) {
    case 'waiting':
      return [{ kind: 'current-state', ...currentStateOf(life.watch) }];
    case 'checking':
      return life.heads.length === 0
        ? []
        : [{ kind: 'checks', heads: life.heads.map(({ head }) => head), leftOut: [] }];
    default:
      return [];
  }
}
