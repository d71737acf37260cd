import type { IdSource } from '../ids.ts';
import { fillIn } from '../texts.ts';
import { changeAlone, START_ALONE } from './alone-story.ts';
import { EventBatches } from './event-batches.ts';
import { factsOf, withFacts } from './facts.ts';
import type { Names, Order, StoredEvent } from './order.ts';
import { scenarioOf, startSeconds, type Story } from './scenarios.ts';
import type { Agent, Box, Change, Happening, StartPhase } from './timeline.ts';

/** How V1 servers differ in behavior. */
export interface Behavior {
  /** Whether events reach the server in delayed batches instead of at once. */
  readonly lateEvents: boolean;
  /** Whether the server's statistics work. Otherwise it has no cost, and only the start and the title change `updated_at`. */
  readonly hasStatistics: boolean;
  /** What happens to a working agent if its sandbox is paused and resumed: it continues or fails. */
  readonly resumedAgent: 'continues' | 'interrupted';
  /** Whether the server never shows the conversation, because one with its id was deleted. */
  readonly isHidden: boolean;
}

/** The current state of a conversation. */
export interface Situation {
  readonly start: StartPhase;
  readonly detail: string | null;
  readonly presence: 'shown' | 'hidden';
  readonly box: Box;
  readonly agent: Agent;
  readonly reason: string | null;
  readonly title: string | null;
  /** The cost so far in US dollars. The server may know less: {@link Conversation.knownCost}. */
  readonly cost: number;
  readonly pullRequests: readonly number[];
}

interface Due {
  readonly at: number;
  readonly change: Change;
}

const NOTHING_YET: Situation = {
  start: 'accepted',
  detail: null,
  presence: 'hidden',
  box: 'starting',
  agent: 'idle',
  reason: null,
  title: null,
  cost: 0,
  pullRequests: [],
};

const FIRST_STATE: Happening = { kind: 'agent-state', agent: NOTHING_YET.agent };
const RESUME_SECONDS = 3;
const INTERRUPTED = 'The agent was interrupted when its sandbox was paused.';
/** The states in which a sandbox sends events. */
const SENDING: readonly Box[] = ['running', 'unknown'];

/** Adapts a start to V0, which creates the conversation immediately or never. */
function visibleAtOnce(start: readonly Change[]): readonly Change[] {
  const presence = start.findLast((change) => change.presence !== undefined)?.presence ?? 'shown';
  return start.map((change) => ({ ...change, presence }));
}

/** Returns the changes until the agent gets the message, and their duration in seconds. */
function startOf({ version, scenario }: Order): {
  readonly changes: readonly Change[];
  readonly seconds: number;
} {
  if (version === 'agent-server') return { changes: START_ALONE, seconds: 0 };
  const story = scenarioOf(scenario);
  const changes = version === 'v0' ? visibleAtOnce(story.start) : story.start;
  return { changes, seconds: startSeconds(story) };
}

/** Returns the title that the server uses until the model has written one. */
function firstTitle({ title, version }: Order, { id }: Names): string | null {
  return title ?? (version === 'agent-server' ? null : `Conversation ${id.slice(0, 5)}`);
}

/** Returns the states of sandbox and agent after a change. A hold pauses one of them. */
function stateAfter(before: Situation, change: Change): Pick<Situation, 'box' | 'agent'> {
  return {
    box: change.hold === 'box' ? 'paused' : (change.box ?? before.box),
    agent: change.hold === 'agent' ? 'paused' : (change.agent ?? before.agent),
  };
}

/** Keeps a conversation hidden that the server never shows. */
function hideIfHidden(change: Change, { isHidden }: Behavior): Change {
  return isHidden ? { ...change, presence: 'hidden' } : change;
}

/** Adds the cost before the current message to a change: scenarios count costs from their message. */
function withCost(change: Change, before: number): Change {
  return change.cost === undefined ? change : { ...change, cost: Number((before + change.cost).toFixed(4)) };
}

/** Returns the situation after a change. The placeholders of its texts are not filled in yet. */
function situationAfter(before: Situation, change: Change): Situation {
  return {
    ...stateAfter(before, change),
    start: change.start ?? before.start,
    detail: change.detail ?? before.detail,
    presence: change.presence ?? before.presence,
    reason: change.agent === undefined ? before.reason : (change.reason ?? null),
    title: change.title ?? before.title,
    cost: change.cost ?? before.cost,
    pullRequests: change.pullRequest === undefined ? before.pullRequests : [change.pullRequest],
  };
}

/**
 * A simulated conversation. It has no timers: `advance` applies all changes up to a time, so any time may pass between two
 * requests. Every method takes the current time in simulated milliseconds since the epoch.
 */
