import { ApiFailure, type ConversationApi } from './api.ts';
import type { Clock } from './clock.ts';
import { collect, type End, LAG_MS } from './collect.ts';
import type {
  Conversation,
  Ended,
  Ending,
  Facts,
  Findings,
  Reading,
  Recollection,
  Sighting,
  State,
} from './conversation.ts';
import { DOUBT_MS, type Pace, waitWithin } from './pace.ts';
import type { Problem } from './problem.ts';
import { type ProgressEvent, sinceOf, tellProgress, tellSteps } from './progress.ts';
import { resume } from './resume.ts';
import { endingOf, inLightOf, isWarning, mustConsult, remember, type Watch } from './watch.ts';

/** A conversation that is paused again and again is paused by something that resuming does not help against. */
const MOST_RESUMES = 3;

/** In a wait for the next look that is longer, a sign of life is given after each such time. */
const STILL_MS = 60_000;

/** What to do with a conversation that was paused before its agent was done. */
export const ON_PAUSED = ['wait', 'resume', 'fail'] as const;
export type OnPaused = (typeof ON_PAUSED)[number];

/** What happens while waiting, for the log and the early outputs. */
export type WaitEvent =
  | ({ readonly kind: 'phase' } & Standing)
  /** It was looked at, or a minute passed without a look. */
  | ({ readonly kind: 'still' } & Standing)
  | ProgressEvent
  | { readonly kind: 'title'; readonly conversation: Conversation; readonly title: string }
  /** A state that nobody knows, or that has hidden for a minute whether the agent is still at work. */
  | {
      readonly kind: 'unrecognized' | 'unclear';
      readonly conversation: Conversation;
      readonly phase: string;
    }
  | {
      readonly kind: 'paused';
      readonly conversation: Conversation;
      readonly phase: string;
      readonly onPaused: OnPaused;
    }
  | { readonly kind: 'resuming'; readonly conversation: Conversation }
  /** The agent is seen at work, for the first time since it was put to it or set going again. */
  | { readonly kind: 'at-work'; readonly conversation: Conversation }
  /** The agent has come to its end. */
  | { readonly kind: 'at-rest'; readonly conversation: Conversation }
  /** The end is known, and the last events are waited for. */
  | { readonly kind: 'late'; readonly conversation: Conversation }
  /** It could not be set going again; the wait goes on. */
  | { readonly kind: 'not-resumed'; readonly conversation: Conversation; readonly problem: Problem }
  /** The stored events could not be read; the wait goes on. */
  | { readonly kind: 'unreadable'; readonly conversation: Conversation; readonly problem: Problem }
  /** The end is known, and the answer could not be read, or there may be a later one. */
  | { readonly kind: 'unread'; readonly conversation: Conversation; readonly because: string };

/** How things stand with a conversation. */
interface Standing {
  readonly conversation: Conversation;
  readonly phase: string;
  /** Absent where it was not seen yet. */
  readonly state?: State['kind'];
  readonly facts: Facts;
}

/** What waiting needs beside the conversations. */
export interface WaitOptions {
  readonly api: ConversationApi;
  readonly clock: Clock;
  readonly pace: Pace;
  /** The clock's time at which the signal will be aborted. */
  readonly deadlineAt: number;
  readonly onPaused: OnPaused;
  /** The same if the first look shows it paused; what {@link onPaused} says, if it is left out. */
  readonly onFoundPaused?: OnPaused;
  readonly signal: AbortSignal;
  readonly observe: (event: WaitEvent) => void;
}

/**
 * Waits until each of the conversations has ended, and says how, each as soon as it is known. All of them are looked at
 * together, so that many cost as few requests as one where the API allows it.
 *
 * @throws {ApiFailure} where the API fails for longer than its client is patient; the signal's reason once aborted.
 */
export async function* waitForEnd(
  watches: readonly Watch[],
  options: WaitOptions,
): AsyncGenerator<Ended, undefined> {
  let open = watches;
  while (open.length > 0) {
    const sightings = await options.api.look(
      open.map((each) => each.conversation.id),
      options.signal,
    );
    const stillOpen: Watch[] = [];
    for (const [index, before] of open.entries()) {
      const sighting = sightings[index];
      const next = sighting === undefined ? { watch: before } : await follow(before, sighting, options);
      if ('ended' in next) yield next.ended;
      else stillOpen.push(await withProgress(next.watch, sighting, options));
    }
    open = stillOpen;
    if (open.length > 0) await untilNextLook(open, options);
  }
}

