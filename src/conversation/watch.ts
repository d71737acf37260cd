import {
  type Conversation,
  type Ending,
  type Facts,
  type MessageCursor,
  NO_FACTS,
  type OnPaused,
  type Since,
  type Snapshot,
  type Steps,
  type Stored,
  type StoredState,
} from './conversation.ts';
import type { CurrentState, WaitEvent } from './events.ts';
import { DOUBT_MS } from './pace.ts';
import { isNewlyReported, type Phase, phaseAfter } from './phase.ts';
import { mostUsed } from './usage.ts';

/** How often steps are read without a sign of new ones, and after a read that failed. */
const READ_ANYWAY_MS = 60_000;
/** Like {@link READ_ANYWAY_MS}, while the server shows neither cost nor tokens, whose changes are the sign of new steps. */
const READ_WITHOUT_USAGE_MS = 12_000;

/** What is remembered of a conversation between two looks. Times are the clock's milliseconds. */
export interface Watch {
  readonly conversation: Conversation;
  readonly startedAt: number;
  /** The place before the message that the step waits for; absent if any end counts. */
  readonly messageCursor?: MessageCursor;
  readonly facts: Facts;
  /** How often the conversation was resumed. */
  readonly resumes: number;
  /** Absent before the first look. */
  readonly phase?: Phase;
  /** Whether the conversation was ever seen active, by a state that shows the agent itself. */
  readonly seenActive: boolean;
  /** Whether the agent has run before: a sandbox that starts is then starting again. */
  readonly hasRun: boolean;
  /** Whether the agent was started or resumed, and not seen at work since. */
  readonly isAwaited: boolean;
  /** Since when the state is doubtful or unclear; absent otherwise. */
  readonly doubtfulSince?: number;
  /** The phases for which a warning was emitted. */
  readonly warnedOf: readonly string[];
  /** Present while the server pushes events. */
  readonly push:
    | {
        readonly since: number;
        /** Whether events were pushed since the last look. */
        readonly hasNewEvents?: boolean;
        /** The state that was pushed last; `stoppedAt` is when, if the agent is no longer at work. */
        readonly lastState?: StoredState & { readonly stoppedAt?: number };
      }
    | undefined;
  /** The last look that a push caused, and how many such looks followed each other closely. */
  readonly pushedLook: { readonly at: number; readonly times: number };
  /** How far the agent's steps were read. */
  readonly progress: {
    /** The newest event that was read. */
    readonly cursor?: string;
    /** When steps were last read, and the conversation's revision at that time. */
    readonly readAt?: number;
    readonly revision?: string;
    /** Whether the last read failed. */
    readonly failed: boolean;
  };
}

/**
 * Starts to watch a conversation.
 *
 * @param startedAt when the step began or, for a follow-up, delivered its message, in the clock's milliseconds.
 * @param messageCursor for a follow-up, the place before it: the end of earlier work does not count.
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

/** Interprets an unclear state: an agent that has not run yet is starting; one that has run may have ended. */
export function interpreted({ hasRun }: Watch, snapshot: Snapshot): Snapshot {
  if (snapshot.state.kind !== 'unclear') return snapshot;
  return hasRun ? { ...snapshot, consult: 'on-change' } : { ...snapshot, state: { kind: 'active' } };
}

/** Returns the watch after a look. */
export function watchAfter(before: Watch, seen: Snapshot, now: number, consulted: boolean): Watch {
  const { doubtfulSince = now, ...rest } = before;
  const { phase: shown, state } = seen;
  const isActive = state.kind === 'active' && seen.consult !== 'on-change';
  return {
    ...rest,
    facts: factsAfter(before.facts, seen.facts),
    seenActive: before.seenActive || isActive,
    isAwaited: before.isAwaited && !isActive,
    phase: phaseAfter(before.phase, seen, consulted ? now : undefined),
    ...(['doubtful', 'unclear'].includes(state.kind) && { doubtfulSince }),
    warnedOf: isWarning(before, seen, now) ? [...before.warnedOf, shown] : before.warnedOf,
  };
}

/** Returns the facts after a look. Cost and tokens are the highest values seen. */
export function factsAfter(before: Facts, seen: Facts | undefined): Facts {
  return seen === undefined ? before : { ...seen, ...mostUsed(before, seen) };
}

