import {
  type Conversation,
  type Ending,
  type Facts,
  type MessageCursor,
  mostUsed,
  NO_FACTS,
  type Since,
  type Snapshot,
  type State,
  type Steps,
  type StoredState,
} from './conversation.ts';
import type { CurrentState, WaitEvent } from './events.ts';
import { DOUBT_MS } from './pace.ts';

/** Like {@link DOUBT_MS}, after the agent was at work: during a Stop hook it looks finished, and its server may say nothing. */
const HOOK_MS = 600_000;
/** How often stored events are read while the state hides whether the agent has ended: events are stored late. */
const CONSULT_MS = 60_000;
/** While nothing is pushed, steps are read once 70 % of the age has passed since the last read: an old conversation costs few reads. */
const READ_SHARE = 0.7;
const MAX_READ_MS = 600_000;
/** How often steps are read if only they show the cost, and it has a limit. */
const READ_COST_MS = 12_000;

/** A conversation to watch. */
export interface Watched {
  readonly conversation: Conversation;
  /** When the step began or, for a follow-up, delivered its message, in the clock's milliseconds. */
  readonly startedAt: number;
  /** Facts that are known already. */
  readonly facts?: Facts;
  /** For a follow-up, the place before it: the end of earlier work does not count. */
  readonly messageCursor?: MessageCursor;
  /** Whether a doubtful state counts at once. */
  readonly isCertain?: boolean;
}

/** What is known of a conversation between two looks. Times are the clock's milliseconds. */
export class Watch {
  conversation: Conversation;
  readonly startedAt: number;
  /** The place before the message that the step waits for; absent if any end counts. */
  readonly messageCursor: MessageCursor | undefined;
  facts: Facts;
  /** The last state in the server's words; absent before the first look. */
  phase?: string;
  state?: State['kind'];
  /** When the conversation was first seen active, by a state that shows the agent itself. */
  activeAt: number | undefined;
  /** Whether the agent was started or resumed, and not seen at work since. */
  isAwaited = true;
  /** How often the agent was resumed. */
  resumes = 0;
  /** Since when the state is doubtful or unclear. */
  doubtfulSince: number | undefined;
  /** How long such a state must last before it, or an end that it hides, counts; and since when that is so. */
  #doubtMs = DOUBT_MS;
  #boundSince = 0;
  /** When the steps were last read, and when that was last tried. */
  readAt = Number.NEGATIVE_INFINITY;
  triedAt = Number.NEGATIVE_INFINITY;
  /** Whether the agent has run before: a sandbox that starts is then starting again. */
  #hasRun = false;
  #isReported = false;
  #consultedAt = Number.NEGATIVE_INFINITY;
  /** Of what a warning was emitted. */
  readonly #warnedOf = new Set<string>();
  /** The newest event that was read. */
  #cursor: string | undefined;

  constructor({ conversation, startedAt, facts = NO_FACTS, messageCursor, isCertain = false }: Watched) {
    this.conversation = conversation;
    this.startedAt = startedAt;
    this.facts = facts;
    this.messageCursor = messageCursor;
    if (isCertain) this.doubtfulSince = Number.NEGATIVE_INFINITY;
  }

  /** Interprets an unclear state: an agent that has not run yet is starting; one that has run may have ended. */
  interpreted(snapshot: Snapshot): Snapshot {
    this.#hasRun ||= snapshot.state.kind === 'active';
    if (snapshot.state.kind !== 'unclear') return snapshot;
    return this.#hasRun ? { ...snapshot, consult: 'on-change' } : { ...snapshot, state: { kind: 'active' } };
  }

  /** Whether to read the stored events: if a phase that may hide the end is new, every minute, and before it counts. */
  mustConsult(snapshot: Snapshot, now: number): boolean {
    if (snapshot.consult !== 'on-change') return snapshot.consult === 'each-time';
    const isDue = this.phase !== snapshot.phase || now - this.#consultedAt >= CONSULT_MS;
    return isDue || this.endingOf(snapshot, now) !== undefined;
  }

  /**
   * Remembers a look. Returns the events for what it has changed. An end is reported later, after the last steps.
   *
   * @param isConsulted whether the stored events were read.
   */
  remember(seen: Snapshot, isConsulted: boolean, now: number): readonly WaitEvent[] {
    const { conversation, facts } = this;
    const { title } = seen.facts ?? {};
    this.facts = factsAfter(facts, seen.facts);
    const doubtMs = this.#mayRunHook(seen) ? HOOK_MS : DOUBT_MS;
    if (doubtMs !== this.#doubtMs || this.doubtfulSince === undefined) this.#boundSince = now;
    this.#doubtMs = doubtMs;
    const isTitleNew = title !== undefined && title !== facts.title;
    return [
      ...(isTitleNew ? [{ kind: 'title', conversation, title } as const] : []),
      ...this.#rememberPhase(seen, isConsulted ? now : undefined),
      ...this.#rememberWork(seen, now),
      ...this.#rememberDoubt(seen, now),
    ];
  }

  #rememberPhase(
    { phase, state: { kind } }: Snapshot,
    consultedAt: number | undefined,
  ): readonly WaitEvent[] {
    const isNew = this.phase !== phase;
    this.#consultedAt = consultedAt ?? (isNew ? Number.NEGATIVE_INFINITY : this.#consultedAt);
    // An end is reported later, and at the first look a new conversation is often not listed yet.
    const isWorthReporting = kind !== 'ended' && (this.phase !== undefined || kind !== 'doubtful');
    const wasReported = this.#isReported && !isNew;
    this.#isReported = wasReported || isWorthReporting;
    this.phase = phase;
    this.state = kind;
    return this.#isReported && !wasReported ? [{ kind: 'phase', ...this.current(), phase }] : [];
  }