/**
 * Says how a conversation has ended; `undefined` as soon as it is seen that it goes on. One look is enough, unless it leaves
 * a doubt.
 *
 * @param first what the first look showed.
 * @throws {ApiFailure} where the API fails for longer than its client is patient; the signal's reason once aborted.
 */
export async function glance(
  watched: Watch,
  first: Sighting,
  options: WaitOptions,
): Promise<Ended | undefined> {
  // Who does not wait wants to know how things stand, and not how they came about.
  const observe: WaitOptions['observe'] = (event) => {
    if (event.kind !== 'steps') options.observe(event);
  };
  let sighting: Sighting | undefined = first;
  let current = watched;
  while (sighting !== undefined) {
    const next = await follow(current, sighting, { ...options, onPaused: 'wait', observe });
    if ('ended' in next) return next.ended;
    if (next.watch.doubtfulSince === undefined) return undefined;
    current = next.watch;
    await untilNextLook([current], options);
    [sighting] = await options.api.look([current.conversation.id], options.signal);
  }
  return undefined;
}

async function untilNextLook(
  open: readonly Watch[],
  { clock, pace, deadlineAt, signal, observe }: WaitOptions,
): Promise<void> {
  const now = clock.now();
  // The youngest sets the pace: it is the one whose end can be soon.
  const age = Math.min(...open.map((each) => now - each.startedAt));
  // A doubt ends when its time is over, whatever the pace.
  const doubts = open.flatMap(({ doubtfulSince = Number.NEGATIVE_INFINITY }) => {
    const doubtMs = Math.ceil(doubtfulSince + DOUBT_MS - now);
    return doubtMs > 0 ? [doubtMs] : [];
  });
  let leftMs = Math.min(waitWithin(deadlineAt - now, age, pace), ...doubts);
  for (; leftMs > STILL_MS; leftMs -= STILL_MS) {
    await clock.sleep(STILL_MS, signal);
    open.forEach((each) => {
      observe({ kind: 'still', ...standingOf(each) });
    });
  }
  await clock.sleep(leftMs, signal);
}

/** A conversation that goes on: what its agent did is told, or at least that it was looked at. */
async function withProgress(
  watched: Watch,
  sighting: Sighting | undefined,
  options: WaitOptions,
): Promise<Watch> {
  const told = sighting === undefined ? watched : await tellProgress(watched, sighting, options);
  options.observe({ kind: 'still', ...standingOf(told) });
  return told;
}

function standingOf({ conversation, phase, facts }: Watch): Standing {
  return {
    conversation,
    phase: phase?.shown ?? '',
    ...(phase && { state: phase.state }),
    facts,
  };
}

/** One look further: the watch as it is now, or the end. */
async function follow(
  last: Watch,
  shown: Sighting,
  given: WaitOptions,
): Promise<{ readonly watch: Watch } | { readonly ended: Ended }> {
  const options = last.phase === undefined ? asFound(given) : given;
  const now = options.clock.now();
  const before = { ...last, hasRun: last.hasRun || shown.state.kind === 'active' };
  const sighting = inLightOf(before, shown);
  const consulted = mustConsult(before, sighting, now);
  const reading = consulted ? await recall(before, sighting, options) : {};
  const seen = believed(sighting, reading, before);
  const watched = remember(before, seen, now, consulted);
  announce(before, watched, seen, options);
  const after = tellSteps(watched, reading.steps, options.observe);

  if (seen.state.kind === 'paused') return whilePaused(after, seen, options);
  const ending = endingOf(seen, after, now);
  if (ending === undefined) return { watch: after };
  // Only an end that the agent itself told just now can be that of an earlier message, or ahead of its events; a sandbox
  // that is gone sends no more, and stored events are those behind the message.
  const isOfAgent = sighting.consult === 'never';
  const begun = isOfAgent ? await hasBegun(after, now, options) : 'yes';
  if (begun === 'not-yet') return { watch: after };
  options.observe({ kind: 'at-rest', conversation: after.conversation });
  if (begun === 'yes') return { ended: await collect(after, endOf(ending, seen), isOfAgent, options) };
  const ended = await collect(after, { status: 'error', phase: seen.phase }, true, options);
  const { complete = false } = ended.findings ?? {};
  return { ended: complete ? { ...ended, status: ending } : { ...ended, lacks: 'beginning' } };
}

/** For the first look at a conversation. */
function asFound(options: WaitOptions): WaitOptions {
  return { ...options, onPaused: options.onFoundPaused ?? options.onPaused };
}

/** What a state that is an end tells of it. */
function endOf(status: Ending, { phase, state }: Recollection): End {
  return { status, phase, ...('failure' in state && { failure: state.failure }) };
}

