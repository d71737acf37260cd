import type { StoredEvent } from './order.ts';

/**
 * A sandbox sends its events in batches: when five are waiting, or 30 s after the first of them.
 * Source: `WebhookSpec` in OpenHands/software-agent-sdk (event_buffer_size, flush_delay).
 */
const FULL = 5;
const MAX_WAIT_MS = 30_000;

/** The events of a conversation, which reach the server in batches. */
export class EventBatches {
  readonly #arrived: StoredEvent[] = [];
  #waiting: StoredEvent[] = [];

  /** The events that have reached the server. */
  get arrived(): readonly StoredEvent[] {
    return this.#arrived;
  }

  /** Adds an event. Returns the events that reach the server because the batch is full. */
  add(event: StoredEvent): readonly StoredEvent[] {
    this.#waiting.push(event);
    return this.#waiting.length < FULL ? [] : this.sendAll();
  }

  /** Sends the batch if its first event has waited long enough at `now`, in milliseconds. Returns the sent events. */
  sendDue(now: number): readonly StoredEvent[] {
    const [first] = this.#waiting;
    return first === undefined || now - first.at < MAX_WAIT_MS ? [] : this.sendAll();
  }

  /** Sends all waiting events and returns them. */
  sendAll(): readonly StoredEvent[] {
    const sent = this.#waiting;
    this.#waiting = [];
    this.#arrived.push(...sent);
    return sent;
  }
}
