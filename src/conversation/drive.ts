import { ApiFailure } from './api.ts';
import { ask, type Asking, orFailure } from './ask.ts';
import { Interruption } from './clock.ts';
import type { Snapshot } from './conversation.ts';
import type { LifeEvent } from './events.ts';
import {
  advance,
  dueAt,
  endAtDeadline,
  eventsBefore,
  idOf,
  type Life,
  questionOf,
  signOfLife,
  startOf,
} from './life.ts';
import type { Outcome } from './outcome.ts';
import { type Pace, waitWithin } from './pace.ts';
import type { Seen } from './turn.ts';

/** After so long without anything to do a sign of life is given. */
const STILL_MS = 60_000;

/** What driving needs beside what asking does. Times are the clock's milliseconds. */
export interface Driving extends Asking {
  readonly pace: Pace;
  /** When the signal will be aborted. */
  readonly deadlineAt: number;
  readonly tell: (event: LifeEvent) => void;
  /** Resolves if there may be news. That ends a sleep early and nothing else: the truth is still a look. */
  readonly nextNews?: (signal: AbortSignal) => Promise<void>;
}

/** The conversations that are driven; with the answer that is on its way, if one was asked for. */
type Open = Map<Life, Promise<Answered> | undefined>;

/** What was seen; or that the server wants to be asked again after the deadline. */
interface Answered {
  readonly life: Life;
  readonly seen: Seen | Interruption;
}

/**
 * Sees conversations to their ends, and yields each end as soon as it is known. Those that are due are looked at together,
 * other questions go out side by side, and one that is slow or fails holds up no other. Nothing else waits.
 *
 * @throws the signal's reason once that is aborted. At a deadline the ends that are known by then are yielded before; and
 *   always the answer to a start is waited for a moment, and told. Why a conversation cannot go on before the deadline, once
 *   all others have ended.
 */
export async function* drive(lives: readonly Life[], driving: Driving): AsyncGenerator<Outcome, undefined> {
  const { clock, deadlineAt, pace, signal, tell } = driving;
  const open: Open = new Map(lives.map((life) => [life, undefined]));
  let pacedAt = clock.now();
  let reached = pacedAt;
  let tooLate: Interruption | undefined;
  try {
    while (open.size > 0) {
      signal.throwIfAborted();
      askDue(open, pacedAt, reached, driving);
      const woken = await nextOf(open, pacedAt, driving);
      // Timers fire a little early: what was slept until has come.
      reached = Math.max(clock.now(), typeof woken === 'number' ? woken : 0);
      if (woken === 'news') pacedAt = reached;
      if (typeof woken !== 'object') continue;
      const end = turn(open, woken, reached, tell);
      if (end instanceof Interruption) {
        open.delete(woken.life);
        tooLate = end;
      } else if (end !== undefined) yield end;
      if (pacedAt <= reached) pacedAt = nextLookAt([...open.keys()], deadlineAt, pace, reached);
    }
  } catch (error) {
    if (signal.aborted) yield* lateStarts(open, driving);
    yield* knownEnds([...open.keys()], error, tell);
  }
  if (tooLate) throw tooLate;
}

/** One turn of one life; its end, if that is its last. */
function turn(
  open: Open,
  { life, seen }: Answered,
  now: number,
  tell: Driving['tell'],
): Outcome | Interruption | undefined {
  const { tell: events, next } =
    seen instanceof Interruption
      ? (endAtDeadline(life) ?? { tell: [], next: seen })
      : advance(life, seen, now);
  events.forEach(tell);
  if (next instanceof Interruption) return next;
  open.delete(life);
  if ('status' in next) return next;
  open.set(next, undefined);
  return undefined;
}

