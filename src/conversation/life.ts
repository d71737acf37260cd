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
import type { LastTurn, Question, Seen, Turn } from './turn.ts';
import { advanceWaiting } from './waiting.ts';
import { type Waiting, waitingQuestion } from './waiting-stages.ts';
import { standingOf } from './watch.ts';

/** A conversation as it comes to be, gets a message, and is waited for; then its checks are. */
export type Life = Starting | Following | FollowUp | Waiting | Checking;

/** One turn further, by what was seen. */
export function advance(life: Life, seen: Seen, now: number): Turn<Life> {
  switch (life.kind) {
    case 'starting':
      return advanceStarting(life, seen, now);
    case 'following':
      return advanceFollowing(life, seen, now);
    case 'follow-up':
      return advanceFollowUp(life, seen, now);
    case 'waiting':
      return withinBudget(advanceWaiting(life, seen, now), now);
    case 'checks':
      return advanceChecking(life, seen, now);
  }
}

/** The same for what the server pushed, the oldest first. */
export function advanceByPush(life: Life, updates: readonly PushUpdate[], now: number): Turn<Life> {
  return life.kind === 'waiting'
    ? withinBudget(afterUpdates(life, updates, now), now)
    : { events: [], next: life };
}

/** What is asked next. */
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
    case 'checks':
      return checkingQuestion(life);
  }
}

/**
 * When that is due: as its stage says, or at once.
 *
 * @param pacedAt when the pace of polling wants the next look.
 */
export function dueAt({ stage }: Life, pacedAt: number): number {
  if ('by' in stage) return Math.min(pacedAt, stage.by);
  if (stage.kind === 'resuming') return stage.resuming.at;
  if (stage.kind === 'sorting') return stage.duplicates.stage.at;
  return 'at' in stage ? stage.at : 0;
}

/** What is told right before that is asked: it is known then even if the process is killed meanwhile. */
export function eventsBefore(life: Life): readonly LifeEvent[] {
  const { ask } = questionOf(life);
  if (ask === 'start') return [{ kind: 'asking', id: idOf(life) }];
  // An agent that is resumed for a message may be at work before it has it.
  const isSent = ask === 'send' || (ask === 'resume' && life.kind === 'follow-up');
  return isSent ? [{ kind: 'sending' }] : [];
}

/** The end that is known of it at the deadline, if there is one. */
export function endAtDeadline(life: Life): LastTurn | undefined {
  switch (life.kind) {
    case 'starting':
    case 'following':
      return undefined;
    case 'follow-up':
      // An agent that has the message has it, whether or not it was seen to begin.
      return life.stage.kind === 'beginning' ? { events: [], next: running(life) } : undefined;
    case 'waiting':
      return knownEnd(life);
    case 'checks':
      return uncheckedAtDeadline(life);
  }
}

/** The id of the conversation; of one that is started the one that was chosen for it. */
export function idOf(life: Life): string {
  switch (life.kind) {
    case 'starting':
      return life.request.id;
    case 'following':
    case 'follow-up':
      return life.id;
    case 'waiting':
      return life.watch.conversation.id;
    case 'checks':
      return life.ended.conversation.id;
  }
}

/** When its agent was started, the clock's milliseconds. */
export function startOf(life: Life): number {
  return life.kind === 'waiting' ? life.watch.startedAt : life.plan.startedAt;
}

/** Whether to subscribe to it: the step waits for its end, and its agent was seen at work. */
export function isWorthSubscribing(life: Life): boolean {
  return life.kind === 'waiting' && life.poll && life.watch.phase?.state === 'active';
}

/** Whether what is pushed can be handled now. */
export function canTakeUpdates(life: Life): boolean {
  return isWorthSubscribing(life) && life.stage.kind === 'polling';
}

/** Whether the server pushes its events, so that few looks are needed. */
export function isPushed(life: Life): boolean {
  return isWorthSubscribing(life) && life.kind === 'waiting' && life.watch.push !== undefined;
}

/** What is reported now and then while nothing happens. */
export function heartbeat(life: Life): readonly LifeEvent[] {
  switch (life.kind) {
    case 'waiting':
      return [{ kind: 'still', ...standingOf(life.watch) }];
    case 'checks':
      return [{ kind: 'checks', heads: life.heads.map(({ head }) => head), leftOut: [] }];
    default:
      return [];
  }
}