export class Conversation {
  readonly order: Order;
  readonly names: Names;
  readonly #ids: IdSource;
  readonly #behavior: Behavior;
  readonly #events: StoredEvent[] = [];
  readonly #batches = new EventBatches();
  #scenario: Story;
  #situation: Situation;
  #due: Due[] = [];
  #held: Due[] = [];
  #updatedAt: number;
  #startUpdatedAt: number;
  #knownCost = 0;
  /** The cost when the agent got its last message. */
  #costBefore = 0;

  constructor(order: Order, names: Names, ids: IdSource, behavior: Behavior) {
    this.order = order;
    this.names = names;
    this.#ids = ids;
    this.#behavior = behavior;
    this.#scenario = order.scenario;
    this.#situation = { ...NOTHING_YET, title: firstTitle(order, names) };
    this.#updatedAt = order.at;
    this.#startUpdatedAt = order.at;
    const { changes, seconds } = startOf(order);
    this.#plan(order.at, changes);
    const worksAt = order.at + seconds * 1000;
    // V1 stores no events before the agent exists, and an agent server has no event for the first state.
    if (order.version !== 'agent-server')
      this.#plan(order.version === 'v0' ? order.at : worksAt, [{ at: 0, happening: FIRST_STATE }]);
    if (scenarioOf(order.scenario).work.length > 0) this.#begin(worksAt, order.message, order.scenario);
    this.advance(order.at);
  }

  get situation(): Situation {
    return this.#situation;
  }

  /** All events that the agent in the sandbox has. */
  get events(): readonly StoredEvent[] {
    return this.#events;
  }

  /** The events that have reached the server. */
  get knownEvents(): readonly StoredEvent[] {
    return this.#batches.arrived;
  }

  /** The cost that the server reports, in US dollars. */
  get knownCost(): number {
    return this.#knownCost;
  }

  get scenario(): Story {
    return this.#scenario;
  }

  /** When the start has changed last: never again once it is ready. */
  get startUpdatedAt(): number {
    return this.#startUpdatedAt;
  }

  get updatedAt(): number {
    return this.#updatedAt;
  }

  /** The time of the next change; `Infinity` if there is none. */
  get nextAt(): number {
    return this.#due[0]?.at ?? Infinity;
  }

  /** Whether the sandbox runs, so that its agent server responds. */
  get isReachable(): boolean {
    return SENDING.includes(this.#situation.box);
  }

  /** Applies all changes that are due by `now`. */
  advance(now: number): void {
    for (let next = this.#due[0]; next !== undefined && next.at <= now; next = this.#due[0]) {
      this.#due.shift();
      this.#sendDue(next.at);
      this.#apply(next.change, next.at);
    }
    this.#sendDue(now);
  }

  /** Pauses the sandbox (V1) or stops the runtime (V0). */
  pauseBox(now: number): void {
    this.#apply({ at: 0, hold: 'box' }, now);
  }

  /** Stops a V0 conversation. Unlike a paused sandbox, this also changes the state of the agent. */
  stop(now: number): void {
    const running = this.#situation.agent === 'working';
    this.#hold(now);
    this.#apply({ at: 0, box: 'stopped', ...(running ? { agent: 'stopped' } : {}) }, now);
  }

  /** Resumes the sandbox. The server's behavior decides what happens to an agent that was working. */
  resumeBox(now: number): void {
    if (this.#situation.box === 'running' || this.#situation.box === 'starting') return;
    if (this.#behavior.resumedAgent === 'continues') {
      this.#plan(now, [{ at: 0, box: 'running' }]);
      this.#resumeHeld(now);
    } else {
      const interrupted = this.#situation.agent === 'working';
      const back: Change = interrupted
        ? { at: RESUME_SECONDS, box: 'running', agent: 'failed', reason: INTERRUPTED }
        : { at: RESUME_SECONDS, box: 'running' };
      this.#plan(now, [{ at: 0, box: 'starting' }, back]);
    }
    this.advance(now);
  }

  /** Restarts a stopped V0 conversation. Its agent then waits for a message. */
  startAgain(now: number): void {
    if (this.#situation.box === 'running' || this.#situation.box === 'starting') return;
    this.#plan(now, [
      { at: 0, box: 'starting', agent: 'idle' },
      { at: RESUME_SECONDS, box: 'running', agent: 'asks-input' },
    ]);
    this.advance(now);
  }

  /** Makes the start fail `seconds` from now, and drops all later changes. */
  failStart(now: number, seconds: number, detail: string): void {
    const failsAt = now + seconds * 1000;
    this.#due = this.#due.filter(({ at }) => at < failsAt);
    this.#plan(failsAt, [{ at: 0, start: 'failed', detail }]);
    this.advance(now);
  }

  /** Replaces the conversation's sandbox by an empty one. */
  loseBox(now: number): void {
    this.#hold(now);
    this.#apply({ at: 0, box: 'emptied' }, now);
  }

  /** Moves the conversation to another sandbox: the server no longer shows this one, but its sandbox keeps running. */
  moveOut(now: number): void {
    this.#hold(now);
    this.#apply({ at: 0, presence: 'hidden' }, now);
  }

  /** Pauses the agent; its sandbox keeps running. */
  interrupt(now: number): void {
    this.#apply({ at: 0, hold: 'agent' }, now);
  }

  /** Resumes the agent. Returns false if it is working already. */
  run(now: number): boolean {
    if (this.#situation.agent === 'working') return false;
    this.#apply({ at: 0, agent: 'working' }, now);
    if (this.#held.length === 0) this.#plan(now, [{ at: RESUME_SECONDS, agent: 'finished' }]);
    else this.#resumeHeld(now);
    return true;
  }

  /**
   * Receives another message. With a `scenario` the agent drops its current work and starts that one; if the scenario has no
   * work, the message is lost. Without a `scenario` the message is only stored.
   */
  receive(now: number, message: string, scenario: Story | undefined): void {
    if (scenario === undefined) {
      this.#apply({ at: 0, happening: { kind: 'user-message', text: message } }, now);
      return;
    }
    if (scenarioOf(scenario).work.length === 0) return;
    this.#due = [];
    this.#held = [];
    this.#scenario = scenario;
    this.#costBefore = this.#situation.cost;
    this.#begin(now, message, scenario);
    this.advance(now);
  }

  #begin(at: number, message: string, scenario: Story): void {
    this.#plan(at, [
      { at: 0, happening: { kind: 'user-message', text: message } },
      ...scenarioOf(scenario).work,
    ]);
  }

