import { ApiFailure } from './api.ts';
import {
  type Ended,
  type Facts,
  placeOf,
  type ReadResult,
  type Snapshot,
  type Stored,
} from './conversation.ts';
import type { WaitEvent } from './events.ts';
import { DOUBT_MS } from './pace.ts';
import { advanceTo, type LastTurn, type Turn, withEvents } from './turn.ts';
import type { KnownEnd, Waiting, WaitingStage } from './waiting-stages.ts';
import { factsAfter, reconciled, takeSteps, type Watch } from './watch.ts';

/**
 * So long the last events may be on their way. Source: the agent server sends events to the app server in batches, at
 * the latest after `flush_delay` = 30 s (`WebhookSpec` in OpenHands/software-agent-sdk); retries come on top.
 */
const LAG_MS = 40_000;
const FIRST_WAIT_MS = 2_000;
/** The same if they are read where they are stored at once: an error is, just before its reason. */
const LIVE_LAG_MS = 2_000;
const LIVE_WAIT_MS = 500;

const NOTHING_READ: ReadResult = { complete: false };

type Collecting = WaitingStage & { readonly kind: 'collecting' };
type Closing = WaitingStage & { readonly kind: 'closing' };

/** The end that a state shows, if it is one. */
export function endIn({ phase, state }: Snapshot, status: KnownEnd['status'], isFresh: boolean): KnownEnd {
  return { status, phase, isFresh, ...('failure' in state && { failure: state.failure }) };
}

/** The end is known: its answer is read next. */
export function collect(waiting: Waiting, end: KnownEnd, now: number): Turn<Waiting> {
  const { conversation } = waiting.watch;
  return advanceTo(waiting, { kind: 'collecting', end, since: now, at: now }, [
    { kind: 'at-rest', conversation },
  ]);
}

/**
 * The pause ends the wait, unless the agent had ended before: its last events are waited for, unless they were pushed or the
 * agent itself says that it is paused.
 */
export function settle(waiting: Waiting, snapshot: Snapshot, now: number): Turn<Waiting> {
  const isSure = snapshot.consult === 'never' || waiting.watch.push?.lastState !== undefined;
  const at = isSure ? now : now + LAG_MS;
  return advanceTo(waiting, { kind: 'settling', snapshot, at });
}

/** After that time: what the stored events say of the end. */
export function afterSettling(
  waiting: Waiting,
  snapshot: Snapshot,
  stored: Stored | ApiFailure,
  now: number,
): Turn<Waiting> {
  const { watch } = waiting;
  const isRead = !(stored instanceof ApiFailure);
  const seen = reconciled(snapshot, isRead ? stored : {}, watch);
  const status = seen.state.kind === 'ended' ? seen.state.ending : 'paused';
  return withEvents(
    isRead ? [] : [unreadable(watch, stored)],
    collect(waiting, endIn(seen, status, false), now),
  );
}

/**
 * Whether the agent has begun with its message: until then an end is that of earlier work. After a minute in which not even
 * the message was stored it is taken that the agent never began; if the events cannot be read, nobody can tell.
 */
export function afterChecking(
  waiting: Waiting,
  end: KnownEnd,
  read: ReadResult | ApiFailure,
  now: number,
): Turn<Waiting> {
  const isLate = now - waiting.watch.startedAt >= DOUBT_MS;
  if (read instanceof ApiFailure && isLate) return broken(waiting, read);
  const { complete, awaitsMessage } = read instanceof ApiFailure ? NOTHING_READ : read;
  if (complete) return collect(waiting, end, now);
  return awaitsMessage && isLate
    ? collect(waiting, { ...end, lacks: 'beginning' }, now)
    : advanceTo(waiting, { kind: 'polling', by: Infinity });
}

/** The wait broke: the API fails for longer than its client retries. */
export function broken({ watch: { conversation, facts } }: Waiting, { problem }: ApiFailure): Turn<Waiting> {
  const todo = `check whether the agent is still working: ${placeOf(conversation)}; then ${problem.todo}`;
  return { events: [], next: { status: 'unreachable', conversation, facts, problem: { ...problem, todo } } };
}

