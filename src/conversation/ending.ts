import { ApiFailure } from './api.ts';
import {
  type Ended,
  type Facts,
  linkTo,
  type ReadResult,
  type Snapshot,
  type Stored,
} from './conversation.ts';
import type { WaitEvent } from './events.ts';
import { DOUBT_MS } from './pace.ts';
import { advanceTo, type LastTurn, type StageOf, type Turn, withEvents } from './turn.ts';
import type { KnownEnd, Waiting, WaitingStage } from './waiting-stages.ts';
import { factsAfter, reconciled, takeSteps, type Watch } from './watch.ts';

/**
 * How long the last events may be on their way. Source: the agent server sends events to the app server in batches, at the
 * latest after `flush_delay` = 30 s (`WebhookSpec` in OpenHands/software-agent-sdk); retries add to that.
 */
const LAG_MS = 40_000;
const FIRST_WAIT_MS = 2_000;
/** Like {@link LAG_MS}, if the server stores events at once: it stores an error just before its reason. */
const LIVE_LAG_MS = 2_000;
const LIVE_WAIT_MS = 500;

const NOTHING_READ: ReadResult = { complete: false };

type Collecting = StageOf<WaitingStage, 'collecting'>;
type Closing = StageOf<WaitingStage, 'closing'>;

/** Returns what a snapshot shows about the end. */
export function endIn(
  { phase, state }: Snapshot,
  status: KnownEnd['status'],
  isFromAgent: boolean,
): KnownEnd {
  return { status, phase, isFromAgent, ...('failure' in state && { failure: state.failure }) };
}

/** Starts to read the answer of an agent that has ended. */
export function readAnswer(waiting: Waiting, end: KnownEnd, now: number): Turn<Waiting> {
  const { conversation } = waiting.watch;
  return advanceTo(waiting, { kind: 'collecting', end, since: now, at: now }, [
    { kind: 'agent-ended', conversation },
  ]);
}

/**
 * Ends the wait at a pause. First waits for late events, which may show that the agent had ended before the pause. That wait is
 * not needed if the state was pushed, or if the agent itself reports the pause.
 */
export function settle(waiting: Waiting, snapshot: Snapshot, now: number): Turn<Waiting> {
  const isCertain = snapshot.consult === 'never' || waiting.watch.push?.lastState !== undefined;
  const at = isCertain ? now : now + LAG_MS;
  return advanceTo(waiting, { kind: 'settling', snapshot, at });
}

/** Evaluates the stored events after that wait: an end that they show counts, otherwise the pause. */
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
    isRead ? [] : [eventsUnreadable(watch, stored)],
    readAnswer(waiting, endIn(seen, status, false), now),
  );
}

/**
 * Checks whether the agent has started on its message: until then, the end is that of earlier work. If not even the message is
 * stored after a minute, the agent counts as never started. If the events cannot be read for a minute, the wait fails.
 */
export function afterCheckingMessage(
  waiting: Waiting,
  end: KnownEnd,
  read: ReadResult | ApiFailure,
  now: number,
): Turn<Waiting> {
  const isLate = now - waiting.watch.startedAt >= DOUBT_MS;
  if (read instanceof ApiFailure && isLate) return failWait(waiting, read);
  const { complete, awaitsMessage } = read instanceof ApiFailure ? NOTHING_READ : read;
  if (complete) return readAnswer(waiting, end, now);
  return awaitsMessage && isLate
    ? readAnswer(waiting, { ...end, lacks: 'beginning' }, now)
    : advanceTo(waiting, { kind: 'polling', by: Infinity });
}

/** Ends the wait, because the API kept failing until the client stopped retrying. */
export function failWait(
  { watch: { conversation, facts } }: Waiting,
  { problem }: ApiFailure,
): Turn<Waiting> {
  const todo = `check whether the agent is still working: ${linkTo(conversation)}; then ${problem.todo}`;
  return { events: [], next: { status: 'unreachable', conversation, facts, problem: { ...problem, todo } } };
}

