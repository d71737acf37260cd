import type { StoredEvent } from './conversation.ts';

/**
 * A sandbox sends its events in lots: when so many wait, else so long after the first of them.
 * Source: `WebhookSpec` in OpenHands/software-agent-sdk (event_buffer_size, flush_delay).
 */
const FULL = 5;
const LONGEST_WAIT_MS = 30_000;

/** The events of a conversation on their way from its sandbox to the server. */
export class EventLots {
  readonly #arrived: StoredEvent[] = [];
  #waiting: StoredEvent[] = [];

  /** Those that the server has. */
  get arrived(): readonly StoredEvent[] {
    return this.#arrived;
  }

  /** Puts an event on its way; those that arrive by that. */
  add(event: StoredEvent): readonly StoredEvent[] {
    this.#waiting.push(event);
    return this.#waiting.length < FULL ? [] : this.sendAll();
  }

  /** Those that arrive because the first of them has waited for long enough at `now`, in milliseconds. */
  sendDue(now: number): readonly StoredEvent[] {
    const [first] = this.#waiting;
    return first === undefined || now - first.at < LONGEST_WAIT_MS ? [] : this.sendAll();
  }

  /** Sends all that wait; those that arrive by that. */
  sendAll(): readonly StoredEvent[] {
    const sent = this.#waiting;
    this.#waiting = [];
    this.#arrived.push(...sent);
    return sent;
  }
}
