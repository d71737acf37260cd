import { ApiFailure } from '../port/api.ts';
import type { Ending, Facts, Snapshot, StoredEnd } from '../port/conversation.ts';
import type { Note, Role } from '../port/events.ts';
import { isDeadline } from '../port/interruption.ts';
import { type AgentFailed, endedOutcome, type Outcome, type Succeeded } from '../port/outcome.ts';
import { CONFIRM_MS } from '../port/pace.ts';
import { catchFailure, sleepUntil } from '../session/ask.ts';
import { lookAt, type Session } from '../session/session.ts';
import type { Watch } from './watch.ts';

/**
 * How long the last events may take to arrive. Source: the agent server sends events to the app server in batches, every
 * `flush_delay` = 30 s at the latest (`WebhookSpec` in OpenHands/software-agent-sdk); retries add to that.
 */
export const MAX_EVENT_DELAY_MS = 40_000;
/** The first wait for them. Later ones get longer. */
const FIRST_WAIT_MS = 2_000;
/** How long they may take at a server that stores events at once: it stores an error just before the reason for it. */
const MAX_LIVE_EVENT_DELAY_MS = 2_000;
const LIVE_WAIT_MS = 500;

const NO_STORED_END: StoredEnd = { complete: false };

/** What the last state shows about the end. */
export interface AgentEnd extends Pick<AgentFailed, 'phase' | 'failure' | 'absent'> {
  readonly status: Ending;
  /** Whether the agent's own state shows the end, not its stored events: then the last of these may be late. */
  readonly isFromAgent: boolean;
}

/** Returns the end that a snapshot shows. Its `isFromAgent` is false: a caller replaces it if the agent's own state shows the end. */
export function endOf({ phase, state }: Snapshot, status: Ending): AgentEnd {
  return { status, phase, isFromAgent: false, ...('failure' in state && { failure: state.failure }) };
}

/** Reads the answer of an agent that has ended. Returns `undefined` while that may still be the end of earlier work. */
export async function readNewAnswer(
  end: AgentEnd,
  watch: Watch,
  session: Session,
): Promise<Outcome | undefined> {
  // An end in the stored events is new: only events after our message are read.
  if (!end.isFromAgent || !watch.hasPendingWork) return readAnswer(end, watch, session);
  const { api, signal } = session;
  const read = await catchFailure(api.readStoredEnd(watch.id, signal, watch.since));
  const isMinuteOver = watch.ageMs >= CONFIRM_MS;
  if (read instanceof ApiFailure) {
    if (isMinuteOver) throw read;
    return undefined;
  }
  if (read.complete) return readAnswer(end, watch, session);
  // Its server was killed before the reason for an error was stored, or before it began: then another end is that of earlier work.
  if (isMinuteOver && !read.awaitsMessage && watch.activity.hasLostServer)
    return readAnswer({ ...end, status: 'error' }, watch, session);
  // If not even the message is stored after a minute, the agent counts as never started.
  const hasNotBegun = read.awaitsMessage && isMinuteOver;
  return hasNotBegun ? readAnswer({ ...end, absent: 'beginning' }, watch, session) : undefined;
}

/** Reads the answer of an agent that has ended, and returns the outcome. */
export async function readAnswer(end: AgentEnd, watch: Watch, session: Session): Promise<Outcome> {
  const { emit } = session;
  // An agent that is lost may be at work.
  if (end.status !== 'missing') emit({ kind: 'agent-ended' });
  let read: StoredEnd | undefined;
  let last: LastLook = {};
  try {
    for await (const each of readUntilComplete(end, watch, session)) read = each;
    last = await lookOnceMore(end, read ?? NO_STORED_END, watch, session);
  } catch (error) {
    const isDeadlineOver = isDeadline(error);
    if (!isDeadlineOver && !(error instanceof ApiFailure)) throw error;
    // A conversation that has ended counts as ended, even if its answer was not read yet.
    const isUnexplained = isDeadlineOver && end.status === 'error';
    const note = { about: 'answer', because: error.message } as const;
    // Nothing is missing from a complete answer if only the last look failed.
    if (!read?.complete) last = { note, ...(isUnexplained && { absent: 'reason' }) };
  }
  const outcome = reportEnd({ ...end, ...last }, read, watch, session);
  if (last.note) emit({ kind: 'note', ...last.note });
  return outcome;
}

/** Reads the answer until the last events have arrived. Yields each read: the caller keeps the last one if a later one fails. */
async function* readUntilComplete(end: AgentEnd, watch: Watch, session: Session): AsyncGenerator<StoredEnd> {
  const { clock, emit } = session;
  const startedAt = clock.now();
  for (let at = startedAt, isFirst = true; ; isFirst = false) {
    const read = await readOnce(end, watch, session);
    yield read;
    // Events can only be late if the agent's own state has shown the end before them.
    const giveUpAt = startedAt + (end.isFromAgent ? eventDelayOf(read) : 0);
    if (read.complete || clock.now() >= giveUpAt) return;
    if (isFirst && !read.isLive) emit({ kind: 'note', about: 'late-events' });
    // Each wait is longer by the time since the end, so that late events are read soon after they arrive.
    const waitMs = FIRST_WAIT_MS + (at - startedAt);
    at = Math.min(giveUpAt, read.isLive ? clock.now() + LIVE_WAIT_MS : at + waitMs);
    await sleepUntil(at, session);
  }
}

