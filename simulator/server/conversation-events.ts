import { dashed, type IdSource } from '../ids.ts';
import type { Behavior } from './behavior.ts';
import { EventBatches } from './event-batches.ts';
import { factsOf, withFacts } from './facts.ts';
import type { Names, Order, StoredEvent } from './order.ts';
import type { Change, Happening } from './timeline.ts';

/** V0 has no events about costs, forgotten events, pauses and plans. */
const NOT_IN_V0: readonly Happening['kind'][] = [
  'cost',
  'condensation',
  'pause',
  'interrupt',
  'plan',
  'plan-result',
];

/** The events of a conversation, and the cost that the server knows from those that have reached it. */
export class ConversationEvents {
  readonly #order: Order;
  readonly #names: Names;
  readonly #ids: IdSource;
  readonly #behavior: Behavior;
  readonly #all: StoredEvent[] = [];
  readonly #batches = new EventBatches();
  #knownCost = 0;

  constructor(order: Order, names: Names, ids: IdSource, behavior: Behavior) {
    this.#order = order;
    this.#names = names;
    this.#ids = ids;
    this.#behavior = behavior;
  }

  /** All events that the agent in the sandbox has. */
  get all(): readonly StoredEvent[] {
    return this.#all;
  }

  /** The events that have reached the server. */
  get arrived(): readonly StoredEvent[] {
    return this.#batches.arrived;
  }

  /** The cost that the server reports, in US dollars. */
  get knownCost(): number {
    return this.#knownCost;
  }

  /** Stores an event, and sends it at once or with its batch. */
  store(happening: Happening, at: number): void {
    const { tools } = this.#order;
    const isFirst = happening.kind === 'user-message' && this.#all.length === 0;
    if (isFirst && tools !== undefined) this.store({ kind: 'system-prompt', tools }, at);
    if (this.#order.version === 'v0' && NOT_IN_V0.includes(happening.kind)) return;
    const event = {
      id: this.#ids.uuid(),
      serial: this.#all.length,
      at,
      happening: withFacts(happening, factsOf(this.#order, this.#names)),
      forgotten: this.#forgottenBy(happening),
    };
    this.#all.push(event);
    const arrived = this.#batches.add(event);
    this.#arrive(this.#behavior.lateEvents ? arrived : [...arrived, ...this.#batches.sendAll()]);
  }

  /** Stores the event about a change that pauses the agent or interrupts it, if it does. */
  storePause({ hold }: Change, at: number): void {
    if (hold === 'agent') this.store({ kind: 'pause' }, at);
    if (hold === 'interrupt') this.store({ kind: 'interrupt' }, at);
  }

  /** Sends the batch if it has waited long enough at `now`, in simulated milliseconds. */
  sendDue(now: number): void {
    this.#arrive(this.#batches.sendDue(now));
  }

  /** Sends all events that wait. */
  sendAll(): void {
    this.#arrive(this.#batches.sendAll());
  }

  /** Returns the ids of the events that a condensation forgets, as V1 writes them. A summary has an id of its own, and is no event. */
  #forgottenBy(happening: Happening): readonly string[] {
    if (happening.kind !== 'condensation' || happening.forgets === 'nothing') return [];
    const [kind, suffix] =
      happening.forgets === 'message' ? ['user-message', ''] : ['condensation', '-summary'];
    const forgotten = this.#all.findLast((event) => event.happening.kind === kind);
    return forgotten === undefined ? [] : [dashed(forgotten.id) + suffix];
  }

  /** Makes the server forget the cost: storing a title overwrites the other fields with old values. */
  forgetCost(): void {
    this.#knownCost = 0;
  }

  #arrive(events: readonly StoredEvent[]): void {
    if (!this.#behavior.hasStatistics) return;
    for (const { happening } of events) if (happening.kind === 'cost') this.#knownCost = happening.dollars;
  }
}
