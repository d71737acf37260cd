import { toError } from '../text/to-error.ts';
import type { PushUpdate, StoredState } from './conversation.ts';
import type { Session } from './session.ts';
import type { Watch } from './watch.ts';

/** How soon to look after a push: a server pushes an end a moment before a look shows it. */
const LOOK_AGAIN_MS = 500;
/** The longest backoff between looks if a server pushes one end after another. */
const MAX_GAP_MS = 30_000;

/** A push of the end, and when it came. */
type PushedEnd = StoredState & { readonly stoppedAt: number };

/**
 * What the server pushes about one conversation. It reports the agent's steps early, and says when to look; whether the agent has
 * ended, only a look shows.
 */
export class Push {
  /** When the connection was opened; `undefined` while there is none. */
  since: number | undefined;
  /** The pushed state, if the agent is no longer at work by it. */
  end: PushedEnd | undefined;
  /** Whether any state was pushed over the connection. */
  hasState = false;
  readonly #id: string;
  readonly #session: Session;
  #hasNewEvents = false;
  /** The last look that a push has caused, and how many such looks followed each other closely. */
  #caused = { at: Number.NEGATIVE_INFINITY, times: 0 };
  #waiting: readonly PushUpdate[] = [];
  #arrived: PromiseWithResolvers<void> = Promise.withResolvers();
  #subscription: AbortController | undefined;
  #isOver = false;
  #bug: Error | undefined;

  constructor(id: string, session: Session) {
    this.#id = id;
    this.#session = session;
  }

  /** Subscribes while the agent is at work, and unsubscribes otherwise. */
  follow(isAtWork: boolean): void {
    if (!isAtWork) this.close();
    else if (this.#subscription === undefined || (this.#isOver && this.#waiting.length === 0))
      this.#subscription = this.#open();
  }

  close(): void {
    this.#subscription?.abort();
    this.#subscription = undefined;
    this.#waiting = [];
    this.#reset(undefined);
  }

  /** Resolves once there is something to take. */
  get arrived(): Promise<void> {
    return this.#arrived.promise;
  }

  /**
   * Takes the updates that have come since the last call. Reports the new steps by the watch.
   *
   * @throws an error of our own code.
   * @returns when to look: at once if the connection has changed, soon after an end, Infinity otherwise.
   */
  take(watch: Watch): { readonly isChanged: boolean; readonly lookBy: number } {
    const updates = this.#waiting;
    if (this.#bug !== undefined) throw this.#bug;
    this.#waiting = [];
    this.#arrived = Promise.withResolvers();
    const now = this.#session.clock.now();
    let hasEnded = false;
    for (const update of updates) hasEnded = this.#handle(update, now);
    const last = updates.findLast((each) => each.kind === 'events');
    if (last && this.isCaughtUp(watch))
      watch.takeSteps(last.stepsSince(watch.since)).forEach(this.#session.emit);
    const isChanged = updates.some(({ kind }) => kind !== 'events');
    return { isChanged, lookBy: isChanged || hasEnded ? this.#nextLook(now) : Infinity };
  }

  /** Whether push shows every new step: the steps from before the connection were read after it opened. */
  isCaughtUp({ readAt }: Watch): boolean {
    return this.since !== undefined && readAt >= this.since;
  }

  /** Handles a look: if events were pushed since the last one, push has shown the new steps. */
  looked(watch: Watch, revision: string): void {
    if (!this.isCaughtUp(watch)) return;
    if (this.#hasNewEvents) watch.revision = revision;
    this.#hasNewEvents = false;
  }

  /** When to look again if the server pushed an end that no look has shown yet. */
  lookAgainAt(now: number): number {
    if (this.end === undefined) return Infinity;
    return now + Math.min(MAX_GAP_MS, Math.max(gapAfter(this.#caused.times), now - this.#caused.at));
  }

  /** Handles an update. Returns whether it shows an end. */
  #handle(update: PushUpdate, now: number): boolean {
    switch (update.kind) {
      case 'lost':
        this.#reset(undefined);
        return false;
      case 'connected':
        this.#reset(now);
        return false;
      case 'events':
        if (this.since === undefined) return false;
        this.#hasNewEvents = true;
        if (update.state === undefined) return this.end?.stoppedAt === now;
        this.hasState = true;
        this.end = update.state.state.kind === 'active' ? undefined : { ...update.state, stoppedAt: now };
        return this.end !== undefined;
    }
  }

  #reset(since: number | undefined): void {
    this.since = since;
    this.end = undefined;
    this.hasState = false;
    this.#hasNewEvents = false;
  }

  /** Returns the next look that a push causes: soon, but with backoff if pushes follow each other closely. */
  #nextLook(now: number): number {
    const { at, times } = this.#caused;
    if (at > now) return at;
    this.#caused =
      now - at > MAX_GAP_MS
        ? { at: now, times: 1 }
        : { at: Math.max(now, at + gapAfter(times)), times: times + 1 };
    return this.#caused.at;
  }

  #open(): AbortController {
    const closed = new AbortController();
    const signal = AbortSignal.any([this.#session.signal, closed.signal]);
    this.#isOver = false;
    const listen = async (): Promise<void> => {
      for await (const update of this.#session.api.subscribe(this.#id, signal)) {
        if (closed.signal.aborted) return;
        this.#waiting = merged(this.#waiting, update);
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

function gapAfter(times: number): number {
  return Math.min(MAX_GAP_MS, LOOK_AGAIN_MS * Math.max(1, 2 ** (times - 2)));
}

/** Adds an update. The newest events replace older ones, so that the list stays short until somebody takes it. */
function merged(updates: readonly PushUpdate[], update: PushUpdate): readonly PushUpdate[] {
  const last = updates.at(-1);
  // After a lost connection everything is read again.
  if (update.kind === 'lost') return [update];
  if (update.kind !== 'events' || last?.kind !== 'events') return [...updates, update];
  const { state = last.state } = update;
  return [...updates.slice(0, -1), { ...update, ...(state && { state }) }];
}
