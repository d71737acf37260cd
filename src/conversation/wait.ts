import type { ConversationApi } from './api.ts';
import { ApiFailure } from './api.ts';
import { type Clock, Interruption } from './clock.ts';
import type { Conversation, Ended, Ending, Facts, Recollection, Sighting } from './conversation.ts';
import { DOUBT_MS, type Pace, waitWithin } from './pace.ts';
import type { Problem } from './problem.ts';

/** How often stored events are read while a phase lasts that hides the end. */
const CONSULT_MS = 60_000;
/**
 * So long the last events may be on their way. Source: the agent server sends events to the app server in batches, at
 * the latest after `flush_delay` = 30 s (`WebhookSpec` in OpenHands/software-agent-sdk); retries come on top.
 */
const LAG_MS = 40_000;
const FIRST_LAG_MS = 2_000;

/** What is remembered of a conversation between two looks. Times are the clock's milliseconds. */
export interface Watch {
  readonly conversation: Conversation;
  readonly startedAt: number;
  readonly facts: Facts;
  /** Absent before the first look. */
  readonly phase?: {
    readonly shown: string;
    /** When the stored events were last read in this phase. */
    readonly consultedAt?: number;
  };
  /** Whether the conversation was ever seen at work. */
  readonly seenActive: boolean;
  /** Present while the state is doubtful. */
  readonly doubtfulSince?: number;
  /** The phases that people were warned of. */
  readonly warnedOf: readonly string[];
}

/** What happens while waiting, for the log and the early outputs. */
export type WaitEvent =
  | { readonly kind: 'phase'; readonly conversation: Conversation; readonly phase: string }
  | { readonly kind: 'title'; readonly conversation: Conversation; readonly title: string }
  | { readonly kind: 'paused' | 'unrecognized'; readonly conversation: Conversation; readonly phase: string }
  /** The stored events could not be read; the wait goes on, or ends without the answer. */
  | { readonly kind: 'unreadable'; readonly conversation: Conversation; readonly problem: Problem };

/** What waiting needs beside the conversations. */
export interface WaitOptions {
  readonly api: ConversationApi;
  readonly clock: Clock;
  readonly pace: Pace;
  /** The clock's time at which the signal will be aborted. */
  readonly deadlineAt: number;
  readonly signal: AbortSignal;
  readonly observe: (event: WaitEvent) => void;
}

/** Begins to watch a conversation that was started at `startedAt`, the clock's milliseconds. */
export function watch(conversation: Conversation, startedAt: number): Watch {
  return { conversation, startedAt, facts: { pullRequests: [] }, seenActive: false, warnedOf: [] };
}

/**
 * Waits until each of the conversations has ended, and says how, each as soon as it is known. All of them are looked at
 * together, so that many cost as few requests as one where the API allows it.
 *
 * @throws {ApiFailure} where the API fails for longer than its client is patient; the signal's reason once aborted.
 */
export async function* waitForEnd(watches: readonly Watch[], options: WaitOptions): AsyncGenerator<Ended> {
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
      else stillOpen.push(next.watch);
    }
    open = stillOpen;
    if (open.length > 0) await untilNextLook(open, options);
  }
}

async function untilNextLook(
  open: readonly Watch[],
  { clock, pace, deadlineAt, signal }: WaitOptions,
): Promise<void> {
  const now = clock.now();
  // The youngest sets the pace: it is the one whose end can be soon.
  const age = Math.min(...open.map((each) => now - each.startedAt));
  // A doubt ends when its time is over, whatever the pace.
  const doubts = open.flatMap(({ doubtfulSince }) =>
    doubtfulSince === undefined ? [] : [Math.max(Math.ceil(doubtfulSince + DOUBT_MS - now), 1)],
  );
  await clock.sleep(Math.min(waitWithin(deadlineAt - now, age, pace), ...doubts), signal);
}

/** One look further: the watch as it is now, or the end. */
async function follow(
  before: Watch,
  sighting: Sighting,
  options: WaitOptions,
): Promise<{ readonly watch: Watch } | { readonly ended: Ended }> {
  const { conversation } = before;
  const now = options.clock.now();
  const consulted = mustConsult(before, sighting, now);
  const seen = consulted ? believed(sighting, await recall(conversation, sighting, options)) : sighting;
  const after = remember(before, seen, now, consulted);
  announce(before, after, seen, options.observe);

  const ending = endingOf(seen, after, now);
  if (ending === undefined) return { watch: after };
  // Only an end that the agent itself told just now can be ahead of its events; a sandbox that is gone sends no more.
  const eventsMayBeLate = sighting.consult === 'never';
  return { ended: await collect(after, { status: ending, phase: seen.phase }, eventsMayBeLate, options) };
}

