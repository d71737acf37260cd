import { ask, type AskContext, lookAt, orFailure } from './ask.ts';
import { Interruption, isDeadline } from './clock.ts';
import type { PushUpdate } from './conversation.ts';
import type { LifeEvent } from './events.ts';
import {
  advance,
  advanceByPush,
  dueAt,
  endAtDeadline,
  eventsBefore,
  heartbeat,
  idOf,
  isPushed,
  type Life,
  questionOf,
  startOf,
} from './life.ts';
import type { Outcome } from './outcome.ts';
import { type Pace, waitWithin } from './pace.ts';
import { isPushChange } from './push.ts';
import { startSubscriptions, type Subscriptions } from './subscriptions.ts';
import type { Seen, Turn } from './turn.ts';

/** Updates that come within that time after others are handled in one batch: a flood of them costs four turns a second. */
const TOGETHER_MS = 250;
/** After so long without anything to do, a heartbeat is logged. */
const HEARTBEAT_MS = 60_000;

/** What the loop needs beside what a request does. Times are the clock's milliseconds. */
export interface DriveContext extends AskContext {
  readonly pace: Pace;
  /** When the signal will be aborted. */
  readonly deadlineAt: number;
  readonly emit: (event: LifeEvent) => void;
}

/** The conversations that have not ended, each with its pending request, if it has one. */
type Open = Map<Life, Promise<Answered> | undefined>;

/** What a request brought; or that the server wants to be asked again after the deadline. */
interface Answered {
  readonly life: Life;
  readonly seen: Seen | Interruption;
}

/** What the server pushed. */
interface Pushed {
  readonly life: Life;
  readonly updates: readonly PushUpdate[];
}

/**
 * Drives conversations to their ends, and yields each end as soon as it is known. One request looks at all that are due, other
 * requests go out in parallel, and one that is slow or fails blocks no other. This is the only loop that waits.
 *
 * @throws the signal's reason once that is aborted: after the answers to pending starts, and at a deadline after the ends that
 *   are known by then. If the server put a conversation off until after the deadline: that, once all others have ended.
 */
export async function* drive(
  lives: readonly Life[],
  driving: DriveContext,
): AsyncGenerator<Outcome, undefined> {
  const { clock, signal } = driving;
  const open: Open = new Map(lives.map((life) => [life, undefined]));
  const subscriptions = startSubscriptions(driving.api, signal);
  let pacedAt = clock.now();
  let batchEndsAt = clock.now();
  let tooLate: Interruption | undefined;
  try {
    while (open.size > 0) {
      signal.throwIfAborted();
      askDue(open, pacedAt, driving);
      const woken = await nextOf(open, { pacedAt, batchEndsAt }, subscriptions, driving);
      if (woken === 'time') continue;
      if ('updates' in woken) batchEndsAt = clock.now() + TOGETHER_MS;
      const end = turn(open, woken, driving);
      // At once, because the caller may never ask for the next end.
      subscriptions.follow([...open.keys()]);
      if (end instanceof Interruption) tooLate = end;
      else if (end !== undefined) yield end;
      if (pacedAt <= clock.now() || changesPace(woken)) pacedAt = nextLookAt([...open.keys()], driving);
    }
  } catch (error) {
    if (signal.aborted) yield* lateStarts(open, driving);
    if (!isDeadline(error)) throw error;
    yield* knownEnds([...open.keys()], error, driving);
  } finally {
    subscriptions.follow([]);
  }
  if (tooLate) throw tooLate;
}

/** Advances one conversation; returns how it ended, if it has. */
function turn(
  open: Open,
  woken: Answered | Pushed,
  { clock, emit }: DriveContext,
): Outcome | Interruption | undefined {
  const { events: events, next } = turnOf(woken, clock.now());
  events.forEach(emit);
  open.delete(woken.life);
  if (next instanceof Interruption || 'status' in next) return next;
  open.set(next, undefined);
  return undefined;
}

