import type { IdSource } from '../ids.ts';
import { fillIn } from '../texts.ts';
import { changeAlone } from './alone-story.ts';
import type { Behavior } from './behavior.ts';
import { ConversationEvents } from './conversation-events.ts';
import { factsOf } from './facts.ts';
import type { Names, Order, StoredEvent } from './order.ts';
import { Schedule } from './schedule.ts';
import { hideIfHidden, NOTHING_YET, type Situation, situationAfter, withCost } from './situation.ts';
import { firstTitle, startOf } from './start.ts';
import { scenarioOf, type Story } from './story.ts';
import type { Box, Change, Happening } from './timeline.ts';

const FIRST_STATE: Happening = { kind: 'agent-state', agent: NOTHING_YET.agent };
const RESUME_SECONDS = 3;
const INTERRUPTED = 'The agent was interrupted when its sandbox was paused.';
/** Source: `event_service.py` in OpenHands/software-agent-sdk, `start`. */
const RESTARTED =
  'A restart occurred while this tool was in progress. This may indicate a fatal memory error or system crash. The tool execution was interrupted and did not complete.';
/** The states in which a sandbox sends events. */
const SENDING: readonly Box[] = ['running', 'unknown'];

/** How an agent server ends before it comes back: by SIGTERM, or by SIGKILL. */
export type Restart = 'stop' | 'kill';

/** Whether a happening is a step of the agent, or the result of one. */
function isStep({ kind }: Happening): boolean {
  return kind !== 'agent-state' && kind !== 'cost';
}

/**
 * A simulated conversation. It has no timers: `advance` applies all changes up to a time, so any time may pass between two
 * requests. Every method takes the current time in simulated milliseconds since the epoch.
 */
export class Conversation {
  readonly order: Order;
  readonly names: Names;
  readonly #behavior: Behavior;
  readonly #events: ConversationEvents;
  readonly #schedule = new Schedule();
  #scenario: Story;
  #situation: Situation;
  #updatedAt: number;
  #startUpdatedAt: number;
  /** The cost when the agent got its last message. */
  #costBefore = 0;
  /** When the agent server in the sandbox has begun; Infinity before that. */
  #serverSince = Infinity;

  constructor(order: Order, names: Names, ids: IdSource, behavior: Behavior) {
    this.order = order;
    this.names = names;
    this.#behavior = behavior;
    this.#events = new ConversationEvents(order, names, ids, behavior);
    this.#scenario = order.scenario;
    this.#situation = { ...NOTHING_YET, title: firstTitle(order, names) };
    this.#updatedAt = order.at;
    this.#startUpdatedAt = order.at;
    const { changes, seconds } = startOf(order);
    this.#schedule.plan(order.at, changes);
    const worksAt = order.at + seconds * 1000;
    // V1 stores no events before the agent exists, and an agent server has no event for the first state.
    if (order.version !== 'agent-server')
      this.#schedule.plan(order.version === 'v0' ? order.at : worksAt, [{ at: 0, happening: FIRST_STATE }]);
    if (scenarioOf(order.scenario).work.length > 0) this.#begin(worksAt, order.message, order.scenario);
    this.advance(order.at);
  }

  get situation(): Situation {
    return this.#situation;
  }

  /** All events that the agent in the sandbox has. */
  get events(): readonly StoredEvent[] {
    return this.#events.all;
  }

  /** The events that have reached the server. */
  get knownEvents(): readonly StoredEvent[] {
    return this.#events.arrived;
  }

  /** The cost that the server reports, in US dollars. */
  get knownCost(): number {
    return this.#events.knownCost;
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
    return this.#schedule.nextAt;
  }

