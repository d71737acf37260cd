import { ApiFailure } from './api.ts';
import type { Ended, Reading, Sighting } from './conversation.ts';
import type { WaitEvent } from './events.ts';
import { DOUBT_MS } from './pace.ts';
import type { KnownEnd, Read, Stage, Turn, Waiting } from './stages.ts';
import { believed, factsAfter, takeSteps, type Watch } from './watch.ts';

/**
 * So long the last events may be on their way. Source: the agent server sends events to the app server in batches, at
 * the latest after `flush_delay` = 30 s (`WebhookSpec` in OpenHands/software-agent-sdk); retries come on top.
 */
const LAG_MS = 40_000;
const FIRST_LAG_MS = 2_000;

/** The end is known: its answer is read next. */
export function collect(waiting: Waiting, end: KnownEnd, now: number): Turn<Waiting> {
  const { conversation } = waiting.watch;
  const stage: Stage = {
    kind: 'collecting',
    end,
    at: now,
    lateAt: now + (end.isFresh ? LAG_MS : 0),
    waitMs: FIRST_LAG_MS,
  };
  return { tell: [{ kind: 'at-rest', conversation }], next: { ...waiting, stage } };
}

/** The pause ends the wait, unless the agent had come to its end before: its last events are waited for. */
export function settle(waiting: Waiting, sighting: Sighting, now: number): Turn<Waiting> {
  return { tell: [], next: { ...waiting, stage: { kind: 'settling', sighting, at: now + LAG_MS } } };
}

/** After that time: what the stored events say of the end. */
export function afterSettling(
  waiting: Waiting,
  sighting: Sighting,
  stored: Reading | ApiFailure,
  now: number,
): Turn<Waiting> {
  const { watch } = waiting;
  const isRead = !(stored instanceof ApiFailure);
  const { state, phase } = believed(sighting, isRead ? stored : {}, watch);
  const status = state.kind === 'ended' ? state.ending : 'paused';
  const { tell, next } = collect(waiting, { status, phase, isFresh: false }, now);
  return { tell: isRead ? tell : [unreadableFor(watch, stored), ...tell], next };
}

/**
 * Whether an end is that of an earlier message: until the agent has begun with a new one, its state is the old one. After a
 * minute in which not even the message was stored no events come, and the end counts.
 */
export function afterChecking(
  waiting: Waiting,
  end: KnownEnd,
  read: Read | ApiFailure,
  now: number,
): Turn<Waiting> {
  const { startedAt } = waiting.watch;
  const { complete, awaitsMessage } =
    read instanceof ApiFailure ? { complete: false, awaitsMessage: true } : read;
  const isEarlier = !complete && !(awaitsMessage && now - startedAt >= DOUBT_MS);
  return isEarlier
    ? { tell: [], next: { ...waiting, stage: { kind: 'polling', at: 'paced' } } }
    : collect(waiting, end, now);
}

/** The answer was read: it is read again while its last events are on their way. */
export function afterReading(
  waiting: Waiting,
  stage: Stage & { readonly kind: 'collecting' },
  read: Read | ApiFailure,
  now: number,
): Turn<Waiting> {
  const { watch } = waiting;
  const { conversation } = watch;
  const { end, lateAt, waitMs } = stage;
  // The end is known: that the answer cannot be read does not change it.
  if (read instanceof ApiFailure) return over(watch, end, stage.read, [unreadableFor(watch, read)]);
  if (read.complete || now >= lateAt)
    return { tell: [], next: { ...waiting, stage: { kind: 'closing', end, read } } };
  const later = { at: now + Math.min(waitMs, lateAt - now), waitMs: waitMs * 2, read };
  return {
    tell: stage.read === undefined ? [{ kind: 'late', conversation }] : [],
    next: { ...waiting, stage: { ...stage, ...later } },
  };
}

/** After the last look. */
export function afterClosing(
  { watch }: Waiting,
  { end, read }: Stage & { readonly kind: 'closing' },
  look: Sighting | ApiFailure,
): Turn<Waiting> {
  if (look instanceof ApiFailure) return over(watch, end, read, [unreadableFor(watch, look)]);
  return over({ ...watch, facts: factsAfter(watch.facts, look.facts) }, end, read);
}

/** What is known of the end of a conversation that is not waited for any longer; `undefined` if none is known. */
export function endOf({ watch, stage }: Waiting): Turn<never> | undefined {
  switch (stage.kind) {
    case 'collecting':
    case 'closing':
      return over(watch, stage.end, stage.read);
    default:
      return undefined;
  }
}

/** The last steps are told only now: the last look may have shown a secret that is in them. */
function over(
  watch: Watch,
  { status, phase }: KnownEnd,
  read: Read | undefined,
  tell: readonly WaitEvent[] = [],
): { readonly tell: readonly WaitEvent[]; readonly next: Ended } {
  const { steps, ...findings } = read ?? { complete: false };
  const { conversation, facts } = watch;
  return {
    tell: [...tell, ...takeSteps(watch, steps).tell],
    next: { status, conversation, phase, facts, ...(read && { findings }) },
  };
}

function unreadableFor({ conversation }: Watch, { problem }: ApiFailure): WaitEvent {
  return { kind: 'unreadable', conversation, problem };
}
