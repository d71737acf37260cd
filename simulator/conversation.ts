import { changeAlone, START_ALONE } from './alone-story.ts';
import { EventLots } from './event-lots.ts';
import { factsOf, told } from './facts.ts';
import type { IdSource } from './ids.ts';
import type { JsonObject } from './json.ts';
import { scenarioOf, startSeconds, type Story } from './scenarios.ts';
import { fillIn } from './texts.ts';
import type { Agent, Box, Change, Happening, StartPhase } from './timeline.ts';

/** What was asked for when a conversation was started. */
export interface Order {
  readonly version: 'v1' | 'v0' | 'agent-server';
  readonly message: string;
  readonly repository: string | null;
  readonly branch: string | null;
  readonly provider: string | null;
  readonly model: string | null;
  readonly title: string | null;
  readonly trigger: string | null;
  readonly scenario: Story;
  /** The start request as V1 shows it again in a start task. */
  readonly request: JsonObject;
  /** Only for the hostile texts, which repeat it. */
  readonly apiKey: string;
  /** The account that it belongs to; null if the server knows none. */
  readonly accountId: string | null;
  /** Milliseconds since the epoch, simulated. */
  readonly at: number;
}

/** The names under which a conversation can be found. */
export interface Names {
  readonly id: string;
  readonly taskId: string;
  readonly sandboxId: string;
  readonly sessionKey: string;
}

/** In what servers of V1 differ. */
export interface Manners {
  /** Whether events reach the server in lots, and not each at once. */
  readonly lateEvents: boolean;
  /** Whether its own statistics work: else it knows no cost, and no time of the last change but that of start and title. */
  readonly hasStatistics: boolean;
  /** What a resumed sandbox does with an agent that was at work: it `goes-on`, or it is `interrupted`. */
  readonly resumedAgent: 'continues' | 'interrupted';
}

/** How things stand. */
export interface Situation {
  readonly start: StartPhase;
  readonly detail: string | null;
  readonly presence: 'shown' | 'hidden';
  readonly box: Box;
  readonly agent: Agent;
  readonly reason: string | null;
  readonly title: string | null;
  /** US dollars used so far; the server may know less, {@link Conversation.knownCost}. */
  readonly cost: number;
  readonly pullRequests: readonly number[];
}

