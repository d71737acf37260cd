import { ApiFailure } from '../port/api.ts';
import { condensationsAfter, MAX_CONDENSATIONS } from '../port/condensations.ts';
import type { PushUpdate, Snapshot, Steps, StoredState } from '../port/conversation.ts';
import { withTimeLimit } from '../session/ask.ts';
import type { Session } from '../session/session.ts';
import { toError } from '../text/to-error.ts';
import type { Watch } from './watch.ts';

/** The first gaps between looks that pushes cause, before they double: a server pushes an end just before a look shows it. */
const MIN_GAP_MS = 500;
/** The longest gap, if a server pushes one end after another. */
const MAX_GAP_MS = 30_000;
/** Without push, the time between two reads of the steps is this share of the age: an old conversation costs few reads. */
const READ_SHARE_OF_AGE = 0.7;
const MAX_READ_GAP_MS = 600_000;
/** The longest time between two reads, if there is a budget and only the steps show the cost. */
const MAX_COST_READ_GAP_MS = 12_000;
const READ_STEPS = { ms: 10_000, failedTo: 'read the steps of the agent' };

/**
 * What the server pushes about one conversation: the agent's steps and cost, and a reason to look. Only a look shows the end.
 * Without push, reads the steps.
 */
export class Push {
  readonly #watch: Watch;
  readonly #session: Session;
  #isConnected = false;
  /** Whether push shows every new step: those from before the connection have been read. */
  #isCaughtUp = false;
  /** The last state that was pushed over the connection. */
  #state: StoredState | undefined;
  /** What was pushed and not taken yet, oldest first. `#arrived` is resolved once there is something to take. */
  #updates: readonly PushUpdate[] = [];
  #arrived: PromiseWithResolvers<void> = Promise.withResolvers();
  #subscription: AbortController | undefined;
  /** Whether the subscription has ended by itself. */
  #isOver = false;
  /** The number of condensations since the agent's last action. */
  #condensations = 0;
  /** When the reading of the steps was last tried. */
  #triedAt = -Infinity;
  /** An error that no subscription should throw. {@link take} throws it. */
  #bug: Error | undefined;
  /** The last look that a push has caused, and how many such looks followed each other closely. */
  #causedLook = { at: -Infinity, times: 0 };

