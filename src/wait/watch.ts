import {
  type Ending,
  type Facts,
  factsAfter,
  highestUsage,
  NO_FACTS,
  type Since,
  type Snapshot,
  type Steps,
  type StoredState,
} from '../port/conversation.ts';
import type { CurrentState, Note } from '../port/events.ts';
import { AGENT_BEGIN_MS, CONFIRM_MS } from '../port/pace.ts';
import type { Problem } from '../port/problem.ts';
import type { WatchedConversation } from '../session/begun.ts';
import type { Session } from '../session/session.ts';
import { Activity } from './activity.ts';

/** Like {@link CONFIRM_MS}, after the agent was at work: while a Stop hook of the repository runs, its server does not answer. */
const HOOK_MS = 600_000;
/** How often the stored events are read while the state hides whether the agent has ended. */
const READ_STORED_EVERY_MS = 60_000;

/** What is known of a conversation between two looks. Times are the clock's milliseconds. */
export class Watch {
  readonly id: string;
  readonly #watched: WatchedConversation;
  readonly #session: Session;
  /** When the agent was at work. */
  readonly activity: Activity;
  #page: string;
  #facts: Facts;
  /** The last look; absent before the first. */
  #seen: Snapshot | undefined;
  /** Whether the phase of the last look was reported. */
  #isReported = false;
  /** Since when the state is unconfirmed or unclear; Infinity if it is neither. */
  #unconfirmedSince = Infinity;
  /** When an unconfirmed state counts; Infinity if there is none. */
  #countsAt = Infinity;
  /** When the agent was first seen at work. */
  #activeAt: number | undefined;
  /** Whether the server itself has shown the agent active: an unclear state that was only taken for that does not count. */
  #hasRun = false;
  /** Whether the agent was started or resumed, and was not seen at work since. */
  #isWorkAwaited = true;
  #resumes = 0;
  /** Why the last resume has failed, and since when all of them have; absent if it has not. */
  #failedResume: { readonly since: number; readonly problem: Problem } | undefined;
  #isWithoutTools = false;
  /** When the stored events were last read to find the real state. */
  #readStoredAt = -Infinity;
  /** The newest event that was read. */
  #cursor: string | undefined;
  /** The subjects of the notes so far. */
  readonly #noted = new Set<string>();

  constructor(watched: WatchedConversation, session: Session) {
    this.#watched = watched;
    this.#session = session;
    this.id = watched.id;
    this.#page = session.api.conversation(watched.id).url;
    this.#facts = watched.facts ?? NO_FACTS;
    this.activity = new Activity(watched.putToWorkAt, session);
    // If the first look shows an unconfirmed state, it counts at once.
    if (watched.isCertain) this.#countsAt = -Infinity;
  }

