import type { IdSource } from './ids.ts';
import type { JsonObject } from './json.ts';
import { type ScenarioName, scenarioOf, startSeconds } from './scenarios.ts';
import { type Facts, fillIn } from './texts.ts';
import type { Agent, Box, Change, Happening, StartPhase } from './timeline.ts';

/** What was asked for when a conversation was started. */
export interface Order {
  readonly version: 'v1' | 'v0';
  readonly message: string;
  readonly repository: string | null;
  readonly branch: string | null;
  readonly provider: string | null;
  readonly model: string | null;
  readonly title: string | null;
  readonly trigger: string | null;
  readonly scenario: ScenarioName;
  /** The start request as V1 shows it again in a start task. */
  readonly request: JsonObject;
  /** Only for the hostile texts, which repeat it. */
  readonly apiKey: string;
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

/** How things stand. */
export interface Situation {
  readonly start: StartPhase;
  readonly detail: string | null;
  readonly presence: 'shown' | 'hidden';
  readonly box: Box;
  readonly agent: Agent;
  readonly reason: string | null;
  readonly title: string | null;
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

const RESUME_SECONDS = 3;
const INTERRUPTED = 'The agent was interrupted when its sandbox was paused.';

function pullRequestLink(order: Order, number: number): string {
  const repository = order.repository ?? 'octo-org/octo-repo';
  if (order.provider === 'gitlab') return `https://gitlab.com/${repository}/-/merge_requests/${number}`;
  if (order.provider === 'bitbucket') return `https://bitbucket.org/${repository}/pull-requests/${number}`;
  return `https://github.com/${repository}/pull/${number}`;
}

/** V0 answers a start with a conversation that is there at once, or never. */
function visibleAtOnce(start: readonly Change[]): readonly Change[] {
  const presence = start.findLast((change) => change.presence !== undefined)?.presence ?? 'shown';
  return start.map((change) => ({ ...change, presence }));
}

/** The box and the agent after a change: a hold pauses one of them. */
function held(before: Situation, change: Change): Pick<Situation, 'box' | 'agent'> {
  return {
    box: change.hold === 'box' ? 'paused' : (change.box ?? before.box),
    agent: change.hold === 'agent' ? 'paused' : (change.agent ?? before.agent),
  };
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

/** A happening with its texts filled in. */
function told(happening: Happening, facts: Facts): Happening {
  const fill = (text: string): string => fillIn(text, facts);
  switch (happening.kind) {
    case 'user-message':
      return happening;
    case 'agent-message':
    case 'finish':
      return { ...happening, text: fill(happening.text) };
    case 'command':
      return { ...happening, summary: fill(happening.summary), command: fill(happening.command) };
    case 'command-result':
      return { ...happening, command: fill(happening.command), text: fill(happening.text) };
    case 'edit':
      return { ...happening, summary: fill(happening.summary), text: fill(happening.text) };
    case 'error':
      return { ...happening, code: fill(happening.code), detail: fill(happening.detail) };
    case 'agent-state':
      return happening.reason === undefined ? happening : { ...happening, reason: fill(happening.reason) };
  }
}

/**
 * One conversation. Nothing in it runs by itself: `advance` brings it to a moment, so that any time may pass
 * between two requests. Every method takes the moment in simulated milliseconds since the epoch.
 */
export class Conversation {
  readonly order: Order;
  readonly names: Names;
  readonly #ids: IdSource;
  readonly #events: StoredEvent[] = [];
  #scenario: ScenarioName;
  #situation: Situation;
  #due: Due[] = [];
  #held: Due[] = [];
  #updatedAt: number;

  constructor(order: Order, names: Names, ids: IdSource) {
    this.order = order;
    this.names = names;
    this.#ids = ids;
    this.#scenario = order.scenario;
    // A title of the server's own, until the model has made one.
    this.#situation = { ...NOTHING_YET, title: order.title ?? `Conversation ${names.id.slice(0, 5)}` };
    this.#updatedAt = order.at;
    this.#store({ kind: 'agent-state', agent: this.#situation.agent }, order.at);
    const story = scenarioOf(order.scenario);
    this.#plan(order.at, order.version === 'v0' ? visibleAtOnce(story.start) : story.start);
    if (story.work.length > 0)
      this.#begin(order.at + startSeconds(story) * 1000, order.message, order.scenario);
    this.advance(order.at);
  }

  get situation(): Situation {
    return this.#situation;
  }

  get events(): readonly StoredEvent[] {
    return this.#events;
  }

  get scenario(): ScenarioName {
    return this.#scenario;
  }

  get updatedAt(): number {
    return this.#updatedAt;
  }

  /** Lets everything happen that was due by `now`. */
  advance(now: number): void {
    for (let next = this.#due[0]; next !== undefined && next.at <= now; next = this.#due[0]) {
      this.#due.shift();
      this.#apply(next.change, next.at);
    }
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

  /** Resumes the sandbox. An agent that was at work comes back in error: it is not resumed with it. */
  resumeBox(now: number): void {
    if (this.#situation.box === 'running' || this.#situation.box === 'starting') return;
    const interrupted = this.#situation.agent === 'working';
    const back: Change = interrupted
      ? { at: RESUME_SECONDS, box: 'running', agent: 'failed', reason: INTERRUPTED }
      : { at: RESUME_SECONDS, box: 'running' };
    this.#plan(now, [{ at: 0, box: 'starting' }, back]);
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

  /** Stops the agent alone; its sandbox goes on. */
  interrupt(now: number): void {
    this.#apply({ at: 0, hold: 'agent' }, now);
  }

  /** Sets the agent going again where it was held. False: it is at work already. */
  run(now: number): boolean {
    if (this.#situation.agent === 'working') return false;
    const held = this.#held;
    this.#held = [];
    this.#apply({ at: 0, agent: 'working' }, now);
    if (held.length === 0) this.#plan(now, [{ at: RESUME_SECONDS, agent: 'finished' }]);
    else this.#schedule(held.map((due) => ({ ...due, at: due.at + now })));
    return true;
  }

  /** Another message. With `scenario` the agent drops what it did and takes it up; without, it is only stored. */
  receive(now: number, message: string, scenario: ScenarioName | undefined): void {
    if (scenario === undefined) {
      this.#apply({ at: 0, happening: { kind: 'user-message', text: message } }, now);
      return;
    }
    this.#due = [];
    this.#held = [];
    this.#scenario = scenario;
    this.#begin(now, message, scenario);
    this.advance(now);
  }

  #begin(at: number, message: string, scenario: ScenarioName): void {
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

  #apply(change: Change, at: number): void {
    if (change.hold !== undefined) this.#hold(at);
    if (change.happening !== undefined) this.#store(change.happening, at);
    const before = this.#situation;
    const after = changed(before, change);
    const fill = (text: string | null): string | null => (text === null ? null : fillIn(text, this.#facts()));
    this.#situation = {
      ...after,
      title: fill(after.title),
      detail: fill(after.detail),
      reason: fill(after.reason),
      pullRequests: this.order.repository === null ? [] : after.pullRequests,
    };
    if (after.agent !== before.agent) {
      const reason = change.reason === undefined ? {} : { reason: change.reason };
      this.#store({ kind: 'agent-state', agent: after.agent, ...reason }, at);
    }
    this.#updatedAt = at;
  }

  #store(happening: Happening, at: number): void {
    this.#events.push({
      id: this.#ids.uuid(),
      serial: this.#events.length,
      at,
      happening: told(happening, this.#facts()),
    });
  }

  #facts(): Facts {
    return {
      repository: this.order.repository ?? 'no repository',
      id: this.names.id,
      pullRequest: pullRequestLink(this.order, 12),
      apiKey: this.order.apiKey,
      sessionKey: this.names.sessionKey,
    };
  }
}