/** Handles a read of the answer: reads it again while the last events are on their way. */
export function afterReading(
  waiting: Waiting,
  stage: Collecting,
  read: ReadResult | ApiFailure,
  now: number,
): Turn<Waiting> {
  const { watch } = waiting;
  const { conversation } = watch;
  const { end, since } = stage;
  if (read instanceof ApiFailure)
    return endWait(watch, end, stage.read, [answerIncomplete(watch, read.problem.because)]);
  const lateAt = since + (end.isFromAgent ? lagOf(read) : 0);
  if (read.complete || now >= lateAt) {
    const because = whyIncomplete(end, read);
    const events = because === undefined ? [] : [answerIncomplete(watch, because)];
    return advanceTo(waiting, { kind: 'closing', end, read }, events);
  }
  // The time since the end doubles with each read, however long a read takes, so that events that come half a minute late are
  // read soon after.
  const at = read.isLive ? now + LIVE_WAIT_MS : stage.at + FIRST_WAIT_MS + stage.at - since;
  const isFirstLate = stage.read === undefined && !read.isLive;
  const events = isFirstLate ? [{ kind: 'events-late', conversation } as const] : [];
  return advanceTo(waiting, { ...stage, at: Math.min(at, lateAt), read }, events);
}

/** Returns how long the last events may be on their way, in milliseconds. */
function lagOf({ isLive }: ReadResult): number {
  return isLive ? LIVE_LAG_MS : LAG_MS;
}

/** Returns why the answer that was read may not be the last one; `undefined` if it is. */
function whyIncomplete({ status, isFromAgent, lacks }: KnownEnd, read: ReadResult): string | undefined {
  const { complete, isCut } = read;
  if (isCut) return 'some events are too large to read, and one of them may contain it';
  const isLate = isFromAgent && !complete && status !== 'error' && lacks === undefined;
  return isLate ? `its last events had not arrived ${lagOf(read) / 1000} s after the end` : undefined;
}

/** Handles the last look. A failure does not change the end. */
export function afterClosing(
  { watch }: Waiting,
  { end, read }: Closing,
  look: Snapshot | ApiFailure,
): Turn<Waiting> {
  if (!(look instanceof ApiFailure)) return endWait(watch, end, read, [], look.facts);
  return endWait(watch, end, read, [
    read.complete ? eventsUnreadable(watch, look) : answerIncomplete(watch, look.problem.because),
  ]);
}

/** Returns the end that is known at the deadline, with a warning if its answer is incomplete; `undefined` if there is none. */
export function knownEnd({ watch, stage }: Waiting): LastTurn | undefined {
  if (stage.kind !== 'collecting' && stage.kind !== 'closing') return undefined;
  const { end, read } = stage;
  if (read?.complete) return endWait(watch, end, read);
  return end.status === 'error'
    ? endWait(watch, { ...end, lacks: 'reason' }, read)
    : endWait(watch, end, read, [answerIncomplete(watch, 'the deadline passed')]);
}

/** Ends the wait. The last steps are reported only now, because the last look may have revealed a secret that they contain. */
function endWait(
  watch: Watch,
  { status, phase, failure, lacks }: KnownEnd,
  read: ReadResult | undefined,
  events: readonly WaitEvent[] = [],
  latest?: Facts,
): LastTurn {
  const { conversation, phase: before } = watch;
  const { steps, ...result } = read ?? NOTHING_READ;
  const taken = takeSteps(watch, steps);
  const neverBegan = lacks === 'beginning' && !result.complete;
  const next: Ended = {
    status: neverBegan ? 'error' : status,
    conversation,
    phase,
    facts: factsAfter(taken.watch.facts, latest),
    ...(failure && { failure }),
    ...(read && { result }),
    ...((neverBegan || lacks === 'reason') && { lacks }),
  };
  const { facts } = next;
  const isReported = before?.shown === phase && before.state !== 'ended';
  const end = isReported ? [] : [{ kind: 'phase', conversation, phase, state: 'ended', facts } as const];
  return { events: [...taken.events, ...end, ...events], next };
}

function eventsUnreadable({ conversation }: Watch, { problem }: ApiFailure): WaitEvent {
  return { kind: 'events-unreadable', conversation, problem };
}

function answerIncomplete({ conversation }: Watch, because: string): WaitEvent {
  return { kind: 'answer-incomplete', conversation, because };
}