  /** The state that the last look has shown, and all facts so far. */
  get current(): CurrentState {
    const seen = this.#seen;
    if (seen === undefined) return { phase: '', facts: this.#facts };
    const { phase, state } = seen;
    const mayRunHook = this.#mayRunHook(seen);
    return { phase, state: state.kind, ...(mayRunHook && { mayRunHook }), facts: this.#facts };
  }

  /** The time since the step began or delivered its message, in milliseconds. */
  get ageMs(): number {
    return this.#now - (this.#watched.startedAt ?? this.#session.startedAt);
  }

  /** The time since the agent was first seen at work, in milliseconds; `undefined` before that. */
  get workedMs(): number | undefined {
    return this.#activeAt === undefined ? undefined : this.#now - this.#activeAt;
  }

  /**
   * When to run an agent that is idle after its server was gone: it was killed before the agent began on the message of this step. Infinity
   * if there is none.
   */
  get runDueAt(): number {
    const { goneAt, hasNotBegun, hasLostServer } = this.activity;
    const { state } = this.#seen ?? {};
    const isIdle = state?.kind === 'active' && state.isIdle === true;
    return isIdle && hasNotBegun && hasLostServer && !this.#hasTriedResume ? goneAt + CONFIRM_MS : Infinity;
  }

  /** How often the agent was resumed. */
  get resumes(): number {
    return this.#resumes;
  }

  /** Why resumes have failed, if they have for a minute. */
  get lastingFailure(): Problem | undefined {
    const { since = Infinity, problem } = this.#failedResume ?? {};
    return this.#now - since >= CONFIRM_MS ? problem : undefined;
  }

  /** Whether the agent is known to have no tools. */
  get isWithoutTools(): boolean {
    return this.#isWithoutTools;
  }

  /** Whether the agent was sent a follow-up, and was not seen to start on it. */
  get hasPendingWork(): boolean {
    return this.#watched.messageCursor !== undefined && this.#activeAt === undefined;
  }

  /** Where the next read of stored events starts. */
  get since(): Since {
    const { messageCursor } = this.#watched;
    const cursor = this.#cursor;
    return { ...(messageCursor && { messageCursor }), ...(cursor !== undefined && { cursor }) };
  }

  /** When a look is needed, because an unconfirmed state will count, or an agent is to be run; Infinity if there is no such time ahead. */
  get neededAt(): number {
    const ahead = [this.#countsAt, this.runDueAt].map(Math.ceil).filter((at) => at > this.#now);
    return Math.min(Infinity, ...ahead);
  }

  /**
   * Interprets an unclear state: an agent that was never seen active is starting; any other may have ended. A pause that is shown just
   * after the message is from before it.
   */
  interpret(snapshot: Snapshot): Snapshot {
    this.#hasRun ||= snapshot.state.kind === 'active';
    this.activity.rememberLook(snapshot);
    const isEarlierPause =
      snapshot.state.kind === 'paused' && this.hasPendingWork && this.ageMs < AGENT_BEGIN_MS;
    if (isEarlierPause) return { ...snapshot, state: { kind: 'active' } };
    if (snapshot.state.kind !== 'unclear') return snapshot;
    return this.#hasRun
      ? { ...snapshot, whenToReadStored: 'on-change' }
      : { ...snapshot, state: { kind: 'active' } };
  }

  /** Whether to read the stored events. If the phase may hide the end: once when it is new, every minute, and before an end counts. */
  mustReadStored(snapshot: Snapshot): boolean {
    if (snapshot.whenToReadStored !== 'on-change') return snapshot.whenToReadStored === 'each-time';
    const isDue =
      this.#seen?.phase !== snapshot.phase || this.#now - this.#readStoredAt >= READ_STORED_EVERY_MS;
    return isDue || this.endingOf(snapshot) !== undefined;
  }

  /** Corrects a snapshot by the stored state, if there is one, and it shows an end or the status never shows one. */
  reconcile(snapshot: Snapshot, { phase, state }: StoredState = snapshot): Snapshot {
    const corrected = { ...snapshot, phase, state };
    if (snapshot.whenToReadStored === 'each-time') return corrected;
    // The agent has finished before a Stop hook runs, and works again if the hook refuses that.
    if (this.#mayRunHook(snapshot) && this.#now < this.#unconfirmedSince + HOOK_MS) return snapshot;
    // A resumed agent is in error until it runs: that error may be the newest stored event.
    const isOfResume = this.#hasTriedResume && state.kind === 'ended' && state.ending === 'error';
    return state.kind !== 'ended' || isOfResume ? snapshot : corrected;
  }

  /** Remembers a look, and reports what is new, except an end. `hasReadStored`: whether the stored events were read. */
  rememberLook(seen: Snapshot, hasReadStored: boolean): void {
    const { phase, state } = seen;
    this.#rememberPage();
    this.#facts = factsAfter(this.#facts, seen.facts);
    this.#rememberUnconfirmed(seen);
    this.#rememberPhase(seen, hasReadStored);
    if (state.kind === 'active' && this.#hasRun) {
      this.#activeAt ??= this.#now;
      if (this.#isWorkAwaited) this.#session.emit({ kind: 'at-work' });
      this.#isWorkAwaited = false;
    }
    const isLasting = state.kind === 'unclear' && this.#now - this.#unconfirmedSince >= CONFIRM_MS;
    if (isLasting || state.kind === 'unrecognized') this.noteOnce({ about: state.kind, phase });
  }

  /** A look can show that the server has another page for the conversation. */
  #rememberPage(): void {
    const conversation = this.#session.api.conversation(this.id);
    if (conversation.url !== this.#page) this.#session.emit({ kind: 'found', conversation });
    this.#page = conversation.url;
  }

  #rememberUnconfirmed(seen: Snapshot): void {
    if (seen.state.kind !== 'unconfirmed' && seen.state.kind !== 'unclear') {
      this.#unconfirmedSince = Infinity;
      this.#countsAt = Infinity;
      return;
    }
    this.#unconfirmedSince = Math.min(this.#unconfirmedSince, this.#now);
    this.#countsAt = this.#mayRunHook(seen)
      ? this.#unconfirmedSince + HOOK_MS
      : Math.min(this.#countsAt, this.#now + CONFIRM_MS);
  }

  #rememberPhase(seen: Snapshot, hasReadStored: boolean): void {
    const before = this.#seen;
    const isNew = before?.phase !== seen.phase;
    // A new phase makes a read due.
    if (isNew) this.#readStoredAt = -Infinity;
    if (hasReadStored) this.#readStoredAt = this.#now;
    // An end is reported later. At the first look a new conversation is often not listed yet.
    const { kind } = seen.state;
    const isWorthReporting = kind !== 'ended' && (before !== undefined || kind !== 'unconfirmed');
    this.#seen = seen;
    this.#isReported &&= !isNew;
    if (this.#isReported || !isWorthReporting) return;
    this.#isReported = true;
    this.reportState(true);
  }

  /** Remembers what was read of the steps, and reports new ones. */
  rememberSteps({ steps, isCut, cursor, usage = {} }: Steps): void {
    this.#facts = { ...this.#facts, ...highestUsage(this.#facts, usage) };
    this.#cursor = cursor ?? this.#cursor;
    if (steps.length > 0) this.#session.emit({ kind: 'steps', steps, isCut });
  }

  /** Remembers and reports that the agent has no tools. */
  rememberNoTools(): void {
    this.#isWithoutTools = true;
    this.#session.emit({ kind: 'without-tools' });
  }

  /** Remembers that the agent was resumed. `at`: when that was asked for. */
  rememberResume(at: number): void {
    this.#resumes += 1;
    this.#failedResume = undefined;
    this.#isWorkAwaited = true;
    this.activity.rememberAtWork(at);
  }

  /** Remembers that a resume has failed: the agent may work all the same. */
  rememberFailedResume(problem: Problem): void {
    this.#failedResume = { since: this.#failedResume?.since ?? this.#now, problem };
    this.#isWorkAwaited = true;
  }

  /** Remembers and reports the end of the agent. `latest`: the facts of a later look, if there was one. */
  rememberEnd(phase: string, latest: Facts | undefined): void {
    this.#facts = factsAfter(this.#facts, latest);
    // The same phase was reported when it was seen, unless it showed the end.
    if (this.#seen?.phase !== phase || this.#seen.state.kind === 'ended')
      this.#session.emit({ kind: 'state', isNew: true, phase, state: 'ended', facts: this.#facts });
  }

  /** Reports the state as last seen. `isNew`: its phase was not reported before. */
  reportState(isNew = false): void {
    this.#session.emit({ kind: 'state', isNew, ...this.current });
  }

  /** Emits a note, unless there was one about the same phase or subject. */
  noteOnce(note: Note): void {
    const what = 'phase' in note ? note.phase : note.about;
    if (!this.#noted.has(what)) this.#session.emit({ kind: 'note', ...note });
    this.#noted.add(what);
  }

  /** Returns how the conversation has ended; `undefined` if it has not, or if its end is not confirmed yet. */
  endingOf({ state }: Snapshot): Ending | undefined {
    if (state.kind === 'ended') return state.ending;
    if (state.kind !== 'unconfirmed') return undefined;
    // After work, a stop counts at once. Before that, the server may not have processed the start yet.
    const isStopped = state.ending === 'stopped' && this.#activeAt !== undefined;
    return isStopped || this.#now >= this.#countsAt ? state.ending : undefined;
  }

  /** Whether a Stop hook of the repository may be why the agent cannot be reached. */
  #mayRunHook({ state }: Snapshot): boolean {
    const isUnreachable =
      (state.kind === 'unclear' && !state.isStarting) ||
      (state.kind === 'unconfirmed' && state.ending === 'error');
    return isUnreachable && this.#activeAt !== undefined;
  }

  get #hasTriedResume(): boolean {
    return this.#resumes > 0 || this.#failedResume !== undefined;
  }

  get #now(): number {
    return this.#session.clock.now();
  }
}