  #plan(from: number, changes: readonly Change[]): void {
    this.#schedule(changes.map((change) => ({ at: from + change.at * 1000, change })));
  }

  #schedule(due: readonly Due[]): void {
    // The sort is stable, so changes for the same time keep their order.
    this.#due = [...this.#due, ...due].sort((left, right) => left.at - right.at);
  }

  #hold(now: number): void {
    this.#held = [...this.#held, ...this.#due.map((due) => ({ ...due, at: due.at - now }))];
    this.#due = [];
  }

  /** Reschedules the changes that were held, delayed by the time of the hold. */
  #resumeHeld(now: number): void {
    this.#schedule(this.#held.map((due) => ({ ...due, at: due.at + now })));
    this.#held = [];
  }

  #apply(ordered: Change, at: number): void {
    if (ordered.start !== undefined) this.#startUpdatedAt = at;
    const alone = this.order.version === 'agent-server';
    this.#change(alone ? changeAlone(ordered, this.#situation.agent) : ordered, at);
  }

  #change(change: Change, at: number): void {
    if (change.hold !== undefined) this.#hold(at);
    if (change.happening !== undefined) this.#store(change.happening, at);
    const before = this.#situation;
    const after = situationAfter(before, withCost(hideIfHidden(change, this.#behavior), this.#costBefore));
    const facts = factsOf(this.order, this.names);
    const fill = (text: string | null): string | null => (text === null ? null : fillIn(text, facts));
    this.#situation = {
      ...after,
      title: fill(after.title),
      detail: fill(after.detail),
      reason: fill(after.reason),
      pullRequests: this.order.repository === null ? [] : after.pullRequests,
    };
    if (after.cost !== before.cost) this.#store({ kind: 'cost', dollars: after.cost }, at);
    if (after.agent !== before.agent) {
      const reason = change.reason === undefined ? {} : { reason: change.reason };
      this.#store({ kind: 'agent-state', agent: after.agent, ...reason }, at);
    }
    if (change.sendsAll === true) this.#arrive(this.#batches.sendAll());
    // Storing a title overwrites the other fields with old values.
    if (after.title !== before.title) this.#knownCost = 0;
    if (this.#behavior.hasStatistics || change.start !== undefined || change.title !== undefined) {
      this.#updatedAt = at;
    }
  }

  #store(happening: Happening, at: number): void {
    // V0 has no events about costs.
    if (happening.kind === 'cost' && this.order.version === 'v0') return;
    const event = {
      id: this.#ids.uuid(),
      serial: this.#events.length,
      at,
      happening: withFacts(happening, factsOf(this.order, this.names)),
    };
    this.#events.push(event);
    const arrived = this.#batches.add(event);
    this.#arrive(this.#behavior.lateEvents ? arrived : [...arrived, ...this.#batches.sendAll()]);
  }

  #sendDue(now: number): void {
    if (this.isReachable) this.#arrive(this.#batches.sendDue(now));
  }

  #arrive(events: readonly StoredEvent[]): void {
    if (!this.#behavior.hasStatistics) return;
    for (const { happening } of events) if (happening.kind === 'cost') this.#knownCost = happening.dollars;
  }
}