function turnOf(woken: Answered | Pushed, now: number): Turn<Life> {
  const { life } = woken;
  if ('updates' in woken) return advanceByPush(life, woken.updates, now);
  const { seen } = woken;
  if (seen instanceof Interruption) return endAtDeadline(life) ?? { events: [], next: seen };
  return advance(life, seen, now);
}

/** Handles the answers to starts that are pending: a conversation that was started must not be lost. */
async function* lateStarts(open: Open, driving: DriveContext): AsyncGenerator<Outcome, undefined> {
  const starts = [...open].flatMap(([life, answered]) =>
    answered !== undefined && questionOf(life).ask === 'start' ? [answered] : [],
  );
  for (const answered of await Promise.allSettled(starts)) {
    if (answered.status === 'rejected') continue;
    const end = turn(open, answered.value, driving);
    if (end === undefined) continue;
    // A cancelled step is cancelled; but that a server refused a start before the deadline is reported.
    const isRefused = 'status' in end && end.status !== 'running';
    if (isRefused && isDeadline(driving.signal.reason)) yield end;
    else open.set(answered.value.life, undefined);
  }
}

/** The youngest conversation sets the pace: it may end soonest. Those with push count only if all have it. */
function nextLookAt(lives: readonly Life[], { clock, deadlineAt, pace }: DriveContext): number {
  const now = clock.now();
  const polled = lives.filter((life) => !isPushed(life));
  const areAllPushed = polled.length === 0;
  const age = Math.min(...(areAllPushed ? lives : polled).map((life) => now - startOf(life)));
  return now + waitWithin(deadlineAt - now, age, { ...pace, isPushed: areAllPushed });
}

function changesPace(woken: Answered | Pushed): boolean {
  return 'updates' in woken && isPushChange(woken.updates);
}

/** Sends the requests that are due. */
function askDue(open: Open, pacedAt: number, driving: DriveContext): void {
  const { api, clock, signal, emit } = driving;
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
    eventsBefore(life).forEach(emit);
    open.set(life, answer(life));
  });
}

/** What wakes the loop next: an answer, a push, or the time at which a request or a heartbeat is due. */
async function nextOf(
  open: Open,
  { pacedAt, batchEndsAt }: { readonly pacedAt: number; readonly batchEndsAt: number },
  subscriptions: Subscriptions,
  { clock, signal, emit }: DriveContext,
): Promise<Answered | Pushed | 'time'> {
  const over = new AbortController();
  const within = AbortSignal.any([signal, over.signal]);
  const asked = [...open.values()].filter((answered) => answered !== undefined);
  const idle = [...open].flatMap(([life, answered]) => (answered === undefined ? [life] : []));
  const isBatching = batchEndsAt > clock.now();
  const time = async (): Promise<'time'> => {
    const leftMs = Math.min(...idle.map((life) => dueAt(life, pacedAt))) - clock.now();
    await clock.sleep(Math.min(leftMs, isBatching ? batchEndsAt - clock.now() : HEARTBEAT_MS), within);
    if (leftMs > HEARTBEAT_MS && !isBatching) idle.flatMap(heartbeat).forEach(emit);
    return 'time';
  };
  try {
    const first = await Promise.race([
      ...asked,
      time(),
      ...(isBatching ? [] : [subscriptions.nextUpdated(idle)]),
    ]);
    return typeof first === 'object' && 'kind' in first
      ? { life: first, updates: subscriptions.take(first) }
      : first;
  } finally {
    over.abort();
  }
}

/** At the deadline, a conversation that has ended counts as ended even if its answer was not read yet. */
function* knownEnds(
  lives: readonly Life[],
  deadline: Interruption,
  { emit }: DriveContext,
): Generator<Outcome, undefined> {
  const ends = lives.flatMap((life) => endAtDeadline(life) ?? []);
  for (const end of ends) {
    end.events.forEach(emit);
    yield end.next;
  }
  if (ends.length < lives.length) throw deadline;
}
