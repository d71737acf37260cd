import { ask, type Asking, lookAt, orFailure } from './ask.ts';
import { Interruption, isDeadline } from './clock.ts';
import type { News } from './conversation.ts';
import type { LifeEvent } from './events.ts';
import { type Hearing, startHearing } from './hearing.ts';
import {
  advance,
  dueAt,
  endAtDeadline,
  eventsBefore,
  hear,
  idOf,
  isHeard,
  type Life,
  questionOf,
  signOfLife,
  startOf,
} from './life.ts';
import { isOtherPace } from './news.ts';
import type { Outcome } from './outcome.ts';
import { type Pace, waitWithin } from './pace.ts';
import type { Seen, Turn } from './turn.ts';

/** News that come within that time after others are handled together, at its end: a flood of them costs four turns a second. */
const TOGETHER_MS = 250;
/** After so long without anything to do a sign of life is given. */
const STILL_MS = 60_000;

/** What driving needs beside what asking does. Times are the clock's milliseconds. */
export interface Driving extends Asking {
  readonly pace: Pace;
  /** When the signal will be aborted. */
  readonly deadlineAt: number;
  readonly tell: (event: LifeEvent) => void;
}

/** The conversations that are driven; with the answer that is on its way, if one was asked for. */
type Open = Map<Life, Promise<Answered> | undefined>;

/** What was seen; or that the server wants to be asked again after the deadline. */
interface Answered {
  readonly life: Life;
  readonly seen: Seen | Interruption;
}

/** What the server told by itself. */
interface Heard {
  readonly life: Life;
  readonly news: readonly News[];
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
  const { clock, signal } = driving;
  const open: Open = new Map(lives.map((life) => [life, undefined]));
  const hearing = startHearing(driving.api, signal);
  let pacedAt = clock.now();
  let hearAt = clock.now();
  let tooLate: Interruption | undefined;
  try {
    while (open.size > 0) {
      signal.throwIfAborted();
      askDue(open, pacedAt, driving);
      const woken = await nextOf(open, { pacedAt, hearAt }, hearing, driving);
      if (woken === 'time') continue;
      if ('news' in woken) hearAt = clock.now() + TOGETHER_MS;
      const end = turn(open, woken, driving);
      // Nothing that has ended is listened to, whether or not the next end is asked for.
      hearing.attend([...open.keys()]);
      if (end instanceof Interruption) tooLate = end;
      else if (end !== undefined) yield end;
      if (pacedAt <= clock.now() || changesPace(woken)) pacedAt = nextLookAt([...open.keys()], driving);
    }
  } catch (error) {
    if (signal.aborted) yield* lateStarts(open, driving);
    if (!isDeadline(error)) throw error;
    yield* knownEnds([...open.keys()], error, driving);
  } finally {
    hearing.attend([]);
  }
  if (tooLate) throw tooLate;
}

/** One turn of one life; its end, if that is its last. */
function turn(
  open: Open,
  woken: Answered | Heard,
  { clock, tell }: Driving,
): Outcome | Interruption | undefined {
  const { tell: events, next } = turnOf(woken, clock.now());
  events.forEach(tell);
  open.delete(woken.life);
  if (next instanceof Interruption || 'status' in next) return next;
  open.set(next, undefined);
  return undefined;
}

function turnOf(woken: Answered | Heard, now: number): Turn<Life> {
  const { life } = woken;
  if ('news' in woken) return hear(life, woken.news, now);
  const { seen } = woken;
  if (seen instanceof Interruption) return endAtDeadline(life) ?? { tell: [], next: seen };
  return advance(life, seen, now);
}

/** The answers to starts come although nobody waits any more: what they tell of must not be lost. */
async function* lateStarts(open: Open, driving: Driving): AsyncGenerator<Outcome, undefined> {
  const starts = [...open].flatMap(([life, answered]) =>
    answered !== undefined && questionOf(life).ask === 'start' ? [answered] : [],
  );
  for (const answered of await Promise.allSettled(starts)) {
    if (answered.status === 'rejected') continue;
    const end = turn(open, answered.value, driving);
    if (end === undefined) continue;
    // A step that is broken off is that; but what a server refused before a deadline is told.
    const isRefused = 'status' in end && end.status !== 'running';
    if (isRefused && isDeadline(driving.signal.reason)) yield end;
    else open.set(answered.value.life, undefined);
  }
}

/** The youngest sets the pace: it is the one whose end can be soon. Those that are heard only do if all are. */
function nextLookAt(lives: readonly Life[], { clock, deadlineAt, pace }: Driving): number {
  const now = clock.now();
  const unheard = lives.filter((life) => !isHeard(life));
  const isHeardAll = unheard.length === 0;
  const age = Math.min(...(isHeardAll ? lives : unheard).map((life) => now - startOf(life)));
  return now + waitWithin(deadlineAt - now, age, { ...pace, isHeard: isHeardAll });
}

function changesPace(woken: Answered | Heard): boolean {
  return 'news' in woken && isOtherPace(woken.news);
}

/** Asks what is due. */
function askDue(open: Open, pacedAt: number, driving: Driving): void {
  const { api, clock, signal, tell } = driving;
  const now = clock.now();
  const due = [...open].flatMap(([life, answered]) =>
    answered === undefined && dueAt(life, pacedAt) <= now ? [life] : [],
  );
  const looking = due.filter((life) => questionOf(life).ask === 'look');
  const looks = looking.length === 0 ? Promise.resolve([]) : api.look(looking.map(idOf), signal);
  const answer = async (life: Life): Promise<Answered> => {
    const question = questionOf(life);
    try {
      const seen =
        question.ask === 'look'
          ? { look: await orFailure(async () => lookAt(looking.indexOf(life), await looks)) }
          : await ask(question, idOf(life), driving);
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

/** What wakes the loop next: an answer, news, or the time: something is due, or a sign of life was. */
async function nextOf(
  open: Open,
  { pacedAt, hearAt }: { readonly pacedAt: number; readonly hearAt: number },
  hearing: Hearing,
  { clock, signal, tell }: Driving,
): Promise<Answered | Heard | 'time'> {
  const over = new AbortController();
  const within = AbortSignal.any([signal, over.signal]);
  const asked = [...open.values()].filter((answered) => answered !== undefined);
  const idle = [...open].flatMap(([life, answered]) => (answered === undefined ? [life] : []));
  const isDeaf = hearAt > clock.now();
  const time = async (): Promise<'time'> => {
    const leftMs = Math.min(...idle.map((life) => dueAt(life, pacedAt))) - clock.now();
    await clock.sleep(Math.min(leftMs, isDeaf ? hearAt - clock.now() : STILL_MS), within);
    if (leftMs > STILL_MS && !isDeaf) idle.flatMap(signOfLife).forEach(tell);
    return 'time';
  };
  try {
    const first = await Promise.race([...asked, time(), ...(isDeaf ? [] : [hearing.heardOf(idle)])]);
    return typeof first === 'object' && 'kind' in first ? { life: first, news: hearing.take(first) } : first;
  } finally {
    over.abort();
  }
}

/** At the deadline, an end whose answer is still being read is an end all the same. */
function* knownEnds(
  lives: readonly Life[],
  deadline: Interruption,
  { tell }: Driving,
): Generator<Outcome, undefined> {
  const ends = lives.flatMap((life) => endAtDeadline(life) ?? []);
  for (const end of ends) {
    end.tell.forEach(tell);
    yield end.next;
  }
  if (ends.length < lives.length) throw deadline;
}
