import {
  type Conversation,
  type Ending,
  type Facts,
  type MessageCursor,
  NO_FACTS,
  type OnPaused,
  type Since,
  type Snapshot,
  type State,
  type Steps,
  type Stored,
  type StoredState,
} from './conversation.ts';
import type { Standing, WaitEvent } from './events.ts';
import { DOUBT_MS } from './pace.ts';
import { mostUsed } from './usage.ts';

/** How often stored events are read while a phase lasts that hides the end. */
const CONSULT_MS = 60_000;
/** Steps are read this often although nothing tells of new ones, and after a reading that failed. */
const READ_ANYWAY_MS = 60_000;
/** The same of a server that shows no use of a model: its statistics do not work, or not yet, and tell of nothing. */
const READ_BLINDLY_MS = 12_000;

/** What is remembered of a conversation between two looks. Times are the clock's milliseconds. */
export interface Watch {
  readonly conversation: Conversation;
  readonly startedAt: number;
  /** Where the message stands that the wait is for; absent if any end counts. */
  readonly messageCursor?: MessageCursor;
  readonly facts: Facts;
  /** How often it was resumed. */
  readonly resumes: number;
  /** Absent before the first look. */
  readonly phase?: {
    readonly shown: string;
    readonly state: State['kind'];
    /** When the stored events were last read in this phase; -Infinity if never. */
    readonly consultedAt: number;
  };
  /** Whether the conversation was ever seen at work. An agent that cannot be reached is not seen. */
  readonly seenActive: boolean;
  /** Whether its agent itself was seen at work: what starts then starts anew. */
  readonly hasRun: boolean;
  /** Whether it was started, or resumed, and not seen at work since. */
  readonly isAwaited: boolean;
  /** Present while the state is doubtful or unclear. */
  readonly doubtfulSince?: number;
  /** The phases that people were warned of. */
  readonly warnedOf: readonly string[];
  /** Present while the server pushes. */
  readonly push:
    | {
        readonly since: number;
        /** Whether it has told anything since the last look. */
        readonly isFresh?: boolean;
        /** The agent's state as it was told last; and when, if the agent is not at work any more. */
        readonly lastState?: StoredState & { readonly stoppedAt?: number };
      }
    | undefined;
  /** The last look that a push asked for, and how many came soon after another. */
  readonly pushedLook: { readonly at: number; readonly times: number };
  /** How far the agent's steps were told. */
  readonly progress: {
    /** The newest event that was read. */
    readonly cursor?: string;
    /** When they were last read, and what the conversation's revision was then. */
    readonly readAt?: number;
    readonly revision?: string;
    /** Whether they could not be read once. */
    readonly failed: boolean;
  };
}

/**
 * Begins to watch a conversation.
 *
 * @param startedAt when its agent was started, the clock's milliseconds.
 * @param messageCursor for a follow-up, the place in front of it: an end that was there before does not count.
 */
export function watch(conversation: Conversation, startedAt: number, messageCursor?: MessageCursor): Watch {
  return {
    conversation,
    startedAt,
    ...(messageCursor && { messageCursor }),
    facts: NO_FACTS,
    resumes: 0,
    seenActive: false,
    hasRun: false,
    isAwaited: true,
    warnedOf: [],
    push: undefined,
    pushedLook: { at: -Infinity, times: 0 },
    progress: { failed: false },
  };
}

/** What a look shows, by what was seen before: a sandbox that starts anew hides what became of its agent. */
export function interpreted({ hasRun }: Watch, snapshot: Snapshot): Snapshot {
  if (snapshot.state.kind !== 'unclear') return snapshot;
  return hasRun ? { ...snapshot, consult: 'on-change' } : { ...snapshot, state: { kind: 'active' } };
}

/** A phase that hides the end is looked behind when it is new, and now and then while it lasts: events come late. */
export function mustConsult({ phase }: Watch, { consult, phase: shown }: Snapshot, now: number): boolean {
  if (consult !== 'on-change') return consult === 'each-time';
  return phase?.shown !== shown || now - phase.consultedAt >= CONSULT_MS;
}

/** The watch after a look. */
export function remember(before: Watch, seen: Snapshot, now: number, consulted: boolean): Watch {
  const { doubtfulSince = now, ...rest } = before;
  const { phase: shown, state } = seen;
  const isActive = state.kind === 'active' && seen.consult !== 'on-change';
  const earlier = before.phase?.shown === shown ? before.phase.consultedAt : Number.NEGATIVE_INFINITY;
  return {
    ...rest,
    facts: factsAfter(before.facts, seen.facts),
    seenActive: before.seenActive || isActive,
    isAwaited: before.isAwaited && !isActive,
    phase: { shown, state: state.kind, consultedAt: consulted ? now : earlier },
    ...(['doubtful', 'unclear'].includes(state.kind) && { doubtfulSince }),
    warnedOf: isWarning(before, seen, now) ? [...before.warnedOf, shown] : before.warnedOf,
  };
}

/** What is known after a look: of what was used, the most that was seen. */
export function factsAfter(before: Facts, seen: Facts | undefined): Facts {
  return seen === undefined ? before : { ...seen, ...mostUsed(before, seen) };
}