/** One event of the conversation, with a UUID for V1 and a serial number for V0. */
export interface StoredEvent {
  readonly id: string;
  readonly serial: number;
  /** Milliseconds since the epoch, simulated. */
  readonly at: number;
  readonly happening: Happening;
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
/** Only a sandbox in one of these states sends events. */
const SENDING: readonly Box[] = ['running', 'unknown'];

/** V0 answers a start with a conversation that is there at once, or never. */
function visibleAtOnce(start: readonly Change[]): readonly Change[] {
  const presence = start.findLast((change) => change.presence !== undefined)?.presence ?? 'shown';
  return start.map((change) => ({ ...change, presence }));
}

/** What happens until the agent gets the message, and when that is, in seconds. */
function startOf({ version, scenario }: Order): {
  readonly changes: readonly Change[];
  readonly seconds: number;
} {
  if (version === 'agent-server') return { changes: START_ALONE, seconds: 0 };
  const story = scenarioOf(scenario);
  const changes = version === 'v0' ? visibleAtOnce(story.start) : story.start;
  return { changes, seconds: startSeconds(story) };
}

/** The title of a server's own, until the model has made one. */
function firstTitle({ title, version }: Order, { id }: Names): string | null {
  return title ?? (version === 'agent-server' ? null : `Conversation ${id.slice(0, 5)}`);
}

/** The box and the agent after a change: a hold pauses one of them. */
function held(before: Situation, change: Change): Pick<Situation, 'box' | 'agent'> {
  return {
    box: change.hold === 'box' ? 'paused' : (change.box ?? before.box),
    agent: change.hold === 'agent' ? 'paused' : (change.agent ?? before.agent),
  };
}

/** A change of a story that comes after others: a conversation costs more and more. */
function withCost(change: Change, before: number): Change {
  return change.cost === undefined ? change : { ...change, cost: Number((before + change.cost).toFixed(4)) };
}

/** The situation after a change, without its texts filled in. */
function changed(before: Situation, change: Change): Situation {
  return {
    ...held(before, change),
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
 * One conversation. Nothing in it runs by itself: `advance` brings it to a moment, so that any time may pass
 * between two requests. Every method takes the moment in simulated milliseconds since the epoch.
 */
export class Conversation {
  readonly order: Order;
  readonly names: Names;
  readonly #ids: IdSource;
  readonly #manners: Manners;
  readonly #events: StoredEvent[] = [];
  readonly #lots = new EventLots();
  #scenario: Story;
  #situation: Situation;
  #due: Due[] = [];
  #held: Due[] = [];
  #updatedAt: number;
  #knownCost = 0;
  /** What it had cost when the agent got its last message. */
  #costBefore = 0;

  constructor(order: Order, names: Names, ids: IdSource, manners: Manners) {
    this.order = order;
    this.names = names;
    this.#ids = ids;
    this.#manners = manners;
    this.#scenario = order.scenario;
    this.#situation = { ...NOTHING_YET, title: firstTitle(order, names) };
    this.#updatedAt = order.at;
    const { changes, seconds } = startOf(order);
    this.#plan(order.at, changes);
    const worksAt = order.at + seconds * 1000;
    // V1 keeps no events before there is an agent, and an agent server none of its first state.
    if (order.version !== 'agent-server')
      this.#plan(order.version === 'v0' ? order.at : worksAt, [{ at: 0, happening: FIRST_STATE }]);
    if (scenarioOf(order.scenario).work.length > 0) this.#begin(worksAt, order.message, order.scenario);
    this.advance(order.at);
  }

  get situation(): Situation {
    return this.#situation;
  }

  /** All events, as the agent in the sandbox knows them. */
  get events(): readonly StoredEvent[] {
    return this.#events;
  }

  /** Those of them that the server has. */
  get knownEvents(): readonly StoredEvent[] {
    return this.#lots.arrived;
  }

  /** The cost that the server knows, in US dollars. */
  get knownCost(): number {
    return this.#knownCost;
  }

  get scenario(): Story {
    return this.#scenario;
  }

  get updatedAt(): number {
    return this.#updatedAt;
  }

  /** When the next change is due; `Infinity` if none is. */
  get nextAt(): number {
    return this.#due[0]?.at ?? Infinity;
  }

  /** Whether it can be heard of: its sandbox runs. */
  get isReachable(): boolean {
    return SENDING.includes(this.#situation.box);
  }

  /** Lets everything happen that was due by `now`. */
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

  /** Stops a V0 conversation: its agent is told so, which a paused sandbox does not do. */
  stop(now: number): void {
    const running = this.#situation.agent === 'working';
    this.#hold(now);
    this.#apply({ at: 0, box: 'stopped', ...(running ? { agent: 'stopped' } : {}) }, now);
  }

  /** Resumes the sandbox. What becomes of an agent that was at work, the server's manners say. */
  resumeBox(now: number): void {
    if (this.#situation.box === 'running' || this.#situation.box === 'starting') return;
    if (this.#manners.resumedAgent === 'continues') {
      this.#plan(now, [{ at: 0, box: 'running' }]);
      this.#goOn(now);
    } else {
      const interrupted = this.#situation.agent === 'working';
      const back: Change = interrupted
        ? { at: RESUME_SECONDS, box: 'running', agent: 'failed', reason: INTERRUPTED }
        : { at: RESUME_SECONDS, box: 'running' };
      this.#plan(now, [{ at: 0, box: 'starting' }, back]);
    }
    this.advance(now);
  }

  /** Starts a stopped V0 conversation again: its agent waits for a message. */
  startAgain(now: number): void {
    if (this.#situation.box === 'running' || this.#situation.box === 'starting') return;
    this.#plan(now, [
      { at: 0, box: 'starting', agent: 'idle' },
      { at: RESUME_SECONDS, box: 'running', agent: 'asks-input' },
    ]);
    this.advance(now);
  }

  /** Lets the start fail, `seconds` from now. What would come later does not come. */
  failStart(now: number, seconds: number, detail: string): void {
    const failsAt = now + seconds * 1000;
    this.#due = this.#due.filter(({ at }) => at < failsAt);
    this.#plan(failsAt, [{ at: 0, start: 'failed', detail }]);
    this.advance(now);
  }

  /** Takes the sandbox away from under the conversation: an empty one has its place. */
  loseBox(now: number): void {
    this.#hold(now);
    this.#apply({ at: 0, box: 'emptied' }, now);
  }

  /** Lets the conversation live elsewhere: the server no longer shows this one, and its sandbox runs on for nobody. */
  moveOut(now: number): void {
    this.#hold(now);
    this.#apply({ at: 0, presence: 'hidden' }, now);
  }

  /** Stops the agent alone; its sandbox goes on. */
  interrupt(now: number): void {
    this.#apply({ at: 0, hold: 'agent' }, now);
  }

  /** Resumes the agent if it was held. False: it is at work already. */
  run(now: number): boolean {
    if (this.#situation.agent === 'working') return false;
    this.#apply({ at: 0, agent: 'working' }, now);
    if (this.#held.length === 0) this.#plan(now, [{ at: RESUME_SECONDS, agent: 'finished' }]);
    else this.#goOn(now);
    return true;
  }

  /**
   * Another message. With `scenario` the agent drops what it did and takes it up, or, if that has no work, is
   * not told; without, it is only stored.
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
    // A stable sort: what is told for the same moment happens in the order in which it is told.
    this.#due = [...this.#due, ...due].sort((left, right) => left.at - right.at);
  }

  #hold(now: number): void {
    this.#held = [...this.#held, ...this.#due.map((due) => ({ ...due, at: due.at - now }))];
    this.#due = [];
  }

  /** What was held happens after all, so much later as it was held. */
  #goOn(now: number): void {
    this.#schedule(this.#held.map((due) => ({ ...due, at: due.at + now })));
    this.#held = [];
  }

  #apply(ordered: Change, at: number): void {
    const alone = this.order.version === 'agent-server';
    this.#change(alone ? changeAlone(ordered, this.#situation.agent) : ordered, at);
  }

  #change(change: Change, at: number): void {
    if (change.hold !== undefined) this.#hold(at);
    if (change.happening !== undefined) this.#store(change.happening, at);
    const before = this.#situation;
    const after = changed(before, withCost(change, this.#costBefore));
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
    if (change.sendsAll === true) this.#arrive(this.#lots.sendAll());
    // Whoever stores a title stores the rest as it was once, too.
    if (after.title !== before.title) this.#knownCost = 0;
    if (this.#manners.hasStatistics || change.start !== undefined || change.title !== undefined) {
      this.#updatedAt = at;
    }
  }

  #store(happening: Happening, at: number): void {
    // V0 tells costs in another way, which nobody reads.
    if (happening.kind === 'cost' && this.order.version === 'v0') return;
    const event = {
      id: this.#ids.uuid(),
      serial: this.#events.length,
      at,
      happening: told(happening, factsOf(this.order, this.names)),
    };
    this.#events.push(event);
    const arrived = this.#lots.add(event);
    this.#arrive(this.#manners.lateEvents ? arrived : [...arrived, ...this.#lots.sendAll()]);
  }

  #sendDue(now: number): void {
    if (this.isReachable) this.#arrive(this.#lots.sendDue(now));
  }

  #arrive(events: readonly StoredEvent[]): void {
    if (!this.#manners.hasStatistics) return;
    for (const { happening } of events) if (happening.kind === 'cost') this.#knownCost = happening.dollars;
  }
}
