import type { Clock } from '../clock.ts';
import { canonicalId, type IdSource } from '../ids.ts';
import type { Behavior } from './behavior.ts';
import { Conversation } from './conversation.ts';
import type { Names, Order, StoredEvent } from './order.ts';
import { SEES_NONE } from './scenario-parts.ts';
import { DEFAULT_SCENARIO } from './scenarios.ts';
import type { SimulatorOptions } from './server-options.ts';
import { orderedScenario, type Story } from './story.ts';
import type { StartPhase } from './timeline.ts';
import { AGENT_NAMES, BOX_NAMES, executionOf, V1_START } from './vocabulary.ts';

/** A conversation, for tests and for people. */
export type ConversationView = Names &
  Pick<Order, 'version' | 'message' | 'repository' | 'branch' | 'provider' | 'model' | 'scenario'> & {
    /** The current state, in the words of its API version. */
    readonly state: ConversationState;
  };

/** The state of a conversation, in the words of its API version. */
type ConversationState =
  | {
      readonly version: 'v1' | 'agent-server';
      readonly start: string;
      readonly sandbox: string;
      readonly execution: string | null;
      readonly shown: boolean;
    }
  | { readonly version: 'v0'; readonly status: string; readonly agentState: string; readonly shown: boolean };

/** The agent of a conversation, whether or not the server shows what it knows. */
export interface AgentView {
  /** The id of the conversation. */
  readonly id: string;
  /** All events, also those that have not reached the server, oldest first. */
  readonly events: readonly StoredEvent[];
  /** In US dollars, whether or not the server knows it. */
  readonly cost: number;
}

/** A sandbox of V1. A running sandbox without conversations costs money for nothing. */
export interface SandboxView {
  readonly id: string;
  /** The status in the API's words. */
  readonly status: string;
  /** The ids of the conversations in the sandbox, including those that are starting. */
  readonly conversations: readonly string[];
}

/** The conversations of a server. */
export interface Store {
  readonly clock: Clock;
  readonly ids: IdSource;
  /** The only commit of every repository, 40 hexadecimal digits. */
  readonly commit: string;
  /** The root of the repository that the agents' folders are in; `undefined` if each is the root of its own. */
  readonly repository: string | undefined;
  /**
   * The process of the agent servers, and when it began, or will begin while they are down, in simulated milliseconds since the epoch.
   * `isDiskFull`: it can store nothing any more.
   */
  readonly process: { upSince: number; isDiskFull: boolean };
  /** Whether V1 fails to clone the repository of a start. */
  failsToClone(order: Pick<Order, 'repository' | 'branch'>): boolean;
  /** Returns all conversations, oldest first, after applying the changes that are due. */
  all(): readonly Conversation[];
  /** Finds the conversation of an id, with or without dashes: the one that the server shows, otherwise the newest. */
  byId(id: string): Conversation | undefined;
  byTask(taskId: string): Conversation | undefined;
  inSandbox(sandboxId: string): readonly Conversation[];
  /** Deletes the conversations of an id, with their starts and sandboxes. Returns whether there were any that the server shows. */
  remove(id: string): boolean;
  /** Starts a conversation with the requested id, or a new one. */
  add(order: Order, id: string | undefined): Conversation;
  /** Returns the scenario that a message chooses, otherwise the server's default. */
  scenarioFor(message: string, hasPictures?: boolean): Story;
  views(): readonly ConversationView[];
  agents(): readonly AgentView[];
  sandboxes(): readonly SandboxView[];
}

/** The conversations of an agent server: all of the store, or those in its sandbox. */
export interface Scope {
  readonly store: Store;
  readonly find: (id: string) => Conversation | undefined;
  /** Those whose sandbox an agent server is in, known to it or not; none for an agent server by itself. */
  readonly inSandbox: readonly Conversation[];
}

/** The scenario of an agent that gets no message. */
const IGNORED: Story = 'ignored';
const DAY_MS = 86_400_000;
const COMMIT = '5eedc0de'.repeat(5);

/** When and how one of two starts of the same id fails. Seen with openhands-ai 1.11.0, RUNTIME=process. */
const FIRST_FAILS_SECONDS = 1;
const NO_SANDBOX = '500: Sandbox entered error state: {{id}}';
const SECOND_FAILS_SECONDS = 6;
const NO_CONVERSATION =
  "Server error '500 Internal Server Error' for url 'http://localhost:8000/api/conversations'";

function stateOf({ order, situation }: Conversation): ConversationState {
  const shown = situation.presence === 'shown';
  if (order.version === 'v0') {
    return {
      version: 'v0',
      status: BOX_NAMES[situation.box].v0,
      agentState: AGENT_NAMES[situation.agent].v0,
      shown,
    };
  }
  const sandbox = BOX_NAMES[situation.box].v1;
  return {
    version: order.version,
    start: V1_START[situation.start],
    sandbox,
    execution: executionOf(situation),
    shown,
  };
}

function viewOf(conversation: Conversation): ConversationView {
  const { order, names, scenario } = conversation;
  const { version, message, repository, branch, provider, model } = order;
  return {
    ...names,
    version,
    message,
    repository,
    branch,
    provider,
    model,
    scenario,
    state: stateOf(conversation),
  };
}