/** The answer was read: it is read again while its last events are on their way. */
export function afterReading(
  waiting: Waiting,
  stage: Collecting,
  read: ReadResult | ApiFailure,
  now: number,
): Turn<Waiting> {
  const { watch } = waiting;
  const { conversation } = watch;
  const { end, since } = stage;
  if (read instanceof ApiFailure) return over(watch, end, stage.read, [unread(watch, read.problem.because)]);
  const lateAt = since + (end.isFresh ? lagOf(read) : 0);
  if (read.complete || now >= lateAt) {
    const because = whyUnread(end, read);
    const events = because === undefined ? [] : [unread(watch, because)];
    return advanceTo(waiting, { kind: 'closing', end, read }, events);
  }
  // Each time is twice as far from the end as the one before, however long the reading took: what comes half a minute late is
  // read soon after.
  const at = read.isLive ? now + LIVE_WAIT_MS : stage.at + FIRST_WAIT_MS + stage.at - since;
  const isNews = stage.read === undefined && !read.isLive;
  const events = isNews ? [{ kind: 'late', conversation } as const] : [];
  return advanceTo(waiting, { ...stage, at: Math.min(at, lateAt), read }, events);
}

/** So long the last events may be on their way, in milliseconds. */
function lagOf({ isLive }: ReadResult): number {
  return isLive ? LIVE_LAG_MS : LAG_MS;
}

/** Why the last answer may be another than what was read. */
function whyUnread({ status, isFresh, lacks }: KnownEnd, read: ReadResult): string | undefined {
  const { complete, isCut } = read;
  if (isCut) return 'some events are too large to read, and one of them may contain it';
  const isLate = isFresh && !complete && status !== 'error' && lacks === undefined;
  return isLate ? `its last events had not arrived ${lagOf(read) / 1000} s after the end` : undefined;
}

/** After the last look: that it failed does not change the end. */
export function afterClosing(
  { watch }: Waiting,
  { end, read }: Closing,
  look: Snapshot | ApiFailure,
): Turn<Waiting> {
  if (!(look instanceof ApiFailure)) return over(watch, end, read, [], look.facts);
  return over(watch, end, read, [
    read.complete ? unreadable(watch, look) : unread(watch, look.problem.because),
  ]);
}

/** The end that is known of a conversation at the deadline, if there is one; what could not be read of it is told. */
export function knownEnd({ watch, stage }: Waiting): LastTurn | undefined {
  if (stage.kind !== 'collecting' && stage.kind !== 'closing') return undefined;
  const { end, read } = stage;
  if (read?.complete) return over(watch, end, read);
  return end.status === 'error'
    ? over(watch, { ...end, lacks: 'reason' }, read)
    : over(watch, end, read, [unread(watch, 'the deadline passed')]);
}

/** The last steps are told only now: the last look may have shown a secret that is in them. */
function over(
  watch: Watch,
  { status, phase, failure, lacks }: KnownEnd,
  read: ReadResult | undefined,
  events: readonly WaitEvent[] = [],
  latest?: Facts,
): LastTurn {
  const { conversation, phase: before } = watch;
  const { steps, ...result } = read ?? NOTHING_READ;
  const taken = takeSteps(watch, steps);
  const isUnbegun = lacks === 'beginning' && !result.complete;
  const next: Ended = {
    status: isUnbegun ? 'error' : status,
    conversation,
    phase,
    facts: factsAfter(taken.watch.facts, latest),
    ...(failure && { failure }),
    ...(read && { result }),
    ...((isUnbegun || lacks === 'reason') && { lacks }),
  };
  const { facts } = next;
  const isTold = before?.shown === phase && before.state !== 'ended';
  const end = isTold ? [] : [{ kind: 'phase', conversation, phase, state: 'ended', facts } as const];
  return { events: [...taken.events, ...end, ...events], next };
}

function unreadable({ conversation }: Watch, { problem }: ApiFailure): WaitEvent {
  return { kind: 'unreadable', conversation, problem };
}

function unread({ conversation }: Watch, because: string): WaitEvent {
  return { kind: 'unread', conversation, because };
}
