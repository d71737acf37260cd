import { showsAgent, type Snapshot, type State } from '../port/conversation.ts';
import type { Session } from '../session/session.ts';

/** What looks and pushes have shown of when the agent was at work, and whether its server was there. Times are the clock's milliseconds. */
export class Activity {
  readonly #session: Pick<Session, 'clock' | 'agentsGoneAt'>;
  /** When this step has put the agent to work, on a server that was there; `undefined` if it did not. */
  readonly #putToWorkAt: number | undefined;
  /**
   * When the agent was last known to be at work, by a look, by what was pushed, or because this step has put it to work. `undefined` if
   * something else was seen since, after which it may have been paused by anybody.
   */
  #atWorkAt: number | undefined;
  /** When a look has last shown the agent active: at work, or idle. */
  #activeSeenAt = -Infinity;
  /** When a look has first shown a pause since the agent was last known to be at work. */
  #pausedAt: number | undefined;
  /** When a look has last shown that the agent's server does not answer. */
  #silentAt = -Infinity;

  constructor(putToWorkAt: number | undefined, session: Pick<Session, 'clock' | 'agentsGoneAt'>) {
    this.#session = session;
    this.#putToWorkAt = putToWorkAt;
    this.#atWorkAt = putToWorkAt;
  }

  /** When the agent was last known not to be paused; `undefined` if something was seen since after which anybody may have paused it. */
  get unpausedAt(): number | undefined {
    return this.#atWorkAt === undefined ? undefined : Math.max(this.#atWorkAt, this.#activeSeenAt);
  }

  /** Whether the agent has not begun on the message of this step, as far as is known. */
  get hasNotBegun(): boolean {
    return this.#atWorkAt !== undefined && this.#atWorkAt === this.#putToWorkAt;
  }

  /** Whether the agent's server could not be reached since the agent was last known to be at work. */
  get hasLostServer(): boolean {
    return this.#atWorkAt !== undefined && this.goneAt >= this.#atWorkAt;
  }

  /** When the agent's server was last seen not to answer; -Infinity if it always did. */
  get goneAt(): number {
    return Math.max(this.#silentAt, this.#session.agentsGoneAt?.() ?? -Infinity);
  }

  /** Remembers what a look shows. A pause and an end tell nothing of when the agent was at work. */
  rememberLook(seen: Snapshot): void {
    const { state } = seen;
    const isSandboxPaused = state.kind === 'paused' && !showsAgent(seen);
    const isSilent = state.kind === 'unclear' && !state.isStarting;
    if (isSilent) this.#silentAt = this.#now;
    if (state.kind === 'active') {
      this.#activeSeenAt = this.#now;
      this.rememberPushed(state);
    } else if (isSandboxPaused || !(isSilent || ['paused', 'ended'].includes(state.kind))) this.forget();
  }

  /** Remembers what was pushed of the agent's state. */
  rememberPushed(state: State): void {
    if (state.kind === 'paused') this.forget();
    if (state.kind === 'active' && !state.isIdle) this.rememberAtWork(this.#now);
  }

  /** Remembers that the agent was at work, or was put to work, at a time. */
  rememberAtWork(at: number): void {
    this.#atWorkAt = at;
    this.#pausedAt = undefined;
  }

  /** Remembers that a look shows a pause. Returns when one has first shown it since the agent was last known to be at work. */
  rememberPause(): number {
    this.#pausedAt ??= this.#now;
    return this.#pausedAt;
  }

  /** Forgets when the agent was at work: it may have been paused by anybody since. */
  forget(): void {
    this.#atWorkAt = undefined;
    this.#pausedAt = undefined;
  }

  get #now(): number {
    return this.#session.clock.now();
  }
}
