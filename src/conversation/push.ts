import { toError } from '../text/to-error.ts';
import type { PushUpdate, StoredState } from './conversation.ts';
import type { Access } from './session.ts';
import type { Watch } from './watch.ts';

/** The first gap between looks that pushes cause: a server pushes an end a moment before a look shows it. */
const LOOK_AGAIN_MS = 500;
/** The longest backoff between looks if a server pushes one end after another. */
const MAX_GAP_MS = 30_000;

/**
 * What the server pushes about one conversation: the agent's steps and cost, as they happen, and a reason to look. Whether
 * the agent has ended, only a look shows.
 */
export class Push {
  /** When the connection was opened; `undefined` while there is none. */
  since: number | undefined;
  /** The pushed state, if the agent is no longer at work by it. */
  stopped: StoredState | undefined;
  /** Whether any state was pushed over the connection. */
  hasState = false;
  readonly #id: string;
  readonly #access: Access;
  #updates: readonly PushUpdate[] = [];
  #arrived: PromiseWithResolvers<void> = Promise.withResolvers();
  #subscription: AbortController | undefined;
  #isOver = false;
  #bug: Error | undefined;
  /** The last look that a push has caused, and how many such looks followed each other closely. */
  #caused = { at: Number.NEGATIVE_INFINITY, times: 0 };

  constructor(id: string, access: Access) {
    this.#id = id;
    this.#access = access;
  }

  /** Subscribes while the agent is at work, and unsubscribes otherwise. */
  follow(isAtWork: boolean): void {
    if (!isAtWork) this.close();
    else if (this.#subscription === undefined || (this.#isOver && this.#updates.length === 0))
      this.#subscription = this.#open();
  }

  close(): void {
    this.#subscription?.abort();
    this.#subscription = undefined;
    this.#updates = [];
    this.#reset(undefined);
  }

  /** Resolves once there is something to take. */
  get arrived(): Promise<void> {
    return this.#arrived.promise;
  }

  /**
   * Takes what has come since the last call: the watch gets the new steps. Returns whether the connection has changed, and
   * whether the server says that the agent has stopped.
   *
   * @throws an error of our own code.
   */
  take(watch: Watch): { readonly isChanged: boolean; readonly isStopped: boolean } {
    if (this.#bug !== undefined) throw this.#bug;
    const updates = this.#updates;
    this.#updates = [];
    this.#arrived = Promise.withResolvers();
    const isStopped = updates.map((update) => this.#handle(update)).includes(true);
    const last = updates.findLast((update) => update.kind === 'events');
    if (last && this.isCaughtUp(watch))
      watch.takeSteps(last.stepsSince(watch.since)).forEach(this.#access.emit);
    return { isChanged: updates.some(({ kind }) => kind !== 'events'), isStopped };
  }

  /** Whether push shows every new step: the steps from before the connection were read after it opened. */
  isCaughtUp({ readAt }: Watch): boolean {
    return this.since !== undefined && readAt >= this.since;
  }

  /** Returns when to look because of a push: at once, but with backoff if pushes follow each other closely. */
  nextLook(): number {
    const now = this.#access.clock.now();
    const { at, times } = this.#caused;
    if (at > now) return at;
    const backoffMs = Math.min(MAX_GAP_MS, LOOK_AGAIN_MS * Math.max(1, 2 ** (times - 2)));
    const isNew = now - at > MAX_GAP_MS;
    this.#caused = { at: isNew ? now : Math.max(now, at + backoffMs), times: isNew ? 1 : times + 1 };
    return this.#caused.at;
  }

  /** Handles an update. Returns whether it shows that the agent has stopped. */
  #handle(update: PushUpdate): boolean {
    if (update.kind !== 'events') this.#reset(update.kind === 'lost' ? undefined : this.#access.clock.now());
    if (update.kind !== 'events' || this.since === undefined) return false;
    const { state } = update;
    if (state === undefined) return false;
    this.hasState = true;
    this.stopped = state.state.kind === 'active' ? undefined : state;
    return this.stopped !== undefined;
  }

  #reset(since: number | undefined): void {
    this.since = since;
    this.stopped = undefined;
    this.hasState = false;
  }

  #open(): AbortController {
    const closed = new AbortController();
    const signal = AbortSignal.any([this.#access.signal, closed.signal]);
    this.#isOver = false;
    const listen = async (): Promise<void> => {
      for await (const update of this.#access.api.subscribe(this.#id, signal)) {
        if (closed.signal.aborted) return;
        this.#updates = merged(this.#updates, update);
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

/** Adds an update. The newest events replace older ones, so that the list stays short until somebody takes it. */
function merged(updates: readonly PushUpdate[], update: PushUpdate): readonly PushUpdate[] {
  const last = updates.at(-1);
  // After a lost connection everything is read again.
  if (update.kind === 'lost') return [update];
  if (update.kind !== 'events' || last?.kind !== 'events') return [...updates, update];
  const { state = last.state } = update;
  return [...updates.slice(0, -1), { ...update, ...(state && { state }) }];
}