  constructor(watch: Watch, session: Session) {
    this.#watch = watch;
    this.#session = session;
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  /** Whether any state was pushed over the connection. */
  get hasState(): boolean {
    return this.#state !== undefined;
  }

  /** The pushed state, if it shows that the agent is no longer at work. */
  get stoppedState(): StoredState | undefined {
    return this.#state?.state.kind === 'active' ? undefined : this.#state;
  }

  /** Whether the agent only forgets, so that it may never end. */
  get isOnlyForgetting(): boolean {
    return this.#condensations >= MAX_CONDENSATIONS;
  }

  /** Subscribes while the agent is at work, and unsubscribes otherwise. Subscribes again once all of an ended subscription was taken. */
  subscribeIf(isAtWork: boolean): void {
    if (!isAtWork) this.close();
    else if (this.#subscription === undefined || (this.#isOver && this.#updates.length === 0))
      this.#subscription = this.#open();
  }

  close(): void {
    this.#subscription?.abort();
    this.#subscription = undefined;
    this.#updates = [];
    this.#reset(false);
  }

  /** Resolves once there is something to take. */
  get arrival(): Promise<void> {
    return this.#arrived.promise;
  }

  /** Takes what was pushed since the last call. Returns whether the connection has changed, and whether the agent has stopped. */
  take(): { readonly isConnectionChanged: boolean; readonly isStopped: boolean } {
    if (this.#bug !== undefined) throw this.#bug;
    const updates = this.#updates;
    this.#updates = [];
    this.#arrived = Promise.withResolvers();
    // Not `some`: every update must be handled.
    const isStopped = updates.map((update) => this.#handle(update)).includes(true);
    const last = updates.findLast((update) => update.kind === 'events');
    if (last && this.#isCaughtUp) this.#remember(last.stepsSince(this.#watch.since));
    return { isConnectionChanged: updates.some(({ kind }) => kind !== 'events'), isStopped };
  }

  /** Reads and reports the steps after a look, if they are due and not pushed. A failure is reported once. */
  async readStepsIfDue(shown: Snapshot): Promise<void> {
    if (!this.#mustReadSteps(shown)) return;
    const { api, clock } = this.#session;
    const { id, since } = this.#watch;
    const read = await withTimeLimit(READ_STEPS, this.#session, async (signal) =>
      api.readSteps(id, signal, since),
    );
    this.#triedAt = clock.now();
    this.#isCaughtUp = !(read instanceof ApiFailure);
    if (read instanceof ApiFailure) this.#watch.noteOnce({ about: 'steps', problem: read.problem });
    else this.#remember(read);
  }

  #remember(steps: Steps): void {
    this.#condensations = condensationsAfter(steps.steps, this.#condensations);
    this.#watch.rememberSteps(steps);
  }

  #mustReadSteps({ state: { kind }, facts, whenToReadStored }: Snapshot): boolean {
    const { ageMs, workedMs } = this.#watch;
    const { clock, maxCostUsd } = this.#session;
    if (kind !== 'active' && kind !== 'unclear') return false;
    if (this.#isConnected) return !this.#isCaughtUp;
    // The request for the state has read them already; an agent that was not seen at work has none.
    if (whenToReadStored === 'each-time' || workedMs === undefined) return false;
    // Some servers show the cost only in the events, with the steps.
    const isCostOnlyInSteps = maxCostUsd !== undefined && facts?.costUsd === undefined;
    const intervalMs = Math.min(
      isCostOnlyInSteps ? MAX_COST_READ_GAP_MS : MAX_READ_GAP_MS,
      READ_SHARE_OF_AGE * ageMs,
    );
    return clock.now() - this.#triedAt >= intervalMs;
  }

  /** Plans a look because of a push, and returns when it is due: at once, or later if pushes follow each other closely. */
  scheduleLook(): number {
    const now = this.#session.clock.now();
    const { at: lastAt, times } = this.#causedLook;
    const isStillAhead = lastAt > now;
    if (isStillAhead) return lastAt;
    if (now - lastAt > MAX_GAP_MS) this.#causedLook = { at: now, times: 1 };
    else {
      const gapMs = Math.min(MAX_GAP_MS, MIN_GAP_MS * Math.max(1, 2 ** (times - 2)));
      this.#causedLook = { at: Math.max(now, lastAt + gapMs), times: times + 1 };
    }
    return this.#causedLook.at;
  }

  /** Handles an update. Returns whether it shows that the agent has stopped. */
  #handle(update: PushUpdate): boolean {
    if (update.kind !== 'events') {
      this.#reset(update.kind === 'connected');
      return false;
    }
    if (update.state === undefined) return false;
    this.#state = update.state;
    // After a reconnect, the server repeats what it has stored: then only the next look tells when that was.
    if (this.#isCaughtUp) this.#watch.activity.rememberPushed(update.state.state);
    return this.stoppedState !== undefined;
  }

  /** After a lost connection everything is read again: what was pushed meanwhile is lost. */
  #reset(isConnected: boolean): void {
    this.#isConnected = isConnected;
    this.#isCaughtUp = false;
    this.#state = undefined;
  }

  #open(): AbortController {
    const closed = new AbortController();
    const signal = AbortSignal.any([this.#session.signal, closed.signal]);
    this.#isOver = false;
    const listen = async (): Promise<void> => {
      for await (const update of this.#session.api.subscribe(this.#watch.id, signal)) {
        if (closed.signal.aborted) return;
        this.#updates = withUpdate(this.#updates, update);
        this.#arrived.resolve();
      }
      this.#isOver = true;
    };
    listen().catch((error: unknown) => {
      if (signal.aborted) return;
      this.#bug = error instanceof Error ? error : new Error(toError(error).message);
      this.#arrived.resolve();
    });
    return closed;
  }
}

/** What all functions of one wait share. */
export interface OngoingWait {
  readonly watch: Watch;
  readonly push: Push;
  readonly session: Session;
}

/** Adds an update. The newest events replace older ones, so that the list stays short, but keep their state if they have none. */
function withUpdate(updates: readonly PushUpdate[], update: PushUpdate): readonly PushUpdate[] {
  const last = updates.at(-1);
  if (update.kind !== 'events' || last?.kind !== 'events') return [...updates, update];
  const { state = last.state } = update;
  return [...updates.slice(0, -1), { ...update, ...(state && { state }) }];
}