/** The answers to starts come although nobody waits any more: what they tell of must not be lost. */
async function* lateStarts(open: Open, { clock, signal, tell }: Driving): AsyncGenerator<Outcome, undefined> {
  const starts = [...open].flatMap(([life, answered]) =>
    answered !== undefined && questionOf(life).ask === 'start' ? [answered] : [],
  );
  for (const answered of await Promise.allSettled(starts)) {
    if (answered.status === 'rejected') continue;
    const end = turn(open, answered.value, clock.now(), tell);
    if (end === undefined || end instanceof Interruption) continue;
    // A step that is broken off is that; but what a server refused before a deadline is told.
    if (isDeadline(signal.reason) && end.status !== 'running') yield end;
    else open.set(answered.value.life, undefined);
  }
}

function isDeadline(reason: unknown): reason is Interruption {
  return reason instanceof Interruption && reason.kind === 'deadline';
}

/** The youngest sets the pace: it is the one whose end can be soon. */
function nextLookAt(lives: readonly Life[], deadlineAt: number, pace: Pace, now: number): number {
  const age = Math.min(...lives.map((life) => now - startOf(life)));
  return now + waitWithin(deadlineAt - now, age, pace);
}

/** Asks what is due. */
function askDue(open: Open, pacedAt: number, now: number, { api, clock, signal, tell }: Driving): void {
  const due = [...open].flatMap(([life, answered]) =>
    answered === undefined && dueAt(life, pacedAt) <= now ? [life] : [],
  );
  const looking = due.filter((life) => questionOf(life).ask === 'look');
  const looks = orFailure(async () => (looking.length === 0 ? [] : api.look(looking.map(idOf), signal)));
  const answer = async (life: Life): Promise<Answered> => {
    const question = questionOf(life);
    try {
      const seen =
        question.ask === 'look'
          ? await lookOf(looking.indexOf(life), looks)
          : await ask(question, idOf(life), { api, clock, signal });
      return { life, seen };
    } catch (error) {
      if (signal.aborted || !isDeadline(error)) throw error;
      return { life, seen: error };
    }
  };
  due.forEach((life) => {
    eventsBefore(life).forEach(tell);
    open.set(life, answer(life));
  });
}

/** What wakes the loop next: an answer, news, or the time of the next question, which is returned. */
async function nextOf(open: Open, pacedAt: number, driving: Driving): Promise<Answered | 'news' | number> {
  const { clock, signal, nextNews, tell } = driving;
  const over = new AbortController();
  const within = AbortSignal.any([signal, over.signal]);
  const asked = [...open.values()].filter((answered) => answered !== undefined);
  const idle = [...open].flatMap(([life, answered]) => (answered === undefined ? [life] : []));
  const due = async (): Promise<number> => {
    const at = Math.min(...idle.map((life) => dueAt(life, pacedAt)));
    for (;;) {
      const leftMs = at - clock.now();
      await clock.sleep(Math.min(leftMs, STILL_MS), within);
      if (leftMs <= STILL_MS) return at;
      idle.flatMap(signOfLife).forEach(tell);
    }
  };
  const news = async (): Promise<'news'> => {
    await nextNews?.(within);
    return 'news';
  };
  try {
    return await Promise.race([...asked, due(), ...(nextNews ? [news()] : [])]);
  } finally {
    over.abort();
  }
}

/** The look at one conversation, out of the look at all that are due. */
async function lookOf(index: number, looks: Promise<readonly Snapshot[] | ApiFailure>): Promise<Seen> {
  const seen = await looks;
  const look = seen instanceof ApiFailure ? seen : seen[index];
  if (look === undefined) throw new Error('a look showed fewer conversations than it was asked for');
  return { look };
}

/** At the deadline, an end whose answer is still being read is an end all the same. */
function* knownEnds(
  lives: readonly Life[],
  error: unknown,
  tell: Driving['tell'],
): Generator<Outcome, undefined> {
  const isLate = isDeadline(error);
  const ends = isLate ? lives.map(endAtDeadline) : [];
  for (const end of ends) {
    end?.tell.forEach(tell);
    if (end !== undefined) yield end.next;
  }
  if (!isLate || ends.includes(undefined)) throw error;
}