/** What is known of a conversation that has ended, once its last events have arrived. */
async function collect(
  { conversation, facts }: Watch,
  known: Pick<Ended, 'status' | 'phase'>,
  eventsMayBeLate: boolean,
  options: WaitOptions,
): Promise<Ended> {
  const { api, clock, signal, observe } = options;
  let ended: Ended = { ...known, conversation, facts };
  try {
    const lateAt = clock.now() + LAG_MS;
    let findings = await api.findings(conversation.id, signal);
    ended = { ...ended, findings };
    for (
      let waitMs = FIRST_LAG_MS;
      eventsMayBeLate && !findings.complete && clock.now() < lateAt;
      waitMs *= 2
    ) {
      await clock.sleep(Math.min(waitMs, lateAt - clock.now()), signal);
      findings = await api.findings(conversation.id, signal);
      ended = { ...ended, findings };
    }
    // Cost, title and pull requests come out of the same late events.
    const [latest] = await api.look([conversation.id], signal);
    return { ...ended, facts: latest?.facts ?? facts };
  } catch (error) {
    // The end is known: that the answer cannot be read, or not in time, does not change it.
    if (error instanceof ApiFailure) observe({ kind: 'unreadable', conversation, problem: error.problem });
    else if (!(error instanceof Interruption) || error.kind === 'cancel') throw error;
    return ended;
  }
}

/** A phase that hides the end is looked behind when it is new, and now and then while it lasts: events come late. */
function mustConsult({ phase }: Watch, { consult, phase: shown }: Sighting, now: number): boolean {
  if (consult !== 'on-change') return consult === 'each-time';
  return phase?.shown !== shown || phase.consultedAt === undefined || now - phase.consultedAt >= CONSULT_MS;
}

async function recall(
  conversation: Conversation,
  { consult }: Sighting,
  { api, signal, observe }: WaitOptions,
): Promise<Recollection | undefined> {
  try {
    return await api.recall(conversation.id, signal);
  } catch (error) {
    // Where the status alone can tell, too, unreadable events are no reason to give up.
    if (!(error instanceof ApiFailure) || consult === 'each-time') throw error;
    observe({ kind: 'unreadable', conversation, problem: error.problem });
    return undefined;
  }
}

/** The events win where they know of an end, and where the status alone never tells. */
function believed(sighting: Sighting, recollection: Recollection | undefined): Sighting {
  const wins = recollection?.state.kind === 'ended' || sighting.consult === 'each-time';
  return wins ? { ...sighting, ...recollection } : sighting;
}

function remember(before: Watch, seen: Sighting, now: number, consulted: boolean): Watch {
  return {
    conversation: before.conversation,
    startedAt: before.startedAt,
    facts: seen.facts ?? before.facts,
    seenActive: before.seenActive || seen.state.kind === 'active',
    phase: rememberPhase(before.phase, seen.phase, now, consulted),
    ...(seen.state.kind === 'doubtful' && { doubtfulSince: before.doubtfulSince ?? now }),
    warnedOf: isWarning(before, seen) ? [...before.warnedOf, seen.phase] : before.warnedOf,
  };
}

function rememberPhase(
  before: Watch['phase'],
  shown: string,
  now: number,
  consulted: boolean,
): Watch['phase'] & object {
  const earlier = before?.shown === shown ? before.consultedAt : undefined;
  const consultedAt = consulted ? now : earlier;
  return { shown, ...(consultedAt !== undefined && { consultedAt }) };
}

/** A pause or a state that nobody knows, seen for the first time. */
function isWarning({ warnedOf }: Watch, { phase, state }: Sighting): boolean {
  return (state.kind === 'paused' || state.kind === 'unrecognized') && !warnedOf.includes(phase);
}

function endingOf(
  { state }: Sighting,
  { doubtfulSince, seenActive }: Watch,
  now: number,
): Ending | undefined {
  if (state.kind === 'ended') return state.ending;
  if (state.kind !== 'doubtful' || doubtfulSince === undefined) return undefined;
  // A stop after work is a stop; before it, the server may not have seen the start yet.
  const sure = (state.ending === 'stopped' && seenActive) || now - doubtfulSince >= DOUBT_MS;
  return sure ? state.ending : undefined;
}

function announce(before: Watch, after: Watch, seen: Sighting, observe: WaitOptions['observe']): void {
  const { phase } = seen;
  const { conversation, facts } = after;
  if (facts.title !== undefined && facts.title !== before.facts.title) {
    observe({ kind: 'title', conversation, title: facts.title });
  }
  if (before.phase?.shown !== phase) observe({ kind: 'phase', conversation, phase });
  if (!isWarning(before, seen)) return;
  observe({ kind: seen.state.kind === 'paused' ? 'paused' : 'unrecognized', conversation, phase });
}
