import type { Conversation, Ending, Facts, Mark, Sighting } from './conversation.ts';
import { DOUBT_MS } from './pace.ts';

/** How often stored events are read while a phase lasts that hides the end. */
const CONSULT_MS = 60_000;

/** What is remembered of a conversation between two looks. Times are the clock's milliseconds. */
export interface Watch {
  readonly conversation: Conversation;
  readonly startedAt: number;
  /** Where the message stands that the wait is for; absent where any end counts. */
  readonly mark?: Mark;
  readonly facts: Facts;
  /** How often it was set going again. */
  readonly resumes: number;
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

/**
 * Begins to watch a conversation.
 *
 * @param startedAt when its agent was put to work, the clock's milliseconds.
 * @param mark for a follow-up, the place in front of it: an end that was there before does not count.
 */
export function watch(conversation: Conversation, startedAt: number, mark?: Mark): Watch {
  return {
    conversation,
    startedAt,
    ...(mark && { mark }),
    facts: { pullRequests: [] },
    resumes: 0,
    seenActive: false,
    warnedOf: [],
  };
}

/** A phase that hides the end is looked behind when it is new, and now and then while it lasts: events come late. */
export function mustConsult({ phase }: Watch, { consult, phase: shown }: Sighting, now: number): boolean {
  if (consult !== 'on-change') return consult === 'each-time';
  return phase?.shown !== shown || phase.consultedAt === undefined || now - phase.consultedAt >= CONSULT_MS;
}

/** The watch after a look. */
export function remember(before: Watch, seen: Sighting, now: number, consulted: boolean): Watch {
  const { doubtfulSince = now, ...rest } = before;
  return {
    ...rest,
    facts: seen.facts ?? before.facts,
    seenActive: before.seenActive || seen.state.kind === 'active',
    phase: rememberPhase(before.phase, seen.phase, now, consulted),
    ...(seen.state.kind === 'doubtful' && { doubtfulSince }),
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
export function isWarning({ warnedOf }: Watch, { phase, state }: Sighting): boolean {
  return (state.kind === 'paused' || state.kind === 'unrecognized') && !warnedOf.includes(phase);
}

/** How the conversation has ended by what was seen; `undefined` where it goes on, or a doubt is not old enough. */
export function endingOf(
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
