import { endAtDeadline as knownEnd } from './ending.ts';
import type { Standing } from './events.ts';
import { dueAt as waitingDueAt, questionOf as waitingQuestionOf, type Turn, type Waiting } from './stages.ts';
import type { Question, Seen } from './turn.ts';
import { advanceWaiting } from './waiting.ts';
import { standingOf as watchStanding } from './watch.ts';

export type Life = Waiting;
export const advance = (life: Life, seen: Seen, now: number): Turn<Life> => advanceWaiting(life, seen, now);
export const questionOf = (life: Life): Question => waitingQuestionOf(life);
export const dueAt = (life: Life, pacedAt: number): number => waitingDueAt(life, pacedAt);
export const endAtDeadline = (life: Life): ReturnType<typeof knownEnd> => knownEnd(life);
export const idOf = (life: Life): string => life.watch.conversation.id;
export const startOf = (life: Life): number => life.watch.startedAt;
export const standingOf = (life: Life): Standing => watchStanding(life.watch);