/** A pause or a state that nobody knows, seen for the first time, or one that has been unclear for a minute. */
function isWarning(
  { warnedOf, doubtfulSince = Number.POSITIVE_INFINITY }: Watch,
  { phase, state: { kind } }: Snapshot,
  now: number,
): boolean {
  const isLasting = kind === 'unclear' && now - doubtfulSince >= DOUBT_MS;
  return (kind === 'paused' || kind === 'unrecognized' || isLasting) && !warnedOf.includes(phase);
}

/** How the conversation has ended by what was seen; `undefined` if it goes on, or a doubt is not old enough. */
export function endingOf(
  { state }: Snapshot,
  { doubtfulSince, seenActive }: Watch,
  now: number,
): Ending | undefined {
  if (state.kind === 'ended') return state.ending;
  if (state.kind !== 'doubtful') return undefined;
  // A stop after work is a stop; before it, the server may not have seen the start yet.
  const sure = (state.ending === 'stopped' && seenActive) || now - (doubtfulSince ?? now) >= DOUBT_MS;
  return sure ? state.ending : undefined;
}

/** Whether the agent has a message with which it was not seen to begin. */
export function isCalled({ messageCursor, seenActive }: Watch): boolean {
  return messageCursor !== undefined && !seenActive;
}

/** Where the next reading of stored events begins. */
export function sinceOf({ messageCursor, progress: { cursor } }: Watch): Since {
  return { ...(messageCursor && { messageCursor }), ...(cursor !== undefined && { cursor }) };
}

/** The steps that were read, to be told, and the watch that remembers how far. */
export function takeSteps(
  watch: Watch,
  read: Steps | undefined,
): { readonly watch: Watch; readonly events: readonly WaitEvent[] } {
  if (read === undefined) return { watch, events: [] };
  const { conversation, progress } = watch;
  const { steps, isCut, cursor, usage = {} } = read;
  return {
    watch: {
      ...watch,
      facts: { ...watch.facts, ...mostUsed(watch.facts, usage) },
      progress: { ...progress, ...(cursor !== undefined && { cursor }) },
    },
    events: steps.length > 0 ? [{ kind: 'steps', conversation, steps, isCut }] : [],
  };
}

/** Whether there may be steps that were not read yet. */
export function mayHaveNewSteps(
  { progress }: Watch,
  { state, revision, facts }: Snapshot,
  now: number,
): boolean {
  const isAtWork = state.kind === 'active' || state.kind === 'unclear';
  if (!isAtWork || revision === undefined) return false;
  const { readAt = Number.NEGATIVE_INFINITY, revision: last, failed } = progress;
  const isBlind = facts?.costUsd === undefined && facts?.tokens === undefined;
  const anywayMs = isBlind && !failed ? READ_BLINDLY_MS : READ_ANYWAY_MS;
  return now - readAt >= anywayMs || (revision !== last && !failed);
}

/**
 * The events win if they know of an end, and if the status alone never tells. An end that the server has pushed is
 * newer than what is stored.
 */
export function reconciled(snapshot: Snapshot, stored: Stored, { resumes, push }: Watch): Snapshot {
  const lastState = push?.lastState?.stoppedAt === undefined ? undefined : push.lastState;
  const { phase, state } = lastState ?? stored.state ?? snapshot;
  const corrected = { ...snapshot, phase, state };
  if (snapshot.consult === 'each-time') return corrected;
  // An agent that is resumed comes back in error before it runs again: that may be all that is stored since.
  const isOfResume = resumes > 0 && state.kind === 'ended' && state.ending === 'error';
  return state.kind !== 'ended' || isOfResume ? snapshot : corrected;
}

/** How things stand, as it was seen last. */
export function standingOf({ conversation, phase, facts }: Watch): Standing {
  return {
    conversation,
    phase: phase?.shown ?? '',
    ...(phase && { state: phase.state }),
    facts,
  };
}

/** Ends are told later; and a new conversation is often not to be seen yet. */
function isWorthReporting({ phase }: Watch, state: State['kind'] | undefined): boolean {
  return state !== 'ended' && (phase !== undefined || state !== 'doubtful');
}

/** What a look has brought that is new; but for an end, which is told once the last steps are. */
export function changesSeen(before: Watch, after: Watch, onPaused: OnPaused): readonly WaitEvent[] {
  const standing = standingOf(after);
  const { conversation, phase, state, facts } = standing;
  const events: WaitEvent[] = [];
  if (facts.title !== undefined && facts.title !== before.facts.title)
    events.push({ kind: 'title', conversation, title: facts.title });
  if (before.phase?.shown !== phase && isWorthReporting(before, state))
    events.push({ kind: 'phase', ...standing });
  if (before.isAwaited && !after.isAwaited) events.push({ kind: 'at-work', conversation });
  if (after.warnedOf.length > before.warnedOf.length)
    events.push(
      state === 'paused'
        ? { kind: 'paused', conversation, phase, onPaused }
        : { kind: state === 'unclear' ? 'unclear' : 'unrecognized', conversation, phase },
    );
  return events;
}