/** A pause is waited out, or ended, or ends the wait, as is wished. */
async function whilePaused(
  paused: Watch,
  seen: Sighting,
  options: WaitOptions,
): Promise<{ readonly watch: Watch } | { readonly ended: Ended }> {
  const { api, clock, signal, observe, onPaused } = options;
  const { conversation, resumes } = paused;
  if (onPaused === 'wait') return { watch: paused };
  if (onPaused === 'fail' || resumes >= MOST_RESUMES) {
    const known = (await lateEnd(paused, seen, options)) ?? { status: 'paused' as const, phase: seen.phase };
    return { ended: await collect(paused, known, false, options) };
  }
  observe({ kind: 'resuming', conversation });
  try {
    await resume(api, conversation.id, { clock, signal, called: isCalled(paused) });
  } catch (error) {
    if (!(error instanceof ApiFailure)) throw error;
    observe({ kind: 'not-resumed', conversation, problem: error.problem });
  }
  return { watch: { ...paused, resumes: resumes + 1, isAwaited: true } };
}

/** Whether the agent has a message with which it was not seen to begin. */
function isCalled({ mark, seenActive }: Watch): boolean {
  return mark !== undefined && !seenActive;
}

/** The end that an agent came to just before the pause: its last events may be on their way. */
async function lateEnd(watched: Watch, seen: Sighting, options: WaitOptions): Promise<End | undefined> {
  await options.clock.sleep(LAG_MS, options.signal);
  const last = believed(seen, await recall(watched, seen, options), watched);
  return last.state.kind === 'ended' ? endOf(last.state.ending, last) : undefined;
}

/**
 * Whether the agent has begun with its message: until then an end is that of earlier work. That it was seen at work tells, or
 * the events do: `not-yet` for a minute, and for longer only if the message is stored.
 *
 * @throws {ApiFailure} where the events cannot be read after that minute.
 */
async function hasBegun(
  { conversation, mark, seenActive, startedAt }: Watch,
  now: number,
  { api, signal }: WaitOptions,
): Promise<'yes' | 'not-yet' | 'never'> {
  if (mark === undefined || seenActive) return 'yes';
  let read: Findings;
  try {
    read = await api.findings(conversation.id, signal, { mark });
  } catch (error) {
    // It may be seen at work yet. Later on nobody can tell whose end it is.
    if (!(error instanceof ApiFailure) || now - startedAt >= DOUBT_MS) throw error;
    return 'not-yet';
  }
  const { complete, awaitsMessage } = read;
  if (complete) return 'yes';
  return awaitsMessage && now - startedAt >= DOUBT_MS ? 'never' : 'not-yet';
}

async function recall(
  watched: Watch,
  { consult }: Sighting,
  { api, signal, observe }: WaitOptions,
): Promise<Reading> {
  const { conversation } = watched;
  try {
    return await api.recall(conversation.id, signal, sinceOf(watched));
  } catch (error) {
    // Where the status alone can tell, too, unreadable events are no reason to give up.
    if (!(error instanceof ApiFailure) || consult === 'each-time') throw error;
    observe({ kind: 'unreadable', conversation, problem: error.problem });
    return {};
  }
}

/** The events win where they know of an end, and where the status alone never tells. */
function believed(
  sighting: Sighting,
  { state: recollection }: Reading,
  { resumes }: Pick<Watch, 'resumes'>,
): Sighting {
  if (sighting.consult === 'each-time') return { ...sighting, ...recollection };
  if (recollection?.state.kind !== 'ended') return sighting;
  // An agent that is resumed comes back in error before it is set going: that may be all that is stored since.
  const isOfResume = resumes > 0 && recollection.state.ending === 'error';
  return isOfResume ? sighting : { ...sighting, ...recollection };
}

function announce(
  before: Watch,
  after: Watch,
  seen: Sighting,
  { clock, observe, onPaused }: Pick<WaitOptions, 'clock' | 'observe' | 'onPaused'>,
): void {
  const { phase } = seen;
  const { conversation, facts } = after;
  if (facts.title !== undefined && facts.title !== before.facts.title) {
    observe({ kind: 'title', conversation, title: facts.title });
  }
  if (before.phase?.shown !== phase) observe({ kind: 'phase', ...standingOf(after) });
  if (before.isAwaited && !after.isAwaited) observe({ kind: 'at-work', conversation });
  if (!isWarning(before, seen, clock.now())) return;
  if (seen.state.kind === 'paused') observe({ kind: 'paused', conversation, phase, onPaused });
  else observe({ kind: seen.state.kind === 'unclear' ? 'unclear' : 'unrecognized', conversation, phase });
}