/** Whether to warn, once for each phase: of a pause, an unrecognized state, or a state that is unclear for a minute. */
function isWarning(
  { warnedOf, doubtfulSince = Number.POSITIVE_INFINITY }: Watch,
  { phase, state: { kind } }: Snapshot,
  now: number,
): boolean {
  const isLasting = kind === 'unclear' && now - doubtfulSince >= DOUBT_MS;
  return (kind === 'paused' || kind === 'unrecognized' || isLasting) && !warnedOf.includes(phase);
}

/** Returns how the conversation has ended; `undefined` if it has not, or if the state has not been doubtful for long enough. */
export function endingOf(
  { state }: Snapshot,
  { doubtfulSince, seenActive }: Watch,
  now: number,
): Ending | undefined {
  if (state.kind === 'ended') return state.ending;
  if (state.kind !== 'doubtful') return undefined;
  // A stop counts at once after the agent was seen at work. Before that, the server may not have processed the start yet.
  const isCertain = (state.ending === 'stopped' && seenActive) || now - (doubtfulSince ?? now) >= DOUBT_MS;
  return isCertain ? state.ending : undefined;
}

/** Whether the agent has a message that it was not seen to start on. */
export function hasPendingWork({ messageCursor, seenActive }: Watch): boolean {
  return messageCursor !== undefined && !seenActive;
}

/** Returns where the next read of stored events starts. */
export function sinceOf({ messageCursor, progress: { cursor } }: Watch): Since {
  return { ...(messageCursor && { messageCursor }), ...(cursor !== undefined && { cursor }) };
}

/** Returns the events for steps that were read, and the watch with the new cursor. */
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

/** Whether there may be steps that have not been read yet. */
export function mayHaveNewSteps(
  { progress }: Watch,
  { state, revision, facts }: Snapshot,
  now: number,
): boolean {
  const isAtWork = state.kind === 'active' || state.kind === 'unclear';
  if (!isAtWork || revision === undefined) return false;
  const { readAt = Number.NEGATIVE_INFINITY, revision: last, failed } = progress;
  const hasNoUsage = facts?.costUsd === undefined && facts?.tokens === undefined;
  const anywayMs = hasNoUsage && !failed ? READ_WITHOUT_USAGE_MS : READ_ANYWAY_MS;
  return now - readAt >= anywayMs || (revision !== last && !failed);
}

/**
 * Corrects a snapshot by the stored events. They count if they show an end, or if the status never shows one. An end that the
 * server has pushed is newer than the stored events.
 */
export function reconciled(snapshot: Snapshot, stored: Stored, { resumes, push }: Watch): Snapshot {
  const lastState = push?.lastState?.stoppedAt === undefined ? undefined : push.lastState;
  const { phase, state } = lastState ?? stored.state ?? snapshot;
  const corrected = { ...snapshot, phase, state };
  if (snapshot.consult === 'each-time') return corrected;
  // A resumed agent is in error until it runs again: that may be the newest event that is stored.
  const isOfResume = resumes > 0 && state.kind === 'ended' && state.ending === 'error';
  return state.kind !== 'ended' || isOfResume ? snapshot : corrected;
}

/** Returns the state of the conversation as last seen. */
export function currentStateOf({ conversation, phase, facts }: Watch): CurrentState {
  return {
    conversation,
    phase: phase?.shown ?? '',
    ...(phase && { state: phase.state }),
    facts,
  };
}

/** Returns the events for what a look has changed. An end is reported later, after the last steps. */
export function changeEvents(before: Watch, after: Watch, onPaused: OnPaused): readonly WaitEvent[] {
  const current = currentStateOf(after);
  const { conversation, phase, state, facts } = current;
  const events: WaitEvent[] = [];
  if (facts.title !== undefined && facts.title !== before.facts.title)
    events.push({ kind: 'title', conversation, title: facts.title });
  if (isNewlyReported(before.phase, after.phase)) events.push({ kind: 'phase', ...current });
  if (before.isAwaited && !after.isAwaited) events.push({ kind: 'at-work', conversation });
  if (after.warnedOf.length > before.warnedOf.length)
    events.push(
      state === 'paused'
        ? { kind: 'paused', conversation, phase, onPaused }
        : { kind: state === 'unclear' ? 'unclear' : 'unrecognized', conversation, phase },
    );
  return events;
}