/** Whether a conversation is in its sandbox, or is starting. */
function isInSandbox({ situation }: Conversation): boolean {
  return (situation.presence === 'shown' && situation.box !== 'emptied') || isStarting(situation.start);
}

function isStarting(phase: StartPhase): boolean {
  return phase !== 'ready' && phase !== 'failed';
}

function sandboxesOf(conversations: readonly Conversation[]): readonly SandboxView[] {
  return [...new Set(conversations.map(({ names }) => names.sandboxId))].map((id) => {
    const users = conversations.filter(({ names }) => names.sandboxId === id);
    return {
      id,
      status: BOX_NAMES[users.at(-1)?.situation.box ?? 'missing'].v1,
      conversations: users.filter(isInSandbox).map(({ names }) => names.id),
    };
  });
}

/**
 * Simulates a second start of the same id on a self-hosted server: both sandboxes have the same id, so the second one
 * replaces the first one.
 */
function displace(first: Conversation, second: Conversation, now: number): void {
  const { start } = first.situation;
  // If both are starting, only the second one becomes ready.
  if (isStarting(start)) first.failStart(now, FIRST_FAILS_SECONDS, NO_SANDBOX);
  if (start !== 'ready') return;
  first.loseBox(now);
  second.failStart(now, SECOND_FAILS_SECONDS, NO_CONVERSATION);
}

/**
 * Simulates further starts of the same id on the Cloud: the conversation moves to the newest sandbox that has it. In a shared sandbox, its
 * agent server has the conversation already, so the first start stays.
 */
function moveOn(conversations: readonly Conversation[], isShared: boolean, now: number): void {
  const taken = new Set<string>();
  for (const conversation of isShared ? conversations : conversations.toReversed()) {
    if (conversation.situation.presence === 'hidden') continue;
    if (taken.has(conversation.names.id)) conversation.moveOut(now);
    taken.add(conversation.names.id);
  }
}

/** Creates an empty store. */
export function createStore(clock: Clock, ids: IdSource, options: SimulatorOptions): Store {
  const conversations: Conversation[] = [];
  const sharedSandbox = options.sharedSandbox === true ? ids.uuid() : undefined;
  const isOwn = options.kind === 'self-hosted';
  /** The ids of deleted conversations that a later start does not bring back. */
  const hidden = new Set<string>();
  const behavior: Omit<Behavior, 'isHidden'> = {
    lateEvents: options.lateEvents ?? true,
    hasStatistics: !isOwn,
    resumedAgent: isOwn ? 'continues' : 'interrupted',
  };
  const all = (): readonly Conversation[] => {
    for (const conversation of conversations) conversation.advance(clock.now());
    moveOn(conversations, sharedSandbox !== undefined, clock.now());
    return conversations;
  };
  const byId = (id: string): Conversation | undefined => {
    const wanted = canonicalId(id);
    const same = all().filter(({ names }) => names.id === wanted);
    return same.findLast(({ situation }) => situation.presence === 'shown') ?? same.at(-1);
  };
  return {
    clock,
    ids,
    process: { upSince: clock.now() - DAY_MS, isDiskFull: false },
    commit: options.commit ?? COMMIT,
    repository: options.repository,
    failsToClone: ({ repository, branch }) =>
      (options.failedClones ?? []).some(
        (each) => each.repository === repository && (each.branch ?? branch) === branch,
      ),
    all,
    byId,
    byTask: (taskId) => {
      const wanted = canonicalId(taskId);
      return all().find(({ names }) => names.taskId === wanted);
    },
    remove: (id) => {
      const found = byId(id);
      if (found?.situation.presence !== 'shown') return false;
      const others = conversations.filter(({ names }) => names.id !== found.names.id);
      conversations.splice(0, Infinity, ...others);
      if (options.hidesDeleted === true) hidden.add(found.names.id);
      return true;
    },
    inSandbox: (sandboxId) => all().filter(({ names }) => names.sandboxId === sandboxId),
    add: (order, requested) => {
      const id = canonicalId(requested ?? ids.uuid());
      const names = {
        id,
        taskId: ids.uuid(),
        sandboxId: sharedSandbox ?? (isOwn ? id : ids.uuid()),
        sessionKey: ids.secret('session'),
      };
      const before = byId(id);
      const isThere = conversations.some((each) => each.names.id === id && each.situation.start !== 'failed');
      // In a shared sandbox, the agent of the first start does not get the message of another one.
      const joining = sharedSandbox !== undefined && isThere ? { ...order, scenario: IGNORED } : order;
      const conversation = new Conversation(joining, names, ids, { ...behavior, isHidden: hidden.has(id) });
      if (before !== undefined && isOwn && options.duplicatesReady !== true)
        displace(before, conversation, order.at);
      conversations.push(conversation);
      return conversation;
    },
    scenarioFor: (message, withPictures = false) =>
      withPictures && options.seesPictures === false
        ? SEES_NONE
        : (orderedScenario(message) ?? options.scenario ?? DEFAULT_SCENARIO),
    views: () => all().map(viewOf),
    agents: () =>
      all().map(({ names, events, situation }) => ({ id: names.id, events, cost: situation.cost })),
    sandboxes: () => sandboxesOf(all().filter(({ order }) => order.version === 'v1')),
  };
}
