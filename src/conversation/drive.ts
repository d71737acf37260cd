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
  heartbeatEvents,
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
import type { Answer, Turn } from './turn.ts';

/**
 * Updates that arrive within this time are handled in one batch, so that a flood of updates costs at most four turns a
 * second.
 */
const BATCH_MS = 250;
/** After this long without anything to do, a heartbeat is emitted. */
const HEARTBEAT_MS = 60_000;

/** What the loop needs in addition to what a request needs. Times are the clock's milliseconds. */
export interface DriveContext extends AskContext {
  readonly pace: Pace;
  /** When the signal will be aborted. */
  readonly deadlineAt: number;
  readonly emit: (event: LifeEvent) => void;
}

/** The conversations that have not ended, each with its pending request, if it has one. */
type Open = Map<Life, Promise<Answered> | undefined>;

/** The answer to a request, or an interruption if the server asks for a retry after the deadline. */
interface Answered {
  readonly life: Life;
  readonly answer: Answer | Interruption;
}

/** The updates that the server pushed about a conversation. */
interface Pushed {
  readonly life: Life;
  readonly updates: readonly PushUpdate[];
}

/**
 * Drives conversations to their ends, and yields each outcome as soon as it is known. All looks that are due share one request.
 * Other requests run in parallel, and a slow or failed request blocks no other conversation. This is the only loop that waits.
 *
 * @throws the signal's reason once it is aborted. Before that, pending starts are answered and, at a deadline, the outcomes known
 *   by then are yielded. If the server asks for a retry after the deadline: that interruption, once all others have ended.
 */
export async function* drive(
  lives: readonly Life[],
  context: DriveContext,
): AsyncGenerator<Outcome, undefined> {
  const { clock, signal } = context;
  const open: Open = new Map(lives.map((life) => [life, undefined]));
  const subscriptions = startSubscriptions(context.api, signal);
  let pacedAt = clock.now();
  let batchEndsAt = clock.now();
  let tooLate: Interruption | undefined;
  try {
    while (open.size > 0) {
      signal.throwIfAborted();
      askDue(open, pacedAt, context);
      const input = await nextOf(open, { pacedAt, batchEndsAt }, subscriptions, context);
      if (input === 'time') continue;
      if ('updates' in input) batchEndsAt = clock.now() + BATCH_MS;
      const end = turn(open, input, context);
      // Before the yield, because the caller may never ask for the next outcome.
      subscriptions.follow([...open.keys()]);
      if (end instanceof Interruption) tooLate = end;
      else if (end !== undefined) yield end;
      if (pacedAt <= clock.now() || changesPace(input)) pacedAt = nextLookAt([...open.keys()], context);
    }
  } catch (error) {
    if (signal.aborted) yield* lateStarts(open, context);
    if (!isDeadline(error)) throw error;
    yield* knownEnds([...open.keys()], error, context);
  } finally {
    subscriptions.follow([]);
  }
  if (tooLate) throw tooLate;
}

/** Advances one conversation and returns its outcome, if it has ended. */
function turn(
  open: Open,
  input: Answered | Pushed,
  { clock, emit }: DriveContext,
): Outcome | Interruption | undefined {
  const { events, next } = turnOf(input, clock.now());
  events.forEach(emit);
  open.delete(input.life);
  if (next instanceof Interruption || 'status' in next) return next;
  open.set(next, undefined);
  return undefined;
}

function turnOf(input: Answered | Pushed, now: number): Turn<Life> {
  const { life } = input;
  if ('updates' in input) return advanceByPush(life, input.updates, now);
  const { answer } = input;
  if (answer instanceof Interruption) return endAtDeadline(life) ?? { events: [], next: answer };
  return advance(life, answer, now);
}

/** Handles the answers to pending starts, so that no started conversation is lost. */
async function* lateStarts(open: Open, context: DriveContext): AsyncGenerator<Outcome, undefined> {
  const starts = [...open].flatMap(([life, answered]) =>
    answered !== undefined && questionOf(life).ask === 'start' ? [answered] : [],
  );
  for (const answered of await Promise.allSettled(starts)) {
    if (answered.status === 'rejected') continue;
    const end = turn(open, answered.value, context);
    if (end === undefined) continue;
    // A cancelled step ends as cancelled. At the deadline, a start that the server refused ends with the refusal.
    const isRefused = 'status' in end && end.status !== 'running';
    if (isRefused && isDeadline(context.signal.reason)) yield end;
    else open.set(answered.value.life, undefined);
  }
}

/**
 * Returns when to look next. The youngest conversation sets the pace, because it may end soonest. Conversations with push
 * count only if all have push.
 */
function nextLookAt(lives: readonly Life[], { clock, deadlineAt, pace }: DriveContext): number {
  const now = clock.now();
  const polled = lives.filter((life) => !isPushed(life));
  const areAllPushed = polled.length === 0;
  const age = Math.min(...(areAllPushed ? lives : polled).map((life) => now - startOf(life)));
  return now + waitWithin(deadlineAt - now, age, { ...pace, isPushed: areAllPushed });
}

function changesPace(input: Answered | Pushed): boolean {
  return 'updates' in input && isPushChange(input.updates);
}

/** Sends the requests that are due. */
function askDue(open: Open, pacedAt: number, context: DriveContext): void {
  const { api, clock, signal, emit } = context;
  const now = clock.now();
  const due = [...open].flatMap(([life, answered]) =>
    answered === undefined && dueAt(life, pacedAt) <= now ? [life] : [],
  );
  const looking = due.filter((life) => questionOf(life).ask === 'look');
  const looks = looking.length === 0 ? Promise.resolve([]) : api.look(looking.map(idOf), signal);
  const request = async (life: Life): Promise<Answered> => {
    const question = questionOf(life);
    try {
      const answer =
        question.ask === 'look'
          ? { look: await orFailure(async () => lookAt(looking.indexOf(life), await looks)) }
          : await ask(question, idOf(life), context);
      return { life, answer };
    } catch (error) {
      if (signal.aborted || !isDeadline(error)) throw error;
      return { life, answer: error };
    }
  };
  due.forEach((life) => {
    eventsBefore(life).forEach(emit);
    open.set(life, request(life));
  });
}

/** Waits for what comes next: an answer, a push, or the time at which a request or a heartbeat is due. */
async function nextOf(
  open: Open,
  { pacedAt, batchEndsAt }: { readonly pacedAt: number; readonly batchEndsAt: number },
  subscriptions: Subscriptions,
  { clock, signal, emit }: DriveContext,
): Promise<Answered | Pushed | 'time'> {
  const over = new AbortController();
  const within = AbortSignal.any([signal, over.signal]);
  const pending = [...open.values()].filter((answered) => answered !== undefined);
  const idle = [...open].flatMap(([life, answered]) => (answered === undefined ? [life] : []));
  const isBatching = batchEndsAt > clock.now();
  const time = async (): Promise<'time'> => {
    const leftMs = Math.min(...idle.map((life) => dueAt(life, pacedAt))) - clock.now();
    await clock.sleep(Math.min(leftMs, isBatching ? batchEndsAt - clock.now() : HEARTBEAT_MS), within);
    if (leftMs > HEARTBEAT_MS && !isBatching) idle.flatMap(heartbeatEvents).forEach(emit);
    return 'time';
  };
  try {
    const first = await Promise.race([
      ...pending,
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

/**
 * Yields the outcomes known at the deadline: a conversation that has ended counts as ended, even if its answer was not read
 * yet.
 */
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