  /** Whether the sandbox runs, so that its agent server responds. */
  get isReachable(): boolean {
    return SENDING.includes(this.#situation.box);
  }

  /** When the agent server in the sandbox has begun: with the sandbox, or after a restart. Infinity before that. */
  get serverSince(): number {
    return this.#serverSince;
  }

  /** Applies all changes that are due by `now`. */
  advance(now: number): void {
    for (let next = this.#schedule.takeDue(now); next !== undefined; next = this.#schedule.takeDue(now)) {
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
    const wasWorking = this.#situation.agent === 'working';
    this.#schedule.hold(now);
    this.#apply({ at: 0, box: 'stopped', ...(wasWorking ? { agent: 'stopped' } : {}) }, now);
  }

  /** Resumes the sandbox. The server's behavior decides what happens to an agent that was working. */
  resumeBox(now: number): void {
    if (['running', 'starting', 'restarting'].includes(this.#situation.box)) return;
    if (this.#behavior.resumedAgent === 'continues') {
      this.#schedule.plan(now, [{ at: 0, box: 'running' }]);
      // An agent that was interrupted stays paused.
      if (this.#situation.agent !== 'paused') this.#schedule.resume(now);
    } else {
      const wasWorking = this.#situation.agent === 'working';
      const back: Change = wasWorking
        ? { at: RESUME_SECONDS, box: 'running', agent: 'failed', reason: INTERRUPTED }
        : { at: RESUME_SECONDS, box: 'running' };
      this.#schedule.plan(now, [{ at: 0, box: 'starting' }, back]);
    }
    this.advance(now);
  }

  /** Restarts a stopped V0 conversation. Its agent then waits for a message. */
  startAgain(now: number): void {
    if (this.#situation.box === 'running' || this.#situation.box === 'starting') return;
    this.#schedule.plan(now, [
      { at: 0, box: 'starting', agent: 'idle' },
      { at: RESUME_SECONDS, box: 'running', agent: 'asks-input' },
    ]);
    this.advance(now);
  }

  /** Makes the start fail `seconds` from now, and drops all later changes. */
  failStart(now: number, seconds: number, detail: string): void {
    const failsAt = now + seconds * 1000;
    this.#schedule.dropFrom(failsAt);
    this.#schedule.plan(failsAt, [{ at: 0, start: 'failed', detail }]);
    this.advance(now);
  }

  /** Replaces the conversation's sandbox by an empty one. */
  loseBox(now: number): void {
    this.#schedule.hold(now);
    this.#apply({ at: 0, box: 'emptied' }, now);
  }

  /** Moves the conversation to another sandbox: the server no longer shows this one, but its sandbox keeps running. */
  moveOut(now: number): void {
    this.#schedule.hold(now);
    this.#apply({ at: 0, presence: 'hidden' }, now);
  }

  /** Pauses the agent, or interrupts it; its sandbox keeps running. */
  pause(now: number, hold: 'agent' | 'interrupt'): void {
    this.#apply({ at: 0, hold }, now);
  }

  /**
   * Ends the agent server in the sandbox, which comes back after some seconds. One that is stopped pauses an agent at work, and
   * interrupts it besides unless it is in a tool. One that is killed finds it in error, with an event that says why only in a tool; a message on which it had not begun stays stored.
   * Seen with agent server 1.58.2.
   */
  restart(now: number, seconds: number, how: Restart): void {
    const { box, agent } = this.#situation;
    if (box !== 'running') return;
    const isWorking = agent === 'working';
    const isBegun = isWorking || this.#schedule.isDue(({ agent: next }) => next === 'working');
    this.#apply({ at: 0, box: 'restarting', ...(isBegun && how === 'stop' && { hold: 'agent' }) }, now);
    if (isBegun && how === 'stop' && !this.#isInTool())
      this.#apply({ at: 0, happening: { kind: 'interrupt' } }, now);
    const back = { at: seconds, box: 'running', agent: this.#situation.agent } as const;
    if (isBegun) this.#schedule.hold(now);
    const isKilled = isBegun && how === 'kill';
    this.#schedule.plan(now, isKilled ? this.#killed(back, isWorking) : [back]);
  }

  /** Returns how an agent comes back whose server was killed. */
  #killed(back: Change, wasWorking: boolean): readonly Change[] {
    if (!wasWorking) return [{ ...back, agent: 'idle' }];
    const why: Change = { at: back.at, happening: { kind: 'tool-error', text: RESTARTED } };
    return [{ ...back, agent: 'failed' }, ...(this.#isInTool() ? [why] : [])];
  }

  #isInTool(): boolean {
    return this.events.findLast(({ happening }) => isStep(happening))?.happening.kind === 'command';
  }

  /** Ends all work. Nothing tells of that: the agent keeps its status. */
  freeze(now: number): void {
    this.#schedule.hold(now);
  }

  /** Resumes the agent. Returns false if it is working already. */
  run(now: number): boolean {
    if (this.#situation.agent === 'working') return false;
    this.#apply({ at: 0, agent: 'working' }, now);
    if (this.#schedule.hasHeld) this.#schedule.resume(now);
    // Without work to continue, the agent soon finishes.
    else if (!this.#schedule.isDue(({ agent }) => agent !== undefined))
      this.#schedule.plan(now, [{ at: RESUME_SECONDS, agent: 'finished' }]);
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
    this.#schedule.clear();
    this.#scenario = scenario;
    this.#costBefore = this.#situation.cost;
    this.#begin(now, message, scenario);
    this.advance(now);
  }

  #begin(at: number, message: string, scenario: Story): void {
    this.#schedule.plan(at, [
      { at: 0, happening: { kind: 'user-message', text: message } },
      ...scenarioOf(scenario).work,
    ]);
  }

  /** Applies a change of a scenario, as the kind of server shows it. */
  #apply(change: Change, at: number): void {
    if (change.start !== undefined) this.#startUpdatedAt = at;
    const isAlone = this.order.version === 'agent-server';
    this.#change(isAlone ? changeAlone(change, this.#situation.agent) : change, at);
  }

  #change(change: Change, at: number): void {
    if (change.hold !== undefined) this.#schedule.hold(at);
    if (change.happening !== undefined) this.#events.store(change.happening, at);
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
    // A sandbox that was paused has its process still.
    const wasDown = ['starting', 'restarting'].includes(before.box);
    if (wasDown && after.box === 'running') this.#serverSince = at;
    if (after.cost !== before.cost) this.#events.store({ kind: 'cost', dollars: after.cost }, at);
    if (after.agent !== before.agent) {
      const reason = change.reason === undefined ? {} : { reason: change.reason };
      this.#events.store({ kind: 'agent-state', agent: after.agent, ...reason }, at);
      this.#events.storePause(change, at);
    }
    if (change.sendsAll === true) this.#events.sendAll();
    // A server that stores a title overwrites the cost.
    if (after.title !== before.title) this.#events.forgetCost();
    if (this.#behavior.hasStatistics || change.start !== undefined || change.title !== undefined) {
      this.#updatedAt = at;
    }
  }

  #sendDue(now: number): void {
    if (this.isReachable) this.#events.sendDue(now);
  }
}
