import type { ConversationApi } from './api.ts';
import { ApiFailure } from './api.ts';
import type { Clock } from './clock.ts';
import type { Conversation, Ended, Ending, Facts, Findings, Recollection, Sighting } from './conversation.ts';
import type { Pace } from './pace.ts';
import { waitWithin } from './pace.ts';
import type { Problem } from './problem.ts';

/** So long a doubtful state must last before it counts. Servers settle within seconds; a minute is sure. */
const DOUBT_MS = 60_000;
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
    readonly since: number;
    /** How often the stored events were read in this phase. */
    readonly consulted: number;
  };
  /** Whether the conversation was ever seen at work. */
  readonly seenActive: boolean;
  /** Present while the state is doubtful. */
  readonly doubtfulSince?: number;
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
  return { conversation, startedAt, facts: { pullRequests: [] }, seenActive: false };
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
): AsyncGenerator<{ readonly conversation: Conversation; readonly ended: Ended }> {
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
      if ('ended' in next) yield { conversation: before.conversation, ended: next.ended };
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
  await clock.sleep(waitWithin(deadlineAt - now, age, pace), signal);
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
  return { ended: await collect({ watch: after, ending, phase: seen.phase, eventsMayBeLate }, options) };
}

interface End {
  readonly watch: Watch;
  readonly ending: Ending;
  readonly phase: string;
  readonly eventsMayBeLate: boolean;
}

/** What is known of a conversation that has ended, once its last events have arrived. */
async function collect(
  { watch: { conversation, facts }, ending, phase, eventsMayBeLate }: End,
  options: WaitOptions,
): Promise<Ended> {
  const { api, clock, signal, observe } = options;
  const known = { ending, phase, facts };
  let findings: Findings = { complete: false };
  try {
    const lateAt = clock.now() + LAG_MS;
    findings = await api.findings(conversation.id, signal);
    if (findings.complete || !eventsMayBeLate) return { ...known, findings };
    for (let waitMs = FIRST_LAG_MS; !findings.complete && clock.now() < lateAt; waitMs *= 2) {
      await clock.sleep(Math.min(waitMs, lateAt - clock.now()), signal);
      findings = await api.findings(conversation.id, signal);
    }
    // Cost, title and pull requests come out of the same late events.
    const [latest] = await api.look([conversation.id], signal);
    return { ...known, facts: latest?.facts ?? facts, findings };
  } catch (error) {
    // The end is known: that the answer cannot be read, or not in time, does not change it.
    if (error instanceof ApiFailure) observe({ kind: 'unreadable', conversation, problem: error.problem });
    else if (!signal.aborted) throw error;
    return { ...known, findings };
  }
}

/** A phase that hides the end is looked behind twice: when it is new, and once the last events must have arrived. */
function mustConsult({ phase }: Watch, { consult, phase: shown }: Sighting, now: number): boolean {
  if (consult !== 'on-change') return consult === 'each-time';
  if (phase?.shown !== shown) return true;
  return phase.consulted < 2 && now - phase.since >= DOUBT_MS;
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
  const same = before.phase?.shown === seen.phase ? before.phase : undefined;
  return {
    conversation: before.conversation,
    startedAt: before.startedAt,
    facts: seen.facts ?? before.facts,
    seenActive: before.seenActive || seen.state.kind === 'active',
    phase: {
      shown: seen.phase,
      since: same?.since ?? now,
      consulted: (same?.consulted ?? 0) + (consulted ? 1 : 0),
    },
    ...(seen.state.kind === 'doubtful' && { doubtfulSince: before.doubtfulSince ?? now }),
  };
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

function announce(
  before: Watch,
  after: Watch,
  { phase, state }: Sighting,
  observe: WaitOptions['observe'],
): void {
  const { conversation, facts } = after;
  if (facts.title !== undefined && facts.title !== before.facts.title) {
    observe({ kind: 'title', conversation, title: facts.title });
  }
  if (before.phase?.shown === phase) return;
  observe({ kind: 'phase', conversation, phase });
  if (state.kind === 'paused' || state.kind === 'unrecognized')
    observe({ kind: state.kind, conversation, phase });
}
