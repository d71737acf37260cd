import type { Change } from './timeline.ts';

/** A change and its time; that of a held one counts from the hold. */
interface Due {
  readonly at: number;
  readonly change: Change;
}

/**
 * What is going to happen to a conversation, and what waits for a resume. Times are simulated milliseconds since the epoch.
 */
export class Schedule {
  #due: readonly Due[] = [];
  #held: readonly Due[] = [];

  /** The time of the next change; `Infinity` if there is none. */
  get nextAt(): number {
    return this.#due[0]?.at ?? Infinity;
  }

  /** Whether such a change is to come. */
  isDue(isWanted: (change: Change) => boolean): boolean {
    return this.#due.some(({ change }) => isWanted(change));
  }

  get hasHeld(): boolean {
    return this.#held.length > 0;
  }

  /** Adds changes, whose seconds count from `from`. */
  plan(from: number, changes: readonly Change[]): void {
    this.#add(changes.map((change) => ({ at: from + change.at * 1000, change })));
  }

  /** Removes the first change that is due by `now`, and returns it; `undefined` if there is none. */
  takeDue(now: number): Due | undefined {
    const [next, ...later] = this.#due;
    if (next === undefined || next.at > now) return undefined;
    this.#due = later;
    return next;
  }

  /** Holds all changes until a resume. */
  hold(now: number): void {
    this.#held = [...this.#held, ...this.#due.map((due) => ({ ...due, at: due.at - now }))];
    this.#due = [];
  }

  /** Reschedules the changes that were held, delayed by the time of the hold. */
  resume(now: number): void {
    this.#add(this.#held.map((due) => ({ ...due, at: due.at + now })));
    this.#held = [];
  }

  /** Drops the changes from a time on. */
  dropFrom(time: number): void {
    this.#due = this.#due.filter(({ at }) => at < time);
  }

  /** Drops all changes, also those that are held. */
  clear(): void {
    this.#due = [];
    this.#held = [];
  }

  #add(due: readonly Due[]): void {
    // The sort is stable, so changes for the same time keep their order.
    this.#due = [...this.#due, ...due].sort((left, right) => left.at - right.at);
  }
}