  #rememberWork({ state }: Snapshot, now: number): readonly WaitEvent[] {
    if (state.kind !== 'active' || !this.#hasRun) return [];
    const { conversation, isAwaited } = this;
    this.activeAt ??= now;
    this.isAwaited = false;
    return isAwaited ? [{ kind: 'at-work', conversation }] : [];
  }

  #rememberDoubt({ phase, state: { kind } }: Snapshot, now: number): readonly WaitEvent[] {
    const since = this.doubtfulSince ?? now;
    this.doubtfulSince = kind === 'doubtful' || kind === 'unclear' ? since : undefined;
    const isLasting = kind === 'unclear' && now - since >= DOUBT_MS;
    if (!(isLasting || kind === 'unrecognized') || !this.warnsOnce(phase)) return [];
    return [{ kind: isLasting ? 'unclear' : 'unrecognized', conversation: this.conversation, phase }];
  }

  /** Whether to warn of a phase, or of something else: once of each. */
  warnsOnce(what: string): boolean {
    const isNew = !this.#warnedOf.has(what);
    this.#warnedOf.add(what);
    return isNew;
  }

  /** Corrects a snapshot by the stored events. They count if they show an end, or if the status never shows one. */
  reconciled(snapshot: Snapshot, now: number, { phase, state }: StoredState = snapshot): Snapshot {
    const corrected = { ...snapshot, phase, state };
    if (snapshot.consult === 'each-time') return corrected;
    if (this.#mayRunHook(snapshot) && now - (this.doubtfulSince ?? now) < HOOK_MS) return snapshot;
    // After a resume, an agent is in error until it runs again, and that error may be the newest stored event.
    const isOfResume = this.resumes > 0 && state.kind === 'ended' && state.ending === 'error';
    return state.kind !== 'ended' || isOfResume ? snapshot : corrected;
  }

  /** Whether a Stop hook of the repository may be why an agent that was seen at work cannot be reached. */
  #mayRunHook({ state }: Snapshot): boolean {
    const isUnreachable =
      (state.kind === 'unclear' && !state.isStarting) ||
      (state.kind === 'doubtful' && state.ending === 'error');
    return isUnreachable && this.activeAt !== undefined;
  }

  /** Returns how the conversation has ended; `undefined` if it has not, or if the state has not been doubtful for long enough. */
  endingOf({ state }: Snapshot, now: number): Ending | undefined {
    if (state.kind === 'ended') return state.ending;
    if (state.kind !== 'doubtful') return undefined;
    // A stop counts at once after the agent was seen at work. Before that, the server may not have processed the start yet.
    const isStopped = state.ending === 'stopped' && this.activeAt !== undefined;
    return isStopped || now >= this.#countsAt ? state.ending : undefined;
  }

  /** When a doubtful state counts; Infinity if there is none. Several by turns count after the longest time of them. */
  get #countsAt(): number {
    const { doubtfulSince: since } = this;
    return since === undefined ? Infinity : Math.min(since + HOOK_MS, this.#boundSince + this.#doubtMs);
  }

  /** Returns when a doubtful state has lasted long enough to count; Infinity if there is none, or if it does already. */
  doubtEndsAt(now: number): number {
    const at = Math.ceil(this.#countsAt);
    return at <= now ? Infinity : at;
  }

  /** Whether the agent has a message that it was not seen to start on. */
  get hasPendingWork(): boolean {
    return this.messageCursor !== undefined && this.activeAt === undefined;
  }

  /** Where the next read of stored events starts. */
  get since(): Since {
    const { messageCursor } = this;
    const cursor = this.#cursor;
    return { ...(messageCursor && { messageCursor }), ...(cursor !== undefined && { cursor }) };
  }

  /** Remembers steps that were read. Returns the event for them. */
  takeSteps(read: Steps | undefined): readonly WaitEvent[] {
    if (read === undefined) return [];
    const { steps, isCut, cursor, usage = {} } = read;
    this.facts = { ...this.facts, ...mostUsed(this.facts, usage) };
    this.#cursor = cursor ?? this.#cursor;
    return steps.length > 0 ? [{ kind: 'steps', conversation: this.conversation, steps, isCut }] : [];
  }

  /**
   * Whether it is time to read the steps, if they are not pushed. A request for the state may read them, too.
   *
   * @param isLimited whether the cost has a limit. Some servers show it only in the events.
   */
  mustReadSteps({ facts, consult }: Snapshot, now: number, isLimited: boolean): boolean {
    if (consult === 'each-time' || this.activeAt === undefined) return false;
    const isCostOnlyThere = isLimited && facts?.costUsd === undefined;
    const agedMs = Math.min(MAX_READ_MS, READ_SHARE * (now - this.startedAt));
    return now - this.triedAt >= (isCostOnlyThere ? Math.min(READ_COST_MS, agedMs) : agedMs);
  }

  /** The state as last seen. */
  current(): CurrentState {
    const { conversation, phase = '', state, facts } = this;
    const mayRunHook = this.#doubtMs === HOOK_MS;
    return { conversation, phase, ...(state && { state }), ...(mayRunHook && { mayRunHook }), facts };
  }
}

/** Returns the facts after a look. Cost and tokens are the highest values seen. */
export function factsAfter(before: Facts, seen: Facts | undefined): Facts {
  return seen === undefined ? before : { ...seen, ...mostUsed(before, seen) };
}