/**
 * Reads the answer from the stored events or, if that fails, from the agent server itself: the event of a finish has the answer twice,
 * so the event may be too large to be read.
 */
async function readOnce(
  { status }: AgentEnd,
  { id, since }: Watch,
  { api, signal }: Session,
): Promise<StoredEnd> {
  const read = await catchFailure(api.readStoredEnd(id, signal, since));
  if (!(read instanceof ApiFailure)) return read;
  // The newest answer of an agent that has not finished may be that of earlier work.
  const asking = status === 'finished' ? api.readFinalAnswer?.(id, signal) : undefined;
  const answer = asking && (await catchFailure(asking));
  if (answer === undefined || answer instanceof ApiFailure) throw read;
  return { complete: true, answer };
}

/** What the last look shows, and why the answer or the facts may be incomplete. Members of an end replace those of the earlier end. */
interface LastLook extends Partial<Pick<AgentEnd, 'status' | 'phase' | 'failure' | 'absent'>> {
  readonly facts?: Facts | undefined;
  readonly note?: Note;
}

/** Looks one last time: cost, title and pull requests also arrive with the last events. A failure does not change the end. */
async function lookOnceMore(
  end: AgentEnd,
  read: StoredEnd,
  watch: Watch,
  session: Session,
): Promise<LastLook> {
  // An agent server stores everything at once: the look that showed the end has shown the rest, too.
  if (read.isLive && read.complete && !watch.hasPendingWork) return {};
  const look = await catchFailure(lookAt(watch.id, session));
  if (look instanceof ApiFailure) {
    const { problem } = look;
    const { because } = problem;
    return { note: read.complete ? { about: 'failure', problem } : { about: 'answer', because } };
  }
  const { status, isFromAgent, absent } = end;
  const isLate = isFromAgent && !read.complete && status !== 'error' && absent === undefined;
  const because = `the agent's last events had not arrived ${eventDelayOf(read) / 1000} s after the end`;
  return {
    facts: look.facts,
    ...(read.complete && newerEndOf(look, watch)),
    ...(isLate && { note: { about: 'answer', because } }),
  };
}

/** Returns the end that a look shows, if the end that was seen before may be that of earlier work. */
function newerEndOf(look: Snapshot, { hasPendingWork }: Watch): AgentEnd | undefined {
  return hasPendingWork && look.state.kind === 'ended' ? endOf(look, look.state.ending) : undefined;
}

/** Reports the end, and returns it. The last steps come only now, because the last look may have revealed a secret that they contain. */
function reportEnd(
  { status, phase, failure, absent, facts: latest }: AgentEnd & LastLook,
  read: StoredEnd | undefined,
  watch: Watch,
  { api, emit }: Session,
): Outcome {
  const { steps, ...stored } = read ?? NO_STORED_END;
  const storedEnd = storedEndOf(status, failure, stored, watch.activity.hasLostServer);
  if (steps) watch.rememberSteps(steps);
  if (storedEnd.answer !== undefined) emit({ kind: 'answers', answers: [storedEnd.answer] });
  watch.rememberEnd(phase, latest);
  // If the last events have arrived since, it has begun.
  const neverBegan = absent === 'beginning' && !storedEnd.complete;
  // Whatever it has answered, it did not know the message.
  const hasForgotten = storedEnd.fault === 'model-context';
  const ended = {
    conversation: api.conversation(watch.id),
    phase,
    facts: watch.current.facts,
    ...(read && { storedEnd }),
  };
  return endedOutcome(neverBegan || hasForgotten ? 'error' : status, ended, {
    ...(failure && { failure }),
    ...((neverBegan || absent === 'reason') && { absent }),
  });
}

/** Why an agent is in error, if its server was gone, and no event says why. */
const KILLED = {
  reason: 'its server was gone for a while, and has stored no reason',
  fault: 'server',
} as const;

/**
 * Adds why an agent is in error if no event says that, and its server was gone. Removes the fault of a small context, if the sandbox has
 * failed or is gone: nobody knows whether the agent would have gone on.
 */
function storedEndOf(
  status: Ending,
  failure: AgentEnd['failure'] | undefined,
  { fault, ...stored }: StoredEnd,
  hasLostServer: boolean,
): StoredEnd {
  const isUntold = status === 'error' && failure === undefined && fault === undefined;
  if (isUntold && hasLostServer) return { ...stored, ...KILLED };
  const isLost = failure !== undefined || status === 'missing';
  const isTold = fault !== undefined && !(isLost && fault === 'model-context');
  return { ...stored, ...(isTold && { fault }) };
}

/**
 * Reads all answers of an agent that has ended, if there may be others than the last: each may name pull requests. A conversation that began
 * with this step has none from before.
 */
export async function recordEarlierAnswers(
  { conversation, storedEnd }: Succeeded,
  role: Role | undefined,
  { api, signal, emit }: Session,
): Promise<void> {
  if (role === 'started' && storedEnd?.complete) return;
  emit({ kind: 'answers', answers: await api.readAnswers(conversation.id, signal) });
}

function eventDelayOf({ isLive }: StoredEnd): number {
  return isLive ? MAX_LIVE_EVENT_DELAY_MS : MAX_EVENT_DELAY_MS;
}
